"""dpkg-query: which packages are installed (dpkg-query(1))."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from shlex import quote


def list_installed(target: Path) -> str:
    """Return the line of a hook that lists the packages of the root `$1`, `NAME VERSION ARCH` a line, into a file."""
    return (
        'dpkg-query --admindir="$1/var/lib/dpkg" --show '
        f"--showformat='${{Package}} ${{Version}} ${{Architecture}}\\n' >{quote(str(target))}\n"
    )


def show_versions(packages: Iterable[str]) -> list[str]:
    """Return the command that prints packages of this machine, a line each; its exit status is 1 if some are not installed."""
    form = "--showformat=${db:Status-Status} ${Package} ${Version} ${Architecture}\\n"
    return ["dpkg-query", "--show", form, *packages]


def parse_versions(output: str) -> Iterator[tuple[str, str, str]]:
    """Yield the name, version and architecture of each package that `show_versions` printed and that is installed."""
    for line in output.splitlines():
        status, *identity = line.split(" ")
        if status == "installed":
            name, version, architecture = identity
            yield name, version, architecture
