"""The .dsc of a source package as values (dsc(5))."""

from __future__ import annotations

import re
from collections.abc import Iterator

from composelib.archive.format.openpgp import strip_signature
from composelib.archive.format.repository import FILE, SOURCE, read_field
from composelib.archive.format.version import is_valid_version
from composelib.dataclass import dataclass
from composelib.errors import TrustError

ROWS = {
    "Checksums-Sha256": re.compile(rf"[0-9a-f]{{64}}\s+[0-9]{{1,18}}\s+{FILE.pattern}"),
    "Package-List": re.compile(r"\S+(?:\s+\S+){3,}"),
}
"""What a line of a field is like."""
RELATIONS = ("Build-Depends", "Build-Depends-Arch", "Build-Depends-Indep", "Build-Conflicts", "Build-Conflicts-Arch",
             "Build-Conflicts-Indep")  # fmt: skip
"""The fields that say what has to be installed for a build, and what must not be."""


@dataclass(frozen=True)
class DscFile:
    """A file that a .dsc lists."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Dsc:
    """A source package as its .dsc describes it."""

    name: str
    """The file's own."""
    stanza: bytes

    def field(self, name: str) -> str:
        """Return the value of a field; empty if there is none."""
        return read_field(self.stanza, name)

    @property
    def source(self) -> str:
        """The name of the source package."""
        return self.field("Source")

    @property
    def version(self) -> str:
        """Its version."""
        return self.field("Version")

    @property
    def upstream(self) -> str:
        """Its version without epoch and revision."""
        return get_upstream(self.version)

    @property
    def is_quilt(self) -> bool:
        """Whether it has its patches in debian/patches."""
        return self.field("Format") == "3.0 (quilt)"

    @property
    def files(self) -> tuple[DscFile, ...]:
        """The files beside it that belong to it."""
        rows = [line.split() for line in self.field("Checksums-Sha256").splitlines() if line.strip()]
        return tuple(DscFile(name, int(size), sha256) for sha256, size, name in rows)

    @property
    def binaries(self) -> list[dict[str, str]]:
        """The packages that are built of it: each one's name, type, architectures, and the profiles it is built with."""
        rows = [line.split() for line in self.field("Package-List").splitlines() if line.strip()]
        if not rows:
            names = self.field("Binary").replace(",", " ").split()
            arch = self.field("Architecture")
            return [{"package": name, "type": "deb", "architecture": arch, "profile": ""} for name in sorted(names)]
        return [describe_binary(name, kind, further) for name, kind, _, _, *further in sorted(rows)]


def describe_binary(name: str, kind: str, further: list[str]) -> dict[str, str]:
    """Return a row of Package-List: `KEY=VALUE` words, lists with commas in between."""
    values = dict(word.partition("=")[::2] for word in further)
    arch = values.get("arch", "any").replace(",", " ")
    return {"package": name, "type": kind, "architecture": arch, "profile": values.get("profile", "")}


def get_upstream(version: str) -> str:
    """Return a version without its epoch and revision."""
    version = version.partition(":")[2] if ":" in version else version
    return version.rpartition("-")[0] or version


def read_dsc(content: bytes, name: str, label: str) -> Dsc:
    """Read a .dsc whose bytes were verified. Raise TrustError for one that is not of this format, or lists odd names."""
    dsc = Dsc(name, strip_signature(content))
    for field in ("Format", "Source", "Version", "Checksums-Sha256"):
        if not dsc.field(field):
            raise TrustError(f"{label}: {name}: it has no field {field}")
    for field, line in list_odd_lines(dsc):
        raise TrustError(f"{label}: {name}: its field {field} has {line!r}")
    return dsc


def list_odd_lines(dsc: Dsc) -> Iterator[tuple[str, str]]:
    """Yield each line of a .dsc that cannot be what its field is for, with the field's name."""
    if not SOURCE.fullmatch(dsc.source):
        yield "Source", dsc.source
    if not is_valid_version(dsc.version):
        yield "Version", dsc.version
    for field, form in ROWS.items():
        for line in dsc.field(field).splitlines():
            if line.strip() and not form.fullmatch(line.strip()):
                yield field, line.strip()
