"""apt: the sources and settings of this machine's own configuration (apt-get(8), indextargets; apt-config(8))."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.tools.run import run

FIELDS = ("REPO_URI", "CODENAME", "SUITE", "RELEASE", "COMPONENT")
UNKNOWN = "$("
"""How a field that apt does not know begins: Codename and Suite, before its first update."""
CONFIGURATION = ("/etc/apt", "/etc/apt/sources.list.d", "/etc/apt/apt.conf.d", "/etc/apt/mirrors", "/var/lib/apt/lists")
DIRECTORIES = ("Dir::Etc::netrc/f", "Dir::Etc::netrcparts/d")


@dataclass(frozen=True)
class AptIndex:
    """A package index of one of apt's sources."""

    uri: str
    names: tuple[str, ...]
    """Of its suite: Codename, Suite, and the name in sources.list; the name alone before apt's first update."""
    component: str


def indextargets(*options: str) -> list[str]:
    """Return the command that lists apt's package indices, one a line, with fields separated by tabs."""
    layout = "\t".join(f"$({name})" for name in FIELDS)
    return ["apt-get", "indextargets", *options, "--format", layout, "Created-By: Packages"]


def dump_settings() -> list[str]:
    """Return the command that prints apt's settings, one a line: name, tab, value."""
    return ["apt-config", "dump", "--no-empty", "--format", "%f\t%v%n"]


def locate_logins() -> list[str]:
    """Return the command that prints where apt finds logins, as assignments of a shell to A and B."""
    return ["apt-config", "shell", "A", DIRECTORIES[0], "B", DIRECTORIES[1]]


def parse_indices(output: str) -> Iterator[AptIndex]:
    """Yield the indices that indextargets printed."""
    for line in output.splitlines():
        words = line.split("\t")
        if len(words) == len(FIELDS):
            uri, *names, component = ("" if word.startswith(UNKNOWN) else word for word in words)
            yield AptIndex(uri, tuple(filter(None, names)), component)


def parse_settings(output: str) -> dict[str, str]:
    """Return the settings that `dump_settings` printed, by name in lower case; of a list the last counts."""
    lines = (line.partition("\t") for line in output.splitlines() if "\t" in line)
    return {name.lower(): value for name, _, value in lines}


@cache
def read_indices() -> tuple[AptIndex, ...]:
    """Return the indices of all of apt's sources in their order; of one that apt has not updated yet, the name alone is known.

    Raise MachineError if apt is not installed.
    """
    updated = tuple(parse_indices(ask_apt(indextargets())))
    names = {(index.uri, index.names[-1], index.component): index for index in updated}
    return tuple(
        dict.fromkeys(
            names.get((index.uri, index.names[-1], index.component), index)
            for index in parse_indices(ask_apt(indextargets("--no-release-info")))
        )
    )


@cache
def read_settings() -> dict[str, str]:
    """Return apt's settings by name in lower case, and the absolute paths of its logins as `netrc` and `netrcparts`."""
    places = [line.partition("=")[2].strip("'") for line in ask_apt(locate_logins()).splitlines()]
    return parse_settings(ask_apt(dump_settings())) | dict(zip(("netrc", "netrcparts"), places, strict=False))


def ask_apt(command: list[str]) -> str:
    """Run apt with this machine's configuration and return its output."""
    env = {"APT_CONFIG": os.environ["APT_CONFIG"]} if "APT_CONFIG" in os.environ else {}
    return run(command, capture=True, env=env).stdout.decode(errors="replace")


def fingerprint_configuration(paths: Iterable[str] = CONFIGURATION) -> str:
    """Return a digest of the state of apt's configuration and lists, without starting apt, which is slow."""
    digest = hashlib.sha256()
    for path in (*paths, *filter(None, [os.environ.get("APT_CONFIG")])):
        for file in (Path(path), *sorted(Path(path).glob("*"))):
            if file.is_dir() and str(file) != path:
                continue
            status = file.stat() if file.exists() else None
            digest.update(f"{file} {status and (status.st_size, status.st_mtime_ns, status.st_ino)}\n".encode())
    return digest.hexdigest()
