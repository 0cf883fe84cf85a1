"""Write Contents files from the lists of the files in the store's .debs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from composelib.archive.format import repository
from composelib.archive.format.contents import format_contents
from composelib.archive.format.stanza import StanzaError
from composelib.errors import TrustError
from composelib.fetch.file_lists import FileLists
from composelib.fetch.store import Store, open_store
from composelib.files import write_file
from composelib.text.packed_file import write_packed

if TYPE_CHECKING:
    from composelib.stages.contents import ContentsJob


class StoredPackage(NamedTuple):
    """A .deb of the store: its component, its label in Contents, its name in messages, and its SHA256."""

    component: str
    label: bytes
    name: str
    sha256: str


def write_contents(job: ContentsJob) -> None:
    """Write the Contents file of each component."""
    packages = sorted(set(list_stored_packages(job)), key=lambda package: package.name)
    store = open_store(job.store)
    for package in packages:
        store.verify(package.sha256)
    store.settle()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        paths = list(pool.map(lambda package: read_paths(FileLists(job.lists), store, package), packages))
    for component, target in job.contents:
        rows = (
            (package.label, files)
            for package, files in zip(packages, paths, strict=True)
            if package.component == component
        )
        text = format_contents(rows)
        write_file(target, text)
        write_packed(target.with_name(f"{target.name}.gz"), text)


def list_stored_packages(job: ContentsJob) -> Iterator[StoredPackage]:
    """Yield the packages of the arch."""
    for path in job.chosen:
        for entry in repository.select_indexed(path.read_bytes(), job.arch, with_all=job.with_all):
            package, section, version, sha256 = (
                repository.read_field(entry.stanza, field) for field in ("Package", "Section", "Version", "SHA256")
            )
            label = f"{section}/{package}" if section else package
            yield StoredPackage(entry.component, label.encode(errors="surrogateescape"), f"{package} {version}", sha256)


def read_paths(lists: FileLists, store: Store, package: StoredPackage) -> list[bytes]:
    """Return the paths of the files in a package. Raise TrustError if it cannot be read."""
    try:
        return lists.read(package.sha256, store.locate(package.sha256)).paths
    except StanzaError as error:
        raise TrustError(f"{package.name}: its .deb: {error}", "the archive is broken; exclude the package") from None
