"""Find what must not ship in a root file system: private keys, identifiers and the time of the build in files of no package.

What a package's file has, or a copy of it, is the same everywhere and no secret. What its scripts make may be a key that
all machines made of the image would share, or differ each time the image is made.
"""

from __future__ import annotations

import hashlib
import re
import tarfile
import time
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from composelib.archive.format.stanza import find_stanzas, parse_fields
from composelib.dataclass import dataclass
from composelib.errors import ComposeError
from composelib.files import read_epoch
from composelib.image.root import files
from composelib.image.root.builder import RootJob
from composelib.image.root.identifier import BuildTime, Evidence, find_evidence
from composelib.image.root.packed_files import is_packed, list_packed
from composelib.image.root.private_key import describe_private_key, find_trace
from composelib.image.root.tar import read_path

LARGEST = 1 << 30
"""Bytes of the largest file that is searched for a key, and unpacked if it is packed."""
LARGEST_WITH_TRACE = 1 << 20
"""Bytes of the largest packaged file that is searched for a text which was found elsewhere."""
LARGEST_TEXT = 1 << 16
"""Bytes of the largest file that is searched for an identifier or a time."""
DPKG = "var/lib/dpkg"
GENERATED = (
    f"{DPKG}/*",  # from the packages themselves; what their scripts keep elsewhere is searched
    "usr/lib/modules/*/modules.*",  # kernel modules' aliases, among them UUIDs of devices
    "lib/modules/*/modules.*",  # the same in an initramfs
)
"""Files that package tools make of packages' files: they may have identifiers, the same ones each time."""
BYTECODE = re.compile(r"(?:(.*)/)?__pycache__/([^/]+)\.[^./]+(?:\.opt-[12])?\.pyc")
MOST_NAMED = 20  # files that an error names


@dataclass(frozen=True)
class Hit:
    """A file, and what it shows that must not ship."""

    path: str
    evidence: Evidence


class RootReader:
    """A root's tar, its files by path, and what the packages in it own."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar
        self.members = {read_path(member): member for member in tar}
        self.owned = read_sums(self)
        """The MD5 sums of the files in packages, as dpkg has them."""

    def read(self, path: str) -> bytes:
        """Return the content of a file; empty if it is none."""
        member = self.members.get(path)
        stream = self.tar.extractfile(member) if member and member.isfile() else None
        return stream.read() if stream else b""

    def is_owned(self, content: bytes) -> bool:
        """Return whether a content is that of a package's file."""
        return sum_content(content) in self.owned

    def read_files(self, largest: int) -> Iterator[tuple[str, bytes]]:
        """Yield the files up to a size, with their content, in the order of the tar."""
        for path, member in self.members.items():
            if member.isfile() and 0 < member.size <= largest:
                yield path, self.read(path)


def sum_content(content: bytes) -> str:
    """Return the sum by which dpkg knows a file."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def read_sums(root: RootReader) -> set[str]:
    """Return the MD5 sums of all files of packages, configuration files among them."""
    sums: set[str] = set()
    for path in root.members:
        if path.startswith(f"{DPKG}/info/") and path.endswith(".md5sums"):
            sums |= {line[:32].decode() for line in root.read(path).splitlines()}
    status = root.read(f"{DPKG}/status")
    for start, end in find_stanzas(status):
        conffiles = parse_fields(status[start:end]).get("conffiles", b"")
        sums |= {words[1].decode() for line in conffiles.splitlines() if len(words := line.split()) > 1}
    return sums


def check_root(job: RootJob, root: Path, begun: float) -> None:
    """Raise ComposeError naming each file of a root's tar that must not ship. Its making began at the time `begun`."""
    build_time = BuildTime(begun, time.time(), read_epoch(job.epoch))
    with tarfile.open(root) as tar:
        reader = RootReader(tar)
        reader.owned |= {sum_content(content) for _, content, _ in files.read_own_files(job)}
        hits = [hit for hit in find_hits(reader, build_time) if not is_kept(hit.path, job.keep)]
        if hits:
            hits = drop_packaged(hits, reader)
    if hits:
        raise ComposeError(
            describe_hits(hits, f"{job.label} for {job.arch}"),
            "remove it in a script of the image, or name it in the image's `keep`",
        )


def find_hits(reader: RootReader, build_time: BuildTime) -> Iterator[Hit]:
    """Yield what files of no package show, those packed in them, too."""
    for path, content in reader.read_files(LARGEST):
        if reader.is_owned(content) or is_compiled(path, reader):
            continue
        yield from (Hit(path, evidence) for evidence in find_secrets(path, content, build_time))
        if is_packed(content):
            yield from find_packed_hits(reader, path, content, build_time)


def find_packed_hits(reader: RootReader, path: str, content: bytes, build_time: BuildTime) -> Iterator[Hit]:
    """Yield what the files in an initramfs show, and the keys in what else is compressed."""
    for entry in list_packed(content):
        if reader.is_owned(entry.content):
            continue
        for evidence in find_secrets(entry.name, entry.content, build_time, keys_alone=not entry.name):
            words = f"{evidence.words} in its /{entry.name}" if entry.name else evidence.words
            yield Hit(path, Evidence(words, evidence.trace))


def find_secrets(path: str, content: bytes, build_time: BuildTime, *, keys_alone: bool = False) -> Iterator[Evidence]:
    """Yield what a content shows that must not ship."""
    words = describe_private_key(content)
    if words:
        yield Evidence(words, find_trace(content))
    elif not keys_alone and len(content) <= LARGEST_TEXT and not any(fnmatchcase(path, name) for name in GENERATED):
        yield from find_evidence(content, build_time)


def drop_packaged(hits: list[Hit], reader: RootReader) -> list[Hit]:
    """Return the hits but for texts that a package's file has, too."""
    traces = {hit.evidence.trace for hit in hits if not hit.evidence.words.startswith("the ")}
    packaged: set[bytes] = set()
    if traces:
        for _, content in reader.read_files(LARGEST_WITH_TRACE):
            present = {trace for trace in traces - packaged if trace in content}
            if present and reader.is_owned(content):
                packaged |= present
    return [hit for hit in hits if hit.evidence.trace not in packaged]


def is_compiled(path: str, reader: RootReader) -> bool:
    """Return whether a file is the bytecode of a package's Python program."""
    match = BYTECODE.fullmatch(path)
    return bool(match) and reader.is_owned(reader.read(str(PurePosixPath(match[1] or "", f"{match[2]}.py"))))  # type: ignore[index] # it matches


def is_kept(path: str, keep: Iterable[str]) -> bool:
    """Return whether the config keeps a file."""
    return any(fnmatchcase(f"/{path}", pattern) for pattern in keep)


def describe_hits(hits: list[Hit], label: str) -> str:
    """Return the message that names each file, with the first thing it shows."""
    first = {hit.path: hit.evidence.words for hit in reversed(hits)}
    rows = [f"/{path} ({words})" for path, words in sorted(first.items())]
    more = f" and {len(rows) - MOST_NAMED} more" if len(rows) > MOST_NAMED else ""
    return f"{label}: every copy would have the same: {', '.join(rows[:MOST_NAMED])}{more}"
