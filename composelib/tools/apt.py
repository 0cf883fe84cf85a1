"""apt: what this machine's own configuration says of its mirrors (apt-get(8), indextargets)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from composelib.errors import MachineError
from composelib.tools.run import run

FIELDS = ("REPO_URI", "CODENAME", "SUITE", "RELEASE", "COMPONENT")
LOOKED_AT = ("/etc/apt", "/etc/apt/sources.list.d", "/etc/apt/apt.conf.d", "/var/lib/apt/lists")


@dataclass(frozen=True)
class Source:
    """An index that apt has: of which archive, suite and component."""

    uri: str
    names: tuple[str, ...]
    """What its suite is called: Codename, Suite, and the name in sources.list."""
    component: str


def indextargets() -> list[str]:
    """Give argv that lists the package indices that apt has, a line each, fields parted by tabs."""
    layout = "\t".join(f"$({name})" for name in FIELDS)
    return ["apt-get", "indextargets", "--format", layout, "Created-By: Packages"]


def parse(output: str) -> Iterator[Source]:
    """Read what indextargets printed."""
    for line in output.splitlines():
        words = line.split("\t")
        if len(words) == len(FIELDS):
            uri, *names, component = words
            yield Source(uri, tuple(names), component)


@cache
def sources() -> tuple[Source, ...]:
    """Ask apt for what it has; raises MachineError when there is no apt."""
    listed = run(indextargets(), capture=True).stdout
    return tuple(parse(listed.decode(errors="replace")))


def mirror(suite: str, components: Iterable[str], known: Iterable[Source]) -> str:
    """Give the URI that apt uses for a suite, of whatever name; raises MachineError naming the suites it has.

    Of several archives with a suite of that name, the first one counts that has one of the components.
    """
    wanted = set(components)
    fitting = [source for source in known if suite in source.names]
    for source in fitting:
        if source.component in wanted or not wanted:
            return source.uri
    names = sorted({source.names[0] for source in known})
    has = f"apt has {', '.join(names)}" if names else "apt has no indices at all"
    lacks = f" with {' '.join(sorted(wanted))}" if fitting else ""
    raise MachineError(
        f"uri: host: this machine's apt has no suite {suite}{lacks}: {has}",
        "add it to /etc/apt/sources.list.d/ and run `apt-get update`, or give the archive's own uri",
    )


def fingerprint(paths: Iterable[str] = LOOKED_AT) -> str:
    """Tell states of apt's configuration apart without starting apt, which takes long to say the same again."""
    digest = hashlib.sha256()
    for path in paths:
        for file in (Path(path), *sorted(Path(path).glob("*"))):
            if file.is_dir() and str(file) != path:
                continue
            status = file.stat() if file.exists() else None
            digest.update(f"{file} {status and (status.st_size, status.st_mtime_ns, status.st_ino)}\n".encode())
    return digest.hexdigest()
