"""What was accepted of an archive's suites, as JSON that later stages read: the format of docs/formats.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields

VERSION = 1


@dataclass(frozen=True)
class Accepted:
    """A suite whose Release file was verified; times are seconds since 1970."""

    suite: str
    """As the config names it."""
    base: str
    """URL of the archive's root, with a slash at its end: pool files are below it."""
    dists: str
    """URL of the folder of the Release file: indices are below it."""
    url: str
    """Of the file that was verified: InRelease or Release."""
    sha256: str
    """Of that file as it came."""
    date: int
    valid_until: int | None = None
    expired: bool = False
    """Past its Valid-Until when it was accepted, as `allow-expired` or `offline` ask for."""
    signers: tuple[str, ...] = ()
    """Fingerprints of the keys of `signed-by` that signed it; none when the archive is `trusted`."""
    others: tuple[str, ...] = ()
    """Fingerprints of whoever else signed it."""


def dump(suites: Iterable[Accepted]) -> str:
    """Give the JSON text, the suites in the order given."""
    rows = [asdict(suite) for suite in suites]
    return json.dumps({"version": VERSION, "suites": rows}, indent=1, sort_keys=True) + "\n"


def load(text: str) -> dict[str, Accepted]:
    """Read the JSON text: by suite, in order. Raises KeyError, TypeError or ValueError if it is not of this format."""
    found = json.loads(text)
    if found["version"] != VERSION:
        raise ValueError(found["version"])
    return {row["suite"]: accepted(row) for row in found["suites"]}


def accepted(row: Mapping[str, object]) -> Accepted:
    """Make a row of JSON a value."""
    known = {each.name: row[each.name] for each in fields(Accepted)}
    return Accepted(**{name: tuple(value) if isinstance(value, list) else value for name, value in known.items()})  # type: ignore[arg-type]


def bases(suites: Iterable[Accepted]) -> tuple[str, ...]:
    """Give the roots that an archive's files are below, each once."""
    return tuple(dict.fromkeys(suite.base for suite in suites))
