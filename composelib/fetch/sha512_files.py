"""Files that an archive lists by SHA512 alone: they are fetched and checked by that, and listed by their SHA256 from then on."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from pathlib import Path
from typing import NamedTuple

from composelib.archive.format.repository import read_field
from composelib.archive.format.stanza import StanzaError, find_stanzas
from composelib.archive.format.stanza_checks import check_path, check_size
from composelib.dataclass import dataclass
from composelib.errors import ComposeError
from composelib.fetch.download import Download, obtain_waiting
from composelib.fetch.http import Agent
from composelib.fetch.store import Store
from composelib.fetch.url import find_local_path, join_url
from composelib.files import sha256_of, write_file
from composelib.model.arch import SOURCE
from composelib.progress import report_progress

SHA512 = re.compile(r"[0-9a-f]{128}")
ROW = re.compile(r"^([0-9a-f]{128}) ([0-9a-f]{64})$", re.MULTILINE)
"""A line of the record: a file's SHA512 and SHA256."""


class StrongFile(NamedTuple):
    """A file of a package, as its stanza lists it by SHA512."""

    sha512: str
    size: str
    name: str
    """Its path below the archive's root."""
    label: str


@dataclass
class Sha512Files:
    """Where such files come from and go to; `record` keeps the SHA256 of each that was fetched."""

    bases: tuple[str, ...]
    store: Store
    record: Path
    offline: bool
    sums: dict[str, str] = field(default_factory=dict)
    """The SHA256 of each file that was fetched, by its SHA512."""

    def load(self) -> None:
        """Read the record of earlier runs; a file of the store is hashed before it is believed."""
        if self.record.is_file():
            self.sums = dict(ROW.findall(self.record.read_text(errors="replace")))

    def resolve(self, agent: Agent, file: StrongFile) -> str:
        """Return the SHA256 of a file, fetched unless the store has it. Raise what a download raises."""
        sha256 = self.sums.get(file.sha512, "")
        path = self.store.locate(sha256)
        if sha256 and self.store.has(sha256, int(file.size)) and compute_sha512(path) == file.sha512:
            return sha256
        if self.offline:
            raise ComposeError(f"{file.label}: offline, and it is not in the store", "run without offline=1")
        self.sums[file.sha512] = sha256 = self.fetch(agent, file)
        return sha256

    def fetch(self, agent: Agent, file: StrongFile) -> str:
        """Fetch a file into the store; return its SHA256."""
        report_progress(file.name)
        target = self.store.locate(file.sha512)
        urls = tuple(join_url(base, file.name) for base in self.bases)
        root = find_local_path(self.bases[0])
        download = Download(file.sha512, int(file.size), urls, target, file.label, file.name, root)
        sha256 = ""
        while not sha256:
            obtain_waiting(agent, download)
            sha256 = self.take_over(target, file.sha512)
        return sha256

    def take_over(self, target: Path, sha512: str) -> str:
        """Move a download to its place in the store and return its SHA256; empty if another process has done so.

        What a run that was killed left may be damaged: then it is removed, and the SHA256 is empty as well.
        """
        with self.store.ledger.locked():
            if not target.exists():
                return ""
            if compute_sha512(target) != sha512:
                target.unlink()
                return ""
            sha256 = sha256_of(target)
            path = self.store.locate(sha256)
            path.parent.mkdir(parents=True, exist_ok=True)
            target.replace(path)
            self.store.admit(sha256)
        return sha256

    def save(self) -> None:
        """Bring the files to the disk, and write their sums to the record."""
        self.store.settle()
        write_file(self.record, "".join(f"{sha512} {sha256}\n" for sha512, sha256 in sorted(self.sums.items())))


def lacks_sha256(stanzas: bytes) -> bool:
    """Return whether some stanzas may list files by SHA512 alone."""
    packages = b"\nSHA512:" in stanzas and stanzas.count(b"\nSHA256:") < stanzas.count(b"\nFilename:")
    counts = stanzas.count(b"\nChecksums-Sha256:"), stanzas.count(b"\nDirectory:")
    return packages or (b"\nChecksums-Sha512:" in stanzas and counts[0] < counts[1])


def find_lacking_sums(stanzas: bytes, arch: str, resolve: Callable[[StrongFile], str]) -> Iterator[tuple[int, bytes]]:
    """Yield the fields with SHA256 that stanzas for an arch (or `source`) lack, with the positions that they belong at."""
    for start, end in find_stanzas(stanzas):
        stanza = stanzas[start:end]
        architecture = read_field(stanza, "Architecture")
        files = list_strong_files(stanza) if arch in {SOURCE, architecture} or architecture == "all" else []
        if files and all(map(is_sound, files)):
            yield end, format_sha256_field(stanza, [(resolve(file), file) for file in files])


def list_strong_files(stanza: bytes) -> list[StrongFile]:
    """Return the files of a stanza that lists them by SHA512 alone; none of any other."""
    label = f"{read_field(stanza, 'Package')} {read_field(stanza, 'Version')}"
    if read_field(stanza, "Filename"):
        sha512, name = read_field(stanza, "SHA512"), read_field(stanza, "Filename").removeprefix("./")
        if not sha512 or read_field(stanza, "SHA256"):
            return []
        return [StrongFile(sha512, read_field(stanza, "Size"), name, label)]
    folder = read_field(stanza, "Directory").removeprefix("./").rstrip("/")
    rows = [line.split() for line in read_field(stanza, "Checksums-Sha512").split("\n")]
    if read_field(stanza, "Checksums-Sha256") or not all(len(row) == len(StrongFile._fields) - 1 for row in rows):
        return []
    prefix = "" if folder in {"", "."} else f"{folder}/"
    return [StrongFile(sha512, size, f"{prefix}{name}", label) for sha512, size, name in rows]


def is_sound(file: StrongFile) -> bool:
    """Return whether a file can be fetched: what cannot is judged with its stanza."""
    try:
        check_path("Filename", file.name)
        check_size("Size", file.size)
    except StanzaError:
        return False
    return bool(SHA512.fullmatch(file.sha512))


def format_sha256_field(stanza: bytes, files: Iterable[tuple[str, StrongFile]]) -> bytes:
    """Return the field with the SHA256 of a stanza's files, after a line feed."""
    if read_field(stanza, "Filename"):
        return b"".join(f"\nSHA256: {sha256}".encode() for sha256, _ in files)
    rows = "".join(f"\n {sha256} {file.size} {file.name.rpartition('/')[2]}" for sha256, file in files)
    return f"\nChecksums-Sha256:{rows}".encode()


def insert_texts(text: bytes, insertions: Iterable[tuple[int, bytes]]) -> bytes:
    """Return a text with others put in at positions of it, in order."""
    pieces, last = [], 0
    for position, piece in insertions:
        pieces += [text[last:position], piece]
        last = position
    return b"".join((*pieces, text[last:]))


def compute_sha512(path: Path) -> str:
    """Return the SHA512 of a file's content, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha512").hexdigest()
