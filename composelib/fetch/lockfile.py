"""A lock: the state of each archive that a compose was made of, so that it can be made of the same again.

The file is JSON: `{"version": 1, "archives": {ARCHIVE: {SUITE: {"url", "sha256", "date", "snapshots", "by_hash",
"indices": {NAME: {"sha256", "size"}}}}}}`. It says what to accept; signatures are checked all the same.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from composelib.archive.format.release import Listed, Release, component_of, forms, index_name
from composelib.errors import ConfigError, TrustError
from composelib.fetch.accepted_suite import Accepted

VERSION = 1
SHA256 = re.compile(r"[0-9a-f]{64}")
AGAIN = "`doit lock` names what is there now"


@dataclass(frozen=True)
class LockedSuite:
    """The one state of a suite that is accepted: that of the signed file with this SHA256."""

    url: str
    """Of InRelease, or of Release."""
    sha256: str
    date: int
    snapshots: str = ""
    """The URI of the archive's snapshots, as its Release file has it."""
    by_hash: bool = False
    """Whether its indices can be had by their hashes when newer ones have their names."""
    indices: Mapping[str, Listed] = field(default_factory=dict)
    """Those that the compose reads, in all their forms, by name relative to the Release file."""

    def check(self, sha256: str, place: str, date: int) -> None:
        """Refuse any other state. `place` and `date` are of what was found. Raises TrustError saying what is gone."""
        if sha256 == self.sha256:
            return
        wanted = f"the file dated {shown(self.date)} (SHA256 {self.sha256[:16]}…) that the lock names is gone"
        raise TrustError(f"{place}: {wanted}: there is one dated {shown(date)}", self.cure())

    def cure(self) -> str:
        """Say how the state can be had again, if it can."""
        snapshot = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self.date))
        if self.snapshots not in {"", "no"}:
            return f"`snapshot: {snapshot}` in the config may have it; {AGAIN}"
        return AGAIN


@dataclass(frozen=True)
class Lock:
    """What a lock file says; `place` is the file, for messages."""

    archives: Mapping[str, Mapping[str, LockedSuite]]
    place: str = "lock"

    def suite(self, archive: str, suite: str) -> LockedSuite | None:
        """Give what is locked of a suite; None if the lock does not name it."""
        return self.archives.get(archive, {}).get(suite)

    def needed(self, archive: str, suite: str) -> LockedSuite:
        """Give what is locked of a suite. Raises ConfigError if the lock does not name it."""
        found = self.suite(archive, suite)
        if found is None:
            raise ConfigError(f"{self.place}: it does not name archive {archive}, suite {suite}", AGAIN)
        return found


def locked(suite: Accepted, release: Release, indices: Iterable[str]) -> LockedSuite:
    """Give the lock of a suite that was accepted: of the indices of these names (without compression)."""
    listed = {name: found for index in indices for name, found in forms(release, index)}
    return LockedSuite(suite.url, suite.sha256, suite.date, release.snapshots, release.acquire_by_hash, listed)


def index_names(release: Release, components: Iterable[str], arches: Iterable[str]) -> Iterator[str]:
    """Give the names of the indices of components for arches; of a flat repository's if there is no component."""
    arches = tuple(arches)
    for component in tuple(components) or ("",):
        name = component_of(release, component) if component else ""
        yield from (index_name(name or component, arch) for arch in arches)


def dump(archives: Mapping[str, Mapping[str, LockedSuite]]) -> str:
    """Give the text of a lock file, sorted."""
    found = {archive: {suite: asdict(each) for suite, each in suites.items()} for archive, suites in archives.items()}
    return json.dumps({"version": VERSION, "archives": found}, indent=1, sort_keys=True) + "\n"


def parse(content: bytes, place: str = "lock") -> Lock:
    """Read a lock file. Raises ConfigError if it is none."""
    try:
        found = json.loads(content)
        if found["version"] != VERSION:
            raise ConfigError(f"{place}: version {found['version']!r} is not known here", AGAIN)
        archives = {
            archive: {suite: read(row) for suite, row in suites.items()}
            for archive, suites in found["archives"].items()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{place}: not a lock: {type(error).__name__}: {error}", AGAIN) from error
    return Lock(archives, place)


def read(row: Mapping[str, Any]) -> LockedSuite:
    """Read one suite. Raises KeyError, TypeError or ValueError for what is none."""
    indices = {name: Listed(int(each["size"]), digest(each["sha256"])) for name, each in row["indices"].items()}
    snapshots, by_hash = str(row["snapshots"]), row["by_hash"] is True
    return LockedSuite(str(row["url"]), digest(row["sha256"]), int(row["date"]), snapshots, by_hash, indices)


def digest(text: str) -> str:
    """Give a SHA256, checked. Raises ValueError."""
    if not SHA256.fullmatch(text):
        raise ValueError(f"{text!r} is not a SHA256")
    return text


def shown(date: int) -> str:
    """Give a date as Release files do."""
    return time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime(date))
