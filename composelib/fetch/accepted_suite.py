"""The suites of an archive that were accepted, as JSON that later stages read (docs/formats.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, field, fields
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.text.json_file import parse_json

VERSION = 1


@dataclass(frozen=True)
class AcceptedSuite:
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
    """Whether it was past its Valid-Until when it was accepted, which `allow-expired` and `offline` permit."""
    signers: tuple[str, ...] = ()
    """Fingerprints of the keys of `signed-by` that signed it; empty if the archive is `trusted`."""
    others: tuple[str, ...] = ()
    """Fingerprints of the other keys that signed it."""
    expired_keys: Mapping[str, int] = field(default_factory=dict, hash=False)
    """When the signers expired, by fingerprint; empty if one of them has not."""
    mirrors: tuple[str, ...] = ()
    """URLs of the archive's root elsewhere, for files that are missing at `base`."""
    remembered_by: tuple[str, ...] = ()
    """The URIs by which is remembered what was accepted of it; empty if its state is not what the archive has now: if a lock
    or snapshot names it, or the run is offline."""


def dump(suites: Iterable[AcceptedSuite]) -> str:
    """Return the suites as JSON, in their order."""
    rows = [asdict(suite) for suite in suites]
    return json.dumps({"version": VERSION, "suites": rows}, indent=1, sort_keys=True) + "\n"


def load(text: str) -> dict[str, AcceptedSuite]:
    """Read the JSON: by suite, in order. Raise KeyError, TypeError or ValueError if it is not of this format."""
    document = parse_json(text)
    if document["version"] != VERSION:
        raise ValueError(document["version"])
    return {row["suite"]: read_row(row) for row in document["suites"]}


def read_row(row: Mapping[str, object]) -> AcceptedSuite:
    """Read one suite; skip keys that have no field."""
    values = {field.name: row[field.name] for field in fields(AcceptedSuite) if field.name in row}
    return AcceptedSuite(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})  # type: ignore[arg-type]


def list_bases(suites: Iterable[AcceptedSuite]) -> tuple[str, ...]:
    """Return the URLs that an archive's files are below, each once."""
    suites = tuple(suites)
    return tuple(
        dict.fromkeys((*(suite.base for suite in suites), *(url for suite in suites for url in suite.mirrors)))
    )


def read_bases(accepted: Mapping[str, Path], folders: Mapping[str, Path]) -> dict[str, tuple[str, ...]]:
    """Return the URLs that the files of each archive are below, by JSON of its suites or its folder."""
    suites = {name: load(path.read_text()).values() for name, path in accepted.items()}
    bases = {name: list_bases(rows) for name, rows in suites.items()}
    return bases | {name: (f"{folder.absolute().as_uri()}/",) for name, folder in folders.items()}
