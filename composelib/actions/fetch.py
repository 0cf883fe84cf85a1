"""Fetch the files of packages into the store."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from composelib.archive.format.repository import ChosenPackage, move_to_pool, read_chosen, read_field
from composelib.errors import ComposeError, TrustError
from composelib.fetch import accepted_suite
from composelib.fetch.access import Access, open_accesses
from composelib.fetch.download import Download
from composelib.fetch.errors import NetworkError
from composelib.fetch.http import Agent
from composelib.fetch.moved import explain_failure
from composelib.fetch.package_identity import IndexedFile, check_identities, open_record, read_indexed_identity
from composelib.fetch.store import Store, open_store
from composelib.fetch.transfer import transfer
from composelib.fetch.url import find_local_path, join_url
from composelib.files import write_file
from composelib.program import PROGRAM

if TYPE_CHECKING:
    from composelib.stages.fetch import FetchJob

NAMED = 10
"""How many missing files an error names."""


class PackageFile(NamedTuple):
    """A file of a package, as its stanza lists it."""

    name: str
    sha256: str
    size: str


def fetch_packages(job: FetchJob) -> None:
    """Fetch every chosen file into the store, then list them."""
    bases = accepted_suite.read_bases(job.accepted, job.folders)
    store = open_store(job.store)
    chosen = job.chosen.read_bytes()
    entries = list(read_chosen(chosen))
    files = [file for entry in entries for file in list_files(entry, bases, store)]
    check_names(entries)
    if job.offline:
        check_stored(store, files)
    accesses = open_accesses((access, bases[name]) for name, access in job.accesses.items())
    record = open_record(store.root)
    try:
        transfer(store, files, accesses=accesses, stored=lambda file: record.read_ahead(file.digest, file.target))
    except (TrustError, NetworkError) as error:
        raise explain_missing(job, accesses, error) from error
    check_identities(record, list_debs(chosen, store))
    write_file(job.fetched, "".join(sorted({f"{file.digest} {file.size} {file.name}\n" for file in files})))
    write_file(job.stored, "".join(sorted({f"{os.path.relpath(file.target, job.root)}\n" for file in files})))


def explain_missing(job: FetchJob, accesses: dict[str, Access], error: ComposeError) -> ComposeError:
    """Return the error of files that could not be fetched, or another one if an archive has changed meanwhile."""
    suites = [suite for path in job.accepted.values() for suite in accepted_suite.load(path.read_text()).values()]
    with closing(Agent(accesses=accesses)) as agent:
        return explain_failure(agent, suites, error)


def list_files(entry: ChosenPackage, bases: Mapping[str, tuple[str, ...]], store: Store) -> Iterator[Download]:
    """Yield the files of a chosen package: its .deb, or its .dsc and all that belongs to it."""
    package = f"{read_field(entry.stanza, 'Package')} {read_field(entry.stanza, 'Version')} of archive {entry.archive}"
    urls = bases.get(entry.archive)
    if urls is None:
        raise ComposeError(
            f"{package}: the compose has no such archive to fetch from", f"`{PROGRAM} forget gather`, then run again"
        )
    root = find_local_path(urls[0])
    for file in list_stanza_files(entry.stanza):
        if not (file.size.isascii() and file.size.isdigit() and file.sha256):
            raise TrustError(f"{package}: {file.name}: no size and SHA256 to check it by")
        yield Download(
            digest=file.sha256,
            size=int(file.size),
            urls=tuple(join_url(url, file.name) for url in urls),
            target=store.locate(file.sha256),
            label=package,
            name=file.name,
            root=root,
        )


def list_debs(chosen: bytes, store: Store) -> Iterator[IndexedFile]:
    """Yield the .debs of chosen packages."""
    for entry in read_chosen(chosen):
        if read_field(entry.stanza, "Filename"):
            identity = read_indexed_identity(entry.stanza)
            sha256 = read_field(entry.stanza, "SHA256")
            label = f"{identity.package} {identity.version} of archive {entry.archive}"
            yield IndexedFile(store.locate(sha256), sha256, identity, label)


def list_stanza_files(stanza: bytes) -> Iterator[PackageFile]:
    """Yield the files that a stanza of Packages or Sources lists."""
    filename = read_field(stanza, "Filename")
    if filename:
        yield PackageFile(filename.removeprefix("./"), read_field(stanza, "SHA256"), read_field(stanza, "Size"))
        return
    folder = read_field(stanza, "Directory").removeprefix("./").rstrip("/")
    for line in filter(None, read_field(stanza, "Checksums-Sha256").split("\n")):
        sha256, size, name = line.split()
        yield PackageFile(name if folder in {"", "."} else f"{folder}/{name}", sha256, size)


def check_names(entries: Iterable[ChosenPackage]) -> None:
    """Raise TrustError for two different files of one name in the pool, naming both packages: it has room for one."""
    by_name: dict[str, tuple[str, str]] = {}
    for entry in entries:
        label = (
            f"{read_field(entry.stanza, 'Package')} {read_field(entry.stanza, 'Version')} of archive {entry.archive}"
        )
        for file in move_to_pool(entry)[1]:
            name = file.path.rpartition("/")[2]
            first, sha256 = by_name.setdefault(name, (label, file.sha256))
            if sha256 != file.sha256:
                raise TrustError(
                    f"{name}: two different files: {first} (SHA256 {sha256}) and {label} (SHA256 {file.sha256})",
                    "give one of their archives a lower priority, or exclude the package",
                )


def check_stored(store: Store, files: Iterable[Download]) -> None:
    """Raise ComposeError naming the packages whose files are not in the store, as nothing is fetched offline."""
    missing = [file.label for file in files if not store.has(file.digest, file.size)]
    store.settle()
    if missing:
        names = "; ".join(missing[:NAMED]) + ("; …" if len(missing) > NAMED else "")
        raise ComposeError(f"offline, and {len(missing)} files are not in the store: {names}", "run without offline=1")
