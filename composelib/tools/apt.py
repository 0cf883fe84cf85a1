"""apt: which mirrors this machine's own configuration has (apt-get(8), indextargets)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from composelib.errors import MachineError
from composelib.tools.run import run

FIELDS = ("REPO_URI", "CODENAME", "SUITE", "RELEASE", "COMPONENT")
CONFIGURATION = ("/etc/apt", "/etc/apt/sources.list.d", "/etc/apt/apt.conf.d", "/var/lib/apt/lists")


@dataclass(frozen=True)
class AptIndex:
    """A package index of one of apt's sources."""

    uri: str
    names: tuple[str, ...]
    """Of its suite: Codename, Suite, and the name in sources.list."""
    component: str


def indextargets() -> list[str]:
    """Return the command that lists apt's package indices, one a line, with fields separated by tabs."""
    layout = "\t".join(f"$({name})" for name in FIELDS)
    return ["apt-get", "indextargets", "--format", layout, "Created-By: Packages"]


def parse_indices(output: str) -> Iterator[AptIndex]:
    """Yield the indices that indextargets printed."""
    for line in output.splitlines():
        words = line.split("\t")
        if len(words) == len(FIELDS):
            uri, *names, component = words
            yield AptIndex(uri, tuple(names), component)


@cache
def read_indices() -> tuple[AptIndex, ...]:
    """Return the indices that apt has. Raise MachineError if apt is not installed."""
    printed = run(indextargets(), capture=True).stdout
    return tuple(parse_indices(printed.decode(errors="replace")))


def find_mirror(suite: str, components: Iterable[str], indices: Iterable[AptIndex]) -> str:
    """Return the URI that apt uses for a suite, by any of its names. Raise MachineError naming the suites it has.

    If several archives have a suite of that name, the first with one of the components counts.
    """
    accepted = set(components)
    of_suite = [index for index in indices if suite in index.names]
    for index in of_suite:
        if index.component in accepted or not accepted:
            return index.uri
    names = sorted({index.names[0] for index in indices})
    suites = f"apt has {', '.join(names)}" if names else "apt has no indices at all"
    lacks = f" with {' '.join(sorted(accepted))}" if of_suite else ""
    raise MachineError(
        f"uri: host: this machine's apt has no suite {suite}{lacks}: {suites}",
        "add it to /etc/apt/sources.list.d/ and run `apt-get update`, or write the archive's own uri",
    )


def fingerprint_configuration(paths: Iterable[str] = CONFIGURATION) -> str:
    """Return a digest of the state of apt's configuration and lists, without starting apt, which is slow."""
    digest = hashlib.sha256()
    for path in paths:
        for file in (Path(path), *sorted(Path(path).glob("*"))):
            if file.is_dir() and str(file) != path:
                continue
            status = file.stat() if file.exists() else None
            digest.update(f"{file} {status and (status.st_size, status.st_mtime_ns, status.st_ino)}\n".encode())
    return digest.hexdigest()
