"""dpkg-query: which packages are installed in a root file system (dpkg-query(1))."""

from __future__ import annotations

from pathlib import Path
from shlex import quote


def list_installed(target: Path) -> str:
    """Return the line of a hook that lists the packages of the root `$1`, `NAME VERSION ARCH` a line, into a file."""
    return (
        'dpkg-query --admindir="$1/var/lib/dpkg" --show '
        f"--showformat='${{Package}} ${{Version}} ${{Architecture}}\\n' >{quote(str(target))}\n"
    )
