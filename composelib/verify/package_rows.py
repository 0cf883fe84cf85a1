"""The packages of the verified indices, as rows that other descriptions of them are compared with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from composelib.archive.format.repository import read_field, read_pool_files, read_source_name
from composelib.model.arch import SOURCE
from composelib.text.bill import read_source_version
from composelib.verify.repositories import VerifiedRepository

DSC = ".dsc"


class PackageRow(NamedTuple):
    """What an index says of a package."""

    package: str
    version: str
    architecture: str
    component: str
    source: str
    source_version: str
    size: int
    """In bytes; of a source package, of all its files."""
    sha256: str
    """Of a source package, that of its .dsc."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells it from the others of its variant."""
        return self[:4]

    def __str__(self) -> str:
        """Return its name, version and architecture."""
        return f"{self.package} {self.version} {self.architecture}"


def list_package_rows(verified: Iterable[VerifiedRepository]) -> dict[str, dict[tuple[str, str, str, str], PackageRow]]:
    """Return the rows of each repository whose indices could all be read, by variant and key."""
    return {
        repository.variant: {
            row.key: row
            for row in (read_stanza_row(stanza, component) for stanza, component in repository.stanzas.items())
        }
        for repository in verified
        if repository.complete
    }


def read_stanza_row(stanza: bytes, component: str) -> PackageRow:
    """Return the row of a stanza of an index."""
    name, version = read_field(stanza, "Package"), read_field(stanza, "Version")
    files = list(read_pool_files(stanza))
    if not read_field(stanza, "Filename"):
        dsc = next((file.sha256 for file in files if file.path.endswith(DSC)), "")
        return PackageRow(name, version, SOURCE, component, name, version, sum(file.size for file in files), dsc)
    source, source_version = read_source_name(stanza), read_source_version(stanza)
    architecture = read_field(stanza, "Architecture")
    return PackageRow(name, version, architecture, component, source, source_version, files[0].size, files[0].sha256)
