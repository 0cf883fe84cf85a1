"""The source packages of the compose's archives: which there are, and their files by way of the store."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.source_package import SourceFile, read_source_files
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.format.version import compare_versions
from composelib.dataclass import dataclass
from composelib.errors import ComposeError
from composelib.fetch import accepted_suite
from composelib.fetch.access import open_accesses
from composelib.fetch.download import Download
from composelib.fetch.package_listing import open_listing
from composelib.fetch.store import open_store
from composelib.fetch.transfer import transfer
from composelib.fetch.url import find_local_path, join_url
from composelib.files import copy_frozen, discard
from composelib.model.arch import SOURCE
from composelib.model.archive import ArchiveAccess
from composelib.model.indexed_archive import IndexedArchive

SHOWN = 8
"""How many versions an error names."""


@dataclass(frozen=True)
class ArchiveSources:
    """The archives that source packages are fetched from."""

    archives: tuple[IndexedArchive, ...]
    accepted: Mapping[str, Path]
    """By archive: JSON that says where its suites are."""
    accesses: Mapping[str, ArchiveAccess]
    """By archive: how its servers are reached."""
    folders: Mapping[str, Path]
    """By archive: the folder of its packages."""
    store: Path
    offline: bool

    @cached_property
    def universe(self) -> Universe:
        """All source packages."""
        return Universe([*map(open_listing, self.archives)], SOURCE)

    def find(self, name: str, version: str, label: str) -> Package:
        """Return the newest version of a source package, or a certain one. Raise ComposeError if there is none."""
        versions = self.universe.versions(name)
        package = next((package for package in versions if version in {"", package.version}), None)
        if package:
            self.universe.check_file(package)
            return package
        available = ", ".join(package.version for package in versions[:SHOWN])
        if available:
            raise ComposeError(f"{label}: no archive has version {version} of it", f"there is {available}")
        names = ", ".join(archive.archive for archive in self.archives)
        raise ComposeError(f"{label}: none of the archives ({names}) has a source package of this name", "correct it")

    def find_upstream_files(self, name: str, upstream: str) -> list[tuple[Package, SourceFile]]:
        """Return the upstream tarballs of a version of a source package, in whichever version of an archive they are."""
        prefix = f"{name}_{upstream}.orig"
        for package in self.universe.versions(name):
            files = [file for file in read_source_files(package) if posixpath.basename(file.path).startswith(prefix)]
            if files:
                return [(package, file) for file in files]
        return []

    def find_newest_version(self, name: str) -> str:
        """Return the newest version of a source package in any archive; empty if none has it."""
        newest = ""
        for package in self.universe.versions(name):
            if not newest or compare_versions(package.version, newest) > 0:
                newest = package.version
        return newest

    def fetch(self, files: Iterable[tuple[Package, SourceFile]], folder: Path) -> list[Path]:
        """Fetch files of source packages into the store, verified, and copy them into a folder."""
        store = open_store(self.store)
        bases = accepted_suite.read_bases(self.accepted, self.folders)
        downloads = list(self.list_downloads(files, bases))
        missing = [file.name for file in downloads if self.offline and not store.has(file.digest, file.size)]
        if missing:
            raise ComposeError(f"{missing[0]}: offline, and it is not in the store", "run without offline=1")
        accesses = open_accesses((access, bases[name]) for name, access in self.accesses.items())
        transfer(store, downloads, accesses=accesses)
        copies = []
        for file in downloads:
            target = folder / posixpath.basename(file.name)
            store.verify(file.digest)
            discard(target)  # a link there would be written through
            copy_frozen(file.target, target)
            copies.append(target)
        return copies

    def list_downloads(
        self, files: Iterable[tuple[Package, SourceFile]], bases: Mapping[str, tuple[str, ...]]
    ) -> Iterator[Download]:
        """Yield files of source packages as downloads to the store; `bases` are the URLs of each archive."""
        for package, file in files:
            urls = bases[package.archive]
            yield Download(
                digest=file.sha256,
                size=file.size,
                urls=tuple(join_url(url, file.path) for url in urls),
                target=open_store(self.store).locate(file.sha256),
                label=f"{package.name} {package.version} of archive {package.archive}",
                name=file.path,
                root=find_local_path(urls[0]),
            )
