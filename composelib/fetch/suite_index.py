"""Indices of an archive's suites: downloaded in the form that is cheapest, verified, and unpacked."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from composelib.archive.format import release as release_file
from composelib.archive.format import repository
from composelib.archive.format.digest import name_algorithm, start_hash
from composelib.archive.format.release import ListedFile, ReleaseFile
from composelib.dataclass import dataclass
from composelib.errors import TrustError
from composelib.fetch import accepted_suite
from composelib.fetch.accepted_suite import AcceptedSuite
from composelib.fetch.decompress import is_available, read_blocks
from composelib.fetch.download import Download, obtain_waiting
from composelib.fetch.errors import NotThereError
from composelib.fetch.http import Agent
from composelib.fetch.url import find_local_path, join_url, locate_dists
from composelib.files import discard
from composelib.model.paths import locate_stored
from composelib.progress import report_progress
from composelib.text.local_url import is_local

UNLISTED = 1 << 30
"""The most bytes that an index may unpack to if the Release file does not list its plain form."""


@dataclass(frozen=True)
class VerifiedSuite:
    """A suite of an archive: where it is, and its Release file."""

    archive: str
    accepted: AcceptedSuite
    release: ReleaseFile

    @property
    def name(self) -> str:
        """Its name in messages."""
        return f"archive {self.archive}, suite {self.accepted.suite}"

    @property
    def is_flat(self) -> bool:
        """Whether it is a folder without components."""
        return self.accepted.suite.endswith("/")


@dataclass(frozen=True)
class SuiteIndex:
    """An index of a suite, by its plain name in the Release file."""

    suite: VerifiedSuite
    name: str

    def __str__(self) -> str:
        """Return its name in messages."""
        return f"{self.name} of {self.suite.name}"

    @property
    def plain(self) -> ListedFile | None:
        """Its size and digest when unpacked, if the Release file lists them."""
        forms = dict(release_file.list_index_files(self.suite.release, self.name))
        return forms.get(self.name) or forms.get(f"./{self.name}")

    @property
    def is_empty(self) -> bool:
        """Whether it is listed as a file of no bytes: that one need not be there, for apt neither."""
        listed = [self.plain] if self.plain else [form.listed for form in self.forms]
        return any(not file.size and file.digest == start_hash(file.digest).hexdigest() for file in listed)

    @property
    def forms(self) -> list[IndexForm]:
        """The forms that can be unpacked here, the cheapest first."""
        plain = self.name.removeprefix("./")
        named = release_file.list_index_files(self.suite.release, self.name)
        forms = [IndexForm(self, name, name.removeprefix("./").removeprefix(plain), listed) for name, listed in named]
        usable = [form for form in forms if is_available(form.suffix)]
        return usable[::-1] if is_local(self.suite.accepted.dists) else usable  # a local file costs only its unpacking


@dataclass(frozen=True)
class IndexForm:
    """A form of an index: plain, or compressed as its suffix says."""

    index: SuiteIndex
    name: str
    suffix: str
    listed: ListedFile

    def download(self, agent: Agent, target: Path) -> None:
        """Get it from its suite. Raise NotThereError if the suite does not have it."""
        suite = self.index.suite
        names = [self.name]
        if suite.release.acquire_by_hash:
            names.insert(0, repository.format_by_hash_path(self.name.removeprefix("./"), self.listed.digest))
        folders = (suite.accepted.dists, *(locate_dists(url, suite.accepted.suite) for url in suite.accepted.mirrors))
        report_progress(self.index.name)
        obtain_waiting(
            agent,
            Download(
                digest=self.listed.digest,
                size=self.listed.size,
                urls=tuple(join_url(folder, name) for folder in folders for name in names),
                target=target,
                label=str(self.index),
                name=self.name,
                root=find_local_path(suite.accepted.base),
            ),
        )


def read_suites(archive: str, suites: Iterable[str], texts: Iterable[Path], accepted: Path) -> list[VerifiedSuite]:
    """Return an archive's suites as `inrelease` verified them."""
    by_name = accepted_suite.load(accepted.read_text())
    return [
        VerifiedSuite(archive, by_name[name], release_file.parse_release(text.read_bytes(), str(text)))
        for name, text in zip(suites, texts, strict=True)
    ]


def get_index(
    agent: Agent, suite_index: SuiteIndex, downloads: Path, *, offline: bool, store: Path | None = None
) -> tuple[Path, str]:
    """Return the file of an index, in the first form that is available, and the form's suffix; one of `store` is, too.

    Raise TrustError if no listed form of the index is available, or its file differs from the listed one.
    """
    absent = ""
    for form in sorted(suite_index.forms, key=lambda form: not obtain_index(downloads / form.listed.digest, store)):
        target = downloads / form.listed.digest
        if offline and not target.exists():
            absent = absent or f"{suite_index}: offline, and no earlier run left it"
            continue
        try:
            form.download(agent, target)
        except NotThereError as error:
            absent = absent or error.message
        else:
            return target, form.suffix
    raise TrustError(absent or f"{suite_index}: offered only in forms that nothing here unpacks")


def obtain_index(path: Path, store: Path | None) -> bool:
    """Return whether an earlier run's download is there and undamaged, or can be had from the store, which has what locks name."""
    stored = locate_stored(store, path.name) if store else None
    if has_download(path) or not (stored and stored.is_file()):
        return path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    copy = path.with_name(f"{path.name}.{os.getpid()}")  # the task of another arch may want it, too
    try:
        shutil.copyfile(stored, copy)
        copy.replace(path)
    finally:
        copy.unlink(missing_ok=True)
    return has_download(path)


def has_download(path: Path) -> bool:
    """Return whether an earlier run's download is there and undamaged; remove a damaged one. Its name is its digest."""
    if not os.path.lexists(path):
        return False
    if not path.is_symlink() and path.is_file():
        with path.open("rb") as stream:
            actual = hashlib.file_digest(stream, partial(start_hash, path.name))
        if actual.hexdigest() == path.name:
            return True
    print(f"{path}: damaged since it was fetched, so it is fetched again", flush=True)
    discard(path)
    return False


def append_index(stream: BinaryIO, suite_index: SuiteIndex, path: Path, suffix: str, *, is_text: bool = True) -> bool:
    """Unpack an index to the end of a file of stanzas, an empty line before it; return whether it has any.

    Raise TrustError if it is not as listed.
    """
    plain = suite_index.plain
    digest, size, last, filled = start_hash(plain.digest if plain else ""), 0, b"\n", False
    gap = b"\n" if is_text and stream.tell() else b""
    try:
        for block in read_blocks(path, suffix, plain.size if plain else UNLISTED):
            stream.write(gap)
            gap = b""
            digest.update(block)
            stream.write(block)
            size, last, filled = size + len(block), block[-1:], filled or not block.isspace()
    except TrustError as error:
        raise TrustError(f"{suite_index}: {error.message}") from None
    if plain and (digest.hexdigest(), size) != (plain.digest, plain.size):
        raise TrustError(
            f"{suite_index}: unpacked, expected {plain.size} bytes of {name_algorithm(plain.digest)} {plain.digest}, "
            f"got {size} bytes of {name_algorithm(plain.digest)} {digest.hexdigest()}"
        )
    if is_text and last != b"\n":
        raise TrustError(f"{suite_index}: its last line has no line feed")
    return filled


def remove_unlisted(downloads: Path, suites: Iterable[VerifiedSuite]) -> None:
    """Remove the indices of earlier runs that no Release file lists any more."""
    listed = {file.digest for suite in suites for file in suite.release.files.values()}
    for path in downloads.glob("*"):
        if path.name.partition(".")[0] not in listed:
            path.unlink(missing_ok=True)
