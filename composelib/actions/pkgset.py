"""Read the package indices of an archive, or the packages of a folder, into stanzas and their index."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from composelib.archive.choose.packages import index
from composelib.archive.choose.packages.index_build import build_index
from composelib.archive.format import release as release_file
from composelib.archive.format import repository
from composelib.archive.format.digest import name_algorithm, start_hash
from composelib.archive.format.release import ListedFile, ReleaseFile, format_index_name, list_indexed_arches
from composelib.errors import ConfigError, TrustError, locate_errors
from composelib.fetch import accepted_suite, deb_folder, source_folder
from composelib.fetch.accepted_suite import AcceptedSuite
from composelib.fetch.access import open_accesses
from composelib.fetch.archive_memory import ArchiveMemory
from composelib.fetch.decompress import is_available, read_blocks
from composelib.fetch.download import Download, obtain_waiting
from composelib.fetch.emptiness import check_filled
from composelib.fetch.errors import NotThereError
from composelib.fetch.http import Agent
from composelib.fetch.url import find_local_path, is_local, join_url, locate_dists
from composelib.files import discard, write_file, written_aside
from composelib.model.arch import SOURCE, UDEB
from composelib.progress import report_progress

if TYPE_CHECKING:
    from composelib.stages.pkgset import FolderJob, PkgsetJob

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


def read_folder(job: FolderJob) -> None:
    """Write the stanzas of a folder's packages and their index."""
    content = b"\n".join(list_stanzas(job.folder, job.arch))
    label = f"{job.origin}: archive {job.archive}: {job.folder}"
    memory = ArchiveMemory(job.shared_memory, job.own_memory)
    uri, filled = job.folder.absolute().as_uri(), {f"/{job.arch}": bool(content)}
    check_filled(memory, [uri], "", filled, label, allowed=job.allow_empty)
    write_file(job.stanzas, content)
    write_index(job, content, str(job.folder))


def list_stanzas(folder: Path, arch: str) -> Iterator[bytes]:
    """Yield the stanzas of a folder's packages for systems, of those for the installer, or of its source packages."""
    if arch == SOURCE:
        yield from source_folder.read_source_stanzas(folder)
        return
    for stanza in deb_folder.read_stanzas(folder):
        filename = stanza.rpartition(b"\nFilename: ")[2].partition(b"\n")[0]
        if filename.endswith(b".udeb") == arch.endswith(UDEB):
            yield stanza


def read_archive(job: PkgsetJob) -> None:
    """Write the stanzas of an archive's indices for an arch, suite after suite, and their index."""
    with locate_errors(job.origin, f"archive {job.archive}, {job.arch}"):
        collect_stanzas(job)


def collect_stanzas(job: PkgsetJob) -> None:
    """Do the work of `read_archive`."""
    suites = read_suites(job)
    with written_aside(job.stanzas, may_be_empty=True) as aside:
        priorities = []
        accesses = open_accesses([(job.access, accepted_suite.list_bases(suite.accepted for suite in suites))])
        with closing(Agent(accesses=accesses)) as agent, aside.open("wb") as stream:
            for suite in suites:
                priorities.append((stream.tell(), suite.release.priority))
                filled = {
                    f"{component}/{job.arch}": append_component(agent, stream, job, suite, component)
                    for component in (("",) if suite.is_flat else job.components)
                }
                check_suite_filled(job, suite, filled)
        origin = f"archive {job.archive}, {job.arch}"
        write_index(job, aside.read_bytes(), origin, priorities)
    remove_unlisted(job.downloads, suites)


def write_index(
    job: PkgsetJob | FolderJob, stanzas: bytes, label: str, priorities: Sequence[tuple[int, int]] = ()
) -> None:
    """Write the index of stanzas; print a warning for each that is odd and so left out."""
    content = build_index(stanzas, job.arch.removesuffix(UDEB), label, priorities)
    for fault in index.Index(content).faults:
        print(f"warning: {label}: {fault}; the package counts as not there", flush=True)
    write_file(job.index, content)


def append_component(agent: Agent, stream: BinaryIO, job: PkgsetJob, suite: VerifiedSuite, component: str) -> bool:
    """Append the stanzas of a suite's component; return whether there are any."""
    filled = False
    for suite_index in list_indices(job, suite, component):
        if not suite_index.is_empty:
            filled |= append(stream, suite_index, *get_index(agent, suite_index, job))
    return filled


def check_suite_filled(job: PkgsetJob, suite: VerifiedSuite, filled: Mapping[str, bool]) -> None:
    """Raise TrustError if a suite had packages for the arch and has none; an old state that a lock names may have none."""
    uris = suite.accepted.remembered_by
    if uris:
        memory, label = ArchiveMemory(job.shared_memory, job.own_memory), f"{job.origin}: {suite.name}, {job.arch}"
        check_filled(memory, uris, suite.accepted.suite, filled, label, allowed=job.allow_empty)


def read_suites(job: PkgsetJob) -> list[VerifiedSuite]:
    """Return the archive's suites as `inrelease` verified them."""
    accepted = accepted_suite.load(job.accepted.read_text())
    return [
        VerifiedSuite(job.archive, accepted[name], release_file.parse_release(text.read_bytes(), str(text)))
        for name, text in zip(job.suites, job.texts, strict=True)
    ]


def list_indices(job: PkgsetJob, suite: VerifiedSuite, component: str) -> Iterator[SuiteIndex]:
    """Yield the indices of a suite's component that have packages for the arch."""
    listed_component = release_file.find_component(suite.release, component) if component else ""
    if listed_component is None:
        return
    names = [format_index_name(listed_component, job.arch)]
    if job.arch != SOURCE and not suite.is_flat and release_file.has_index_of_all(suite.release):
        names.append(format_index_name(listed_component, f"all{UDEB}" if job.arch.endswith(UDEB) else "all"))
    listed = [name for name in names if release_file.has_index(suite.release, name)]
    if not listed:
        report_no_index(job, suite, listed_component)
    yield from (SuiteIndex(suite, name) for name in listed)


def report_no_index(job: PkgsetJob, suite: VerifiedSuite, component: str) -> None:
    """Print that a suite has nothing for the arch. Raise ConfigError if the compose is made for that arch."""
    arches = ", ".join(list_indexed_arches(suite.release, component)) or "none"
    message = f"{suite.name}: no index of {component or 'its packages'} for {job.arch}"
    if job.required:
        raise ConfigError(
            f"{job.origin}: {message}", f"it has {arches}; `arches: […]` of the archive says which are read"
        )
    print(f"{message}; it has {arches}", flush=True)


def get_index(agent: Agent, suite_index: SuiteIndex, job: PkgsetJob) -> tuple[Path, str]:
    """Return the file of an index, in the first form that is available, and the form's suffix.

    Raise TrustError if no listed form of the index is available, or its file differs from the listed one.
    """
    absent = ""
    for form in sorted(suite_index.forms, key=lambda form: not has_download(job.downloads / form.listed.digest)):
        target = job.downloads / form.listed.digest
        if job.offline and not target.exists():
            absent = absent or f"{suite_index}: offline, and no earlier run left it"
            continue
        try:
            form.download(agent, target)
        except NotThereError as error:
            absent = absent or error.message
        else:
            return target, form.suffix
    raise TrustError(absent or f"{suite_index}: offered only in forms that nothing here unpacks")


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


def append(stream: BinaryIO, suite_index: SuiteIndex, path: Path, suffix: str) -> bool:
    """Unpack an index to the end of the stanzas, an empty line before it; return whether it has any.

    Raise TrustError if it is not as listed.
    """
    plain = suite_index.plain
    digest, size, last, filled = start_hash(plain.digest if plain else ""), 0, b"\n", False
    gap = b"\n" if stream.tell() else b""
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
    if last != b"\n":
        raise TrustError(f"{suite_index}: its last line has no line feed")
    return filled


def remove_unlisted(downloads: Path, suites: Iterable[VerifiedSuite]) -> None:
    """Remove the indices of earlier runs that no Release file lists any more."""
    listed = {file.digest for suite in suites for file in suite.release.files.values()}
    for path in downloads.glob("*"):
        if path.name.partition(".")[0] not in listed:
            path.unlink(missing_ok=True)
