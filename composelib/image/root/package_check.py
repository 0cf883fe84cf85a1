"""Make apt install exactly the solved packages of a root file system, and check that the root has exactly these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from composelib.archive.format.stanza import find_stanzas, parse_fields
from composelib.errors import ComposeError
from composelib.tools import apt_get

STATUS = "var/lib/dpkg/status"

Row = Mapping[str, str]
"""A package of the list: `package`, `version`, `architecture`."""


def render_preferences(rows: Iterable[Row]) -> str:
    """Return apt's preferences by which no other packages than these, in these versions, are candidates."""
    pins = [
        apt_get.format_pin(f"{row['package']}:{row['architecture']}", f"version {row['version']}", 990) for row in rows
    ]
    return apt_get.format_pin("*", "release *", -1) + "".join(pins).replace(":all\n", "\n")


def list_installed(status: bytes) -> str:
    """Return the packages that dpkg's status file has as installed, `NAME VERSION ARCH` a line."""
    stanzas = (parse_fields(status[start:end]) for start, end in find_stanzas(status))
    rows = (
        [stanza[name].decode() for name in ("package", "version", "architecture")]
        for stanza in stanzas
        if stanza["status"] == b"install ok installed"
    )
    return "".join(f"{' '.join(row)}\n" for row in rows)


def check_arch(rows: Iterable[Row], arch: str) -> None:
    """Raise ComposeError if a list has packages of further arches, for builders that cannot install them."""
    foreign = sorted({row["architecture"] for row in rows} - {arch, "all"})
    if foreign:
        raise ComposeError(
            f"the image has packages of {', '.join(foreign)}, too", "use `builder: native`, which installs them"
        )


def check_packages(rows: Iterable[Row], installed: str) -> None:
    """Raise ComposeError unless the packages of a root, `NAME VERSION ARCH` a line, are those of its list."""
    solved = {f"{row['package']} {row['version']} {row['architecture']}" for row in rows}
    differing = solved ^ set(installed.splitlines())
    if differing:
        raise ComposeError(
            f"the root has other packages than those that were solved for it: {', '.join(sorted(differing))}",
            "list them in the image's `packages`: its scripts must not install or remove packages",
        )
