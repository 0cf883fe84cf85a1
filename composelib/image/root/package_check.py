"""A root file system has exactly the packages that were worked out for it: apt is told so, and it is checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from composelib.archive.format.stanza import fields, spans
from composelib.errors import ComposeError
from composelib.tools import apt_get

STATUS = "var/lib/dpkg/status"

Row = Mapping[str, str]
"""A package of the list: `package`, `version`, `architecture`."""


def preferences(rows: Iterable[Row]) -> str:
    """Give apt's preferences by which there are no other packages than these versions."""
    pins = [apt_get.pin(f"{row['package']}:{row['architecture']}", f"version {row['version']}", 990) for row in rows]
    return apt_get.pin("*", "release *", -1) + "".join(pins).replace(":all\n", "\n")


def installed(status: bytes) -> str:
    """Give what dpkg's status file says is installed, `NAME VERSION ARCH` a line."""
    found = (fields(status[start:end]) for start, end in spans(status))
    whole = (one for one in found if one["status"] == b"install ok installed")
    return "".join(
        f"{one['package'].decode()} {one['version'].decode()} {one['architecture'].decode()}\n" for one in whole
    )


def check_arch(rows: Iterable[Row], arch: str) -> None:
    """Check that a list has packages of one arch alone, for builders that install no others. Raises ComposeError."""
    foreign = sorted({row["architecture"] for row in rows} - {arch, "all"})
    if foreign:
        raise ComposeError(f"the image has packages of {', '.join(foreign)}, too", "'builder: native' installs them")


def compare(rows: Iterable[Row], installed: str) -> None:
    """Check that the packages of a root, `NAME VERSION ARCH` a line, are those of its list. Raises ComposeError."""
    wanted = {f"{row['package']} {row['version']} {row['architecture']}" for row in rows}
    differing = wanted ^ set(installed.splitlines())
    if differing:
        raise ComposeError(f"the root has other packages than were worked out: {', '.join(sorted(differing))}")
