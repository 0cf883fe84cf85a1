"""Check that media that install have what debian-installer needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.choose import debian_installer
from composelib.archive.format.repository import read_field
from composelib.errors import ComposeError
from composelib.files import write_file
from composelib.model.variant import INSTALLER

if TYPE_CHECKING:
    from composelib.stages.installable import InstallableJob

HINTS = {
    "udeb": "use a suite whose component main has debian-installer (main/debian-installer), and do not exclude them",
    "package": "use an archive that has them, and do not exclude them",
}


def check(job: InstallableJob) -> None:
    """Write the report of a complete medium. Raise ComposeError naming all that is missing from it."""
    packages, udebs = read_names(job.chosen)
    lacking = debian_installer.find_lacking(job.arch, packages, udebs, is_secure=job.is_secure)
    if lacking:
        names = "; ".join(f"{kind} {', '.join(names)}" for kind, names in lacking.items())
        raise ComposeError(f"{job.title} cannot install on {job.arch}: it lacks {names}", write_hint(lacking))
    write_file(job.report, "complete\n")


def read_names(chosen: tuple[Path, ...]) -> tuple[set[str], set[str]]:
    """Return the names of the gathered packages, and of the udebs among them."""
    packages, udebs = set[str](), set[str]()
    for path in chosen:
        for paragraph in path.read_bytes().split(b"\n\n"):
            stanza = paragraph + b"\n"
            names = udebs if read_field(stanza, "Compose-Component") == INSTALLER else packages
            names.add(read_field(stanza, "Package"))
    return packages, udebs


def write_hint(lacking: Mapping[str, list[str]]) -> str:
    """Return the hint for missing packages and udebs, by kind."""
    kinds = dict.fromkeys("udeb" if kind == "udeb" else "package" for kind in lacking)
    return "; ".join(HINTS[kind] for kind in kinds)
