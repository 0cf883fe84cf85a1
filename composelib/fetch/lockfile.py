"""The lock of a compose: the state of each archive it was made from, so that it can be made from the same again.

The file is JSON: `{"version": 1, "archives": {ARCHIVE: {SUITE: {"url", "sha256", "date", "snapshots", "by_hash",
"indices": {NAME: {"sha256" (or "sha512"), "size"}}, "expired_keys": {FINGERPRINT: SECONDS}, "signature"}}}, "files": [SHA256 …],
"dates": {TASK: SECONDS}}`. It says what to accept; signatures are checked all the same.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, field
from typing import Any

from composelib.archive.format.digest import name_algorithm
from composelib.archive.format.release import (
    ListedFile,
    ReleaseFile,
    find_component,
    format_index_name,
    list_index_files,
)
from composelib.archive.format.release_date import format_release_date
from composelib.dataclass import dataclass
from composelib.errors import ConfigError, TrustError
from composelib.fetch.accepted_suite import AcceptedSuite
from composelib.program import PROGRAM
from composelib.text.json_file import parse_json

VERSION = 1
SHA256 = re.compile(r"[0-9a-f]{64}")
LAST_DATE = 253402300799
"""The last second of the year 9999."""
SHA512 = re.compile(r"[0-9a-f]{128}")
AGAIN = f"`{PROGRAM} lock` locks what is there now"


@dataclass(frozen=True)
class LockedSuite:
    """The only state of a suite that is accepted: that of the signed file with this SHA256."""

    url: str
    """Of InRelease, or of Release, relative to the archive's root: it is the same on each mirror."""
    sha256: str
    date: int
    snapshots: str = ""
    """The URI of the archive's snapshots, as its Release file has it."""
    by_hash: bool = False
    """Whether its indices can still be fetched by their hashes after newer ones have taken their names."""
    indices: Mapping[str, ListedFile] = field(default_factory=dict)
    """The indices that the compose reads, in all their forms, by name relative to the Release file."""
    expired_keys: Mapping[str, int] = field(default_factory=dict, hash=False)
    """When the keys expired by which the state was accepted, by fingerprint; empty if one had not."""
    signature: str = ""
    """The SHA256 of Release.gpg; empty for an InRelease."""

    def check(self, sha256: str, url: str, date: int) -> None:
        """Raise TrustError if the suite at a URL, signed at a date, is in any other state."""
        if sha256 == self.sha256:
            return
        locked_file = (
            f"the file dated {format_release_date(self.date)} (SHA256 {self.sha256[:16]}…) that the lock names"
        )
        raise TrustError(
            f"{url}: {locked_file} is gone: there is one dated {format_release_date(date)}", self.describe_cure()
        )

    def describe_cure(self) -> str:
        """Describe how to get the locked state again."""
        snapshot = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self.date))
        if self.snapshots not in {"", "no"}:
            return f"`snapshot: {snapshot}` in the config may have it; {AGAIN}"
        return AGAIN


@dataclass(frozen=True)
class Lock:
    """The content of a lock file; `path` is for messages."""

    archives: Mapping[str, Mapping[str, LockedSuite]]
    path: str = "lock"
    files: Collection[str] = ()
    """The SHA256 of the package files that the compose was made of."""
    dates: Mapping[str, int] = field(default_factory=dict)
    """SOURCE_DATE_EPOCH as each task had it; only the lock of a tree has them."""

    def suite(self, archive: str, suite: str) -> LockedSuite | None:
        """Return the locked state of a suite; None if the lock does not name it."""
        return self.archives.get(archive, {}).get(suite)

    def list_states(self) -> Iterator[str]:
        """Yield the SHA256 of each signed file and each index."""
        for state in (state for suites in self.archives.values() for state in suites.values()):
            yield from (state.sha256, state.signature)
            yield from (listed.digest for listed in state.indices.values())

    def require_suite(self, archive: str, suite: str) -> LockedSuite:
        """Return the locked state of a suite. Raise ConfigError if the lock does not name it."""
        locked_suite = self.suite(archive, suite)
        if locked_suite is None:
            raise ConfigError(f"{self.path}: does not name archive {archive}, suite {suite}", AGAIN)
        return locked_suite


def lock_suite(suite: AcceptedSuite, release: ReleaseFile, indices: Iterable[str], signature: str = "") -> LockedSuite:
    """Return the lock of a suite that was accepted, with the indices of these names (without compression)."""
    listed = {name: form for index in indices for name, form in list_index_files(release, index)}
    return LockedSuite(
        suite.url,
        suite.sha256,
        suite.date,
        release.snapshots,
        release.acquire_by_hash,
        listed,
        suite.expired_keys,
        signature,
    )


def list_index_names(
    release: ReleaseFile, components: Iterable[str], arches: Iterable[str], described: Iterable[str] = ()
) -> Iterator[str]:
    """Return the names of the indices of components for arches, or of a flat repository if there is no component.

    `described` are further files below each component.
    """
    arches, described = tuple(arches), tuple(described)
    for component in tuple(components) or ("",):
        name = (find_component(release, component) or component) if component else ""
        yield from (format_index_name(name, arch) for arch in arches)
        yield from (f"{name}/{file}" if name else file.rpartition("/")[2] for file in described)


def dump(lock: Lock) -> str:
    """Return the text of a lock file, sorted."""
    rows = {
        archive: {suite: describe_locked(state) for suite, state in suites.items()}
        for archive, suites in lock.archives.items()
    }
    content = {"version": VERSION, "archives": rows, "files": sorted(lock.files), "dates": dict(lock.dates)}
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def describe_locked(state: LockedSuite) -> dict[str, Any]:
    """Return one suite as the file has it."""
    indices = {
        name: {name_algorithm(listed.digest).lower(): listed.digest, "size": listed.size}
        for name, listed in state.indices.items()
    }
    return asdict(state) | {"indices": indices}


def parse(content: bytes, path: str = "lock") -> Lock:
    """Read a lock file. Raise ConfigError if it is not one."""
    try:
        document = parse_json(content)
        if document["version"] != VERSION:
            raise ConfigError(f"{path}: version {document['version']!r} is unknown here", AGAIN)
        archives = {
            archive: {suite: read(row) for suite, row in suites.items()}
            for archive, suites in document["archives"].items()
        }
        files = tuple(map(check_sha256, document.get("files", ())))  # earlier versions wrote neither
        dates = {str(task): check_date(date) for task, date in document.get("dates", {}).items()}
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise ConfigError(f"{path}: not a lock: {type(error).__name__}: {error}", AGAIN) from error
    return Lock(archives, path, files, dates)


def read(row: Mapping[str, Any]) -> LockedSuite:
    """Read one suite. Raise KeyError, TypeError or ValueError if it is not one."""
    indices = {name: ListedFile(int(index["size"]), check_digest(index)) for name, index in row["indices"].items()}
    snapshots, by_hash = str(row["snapshots"]), row["by_hash"] is True
    expired_keys = {
        str(key): check_date(end) for key, end in row.get("expired_keys", {}).items()
    }  # earlier versions wrote none
    signature = check_sha256(row["signature"]) if row.get("signature") else ""
    return LockedSuite(
        str(row["url"]),
        check_sha256(row["sha256"]),
        check_date(row["date"]),
        snapshots,
        by_hash,
        indices,
        expired_keys,
        signature,
    )


def check_date(value: Any) -> int:
    """Return a date in seconds since 1970. Raise ValueError, TypeError or OverflowError if it is none that can be written."""
    date = int(value)
    if not 0 <= date <= LAST_DATE:
        raise ValueError(f"{value!r} is not a date")
    return date


def check_digest(row: Mapping[str, Any]) -> str:
    """Return the digest of an index. Raise ValueError or KeyError if it has none."""
    if "sha512" not in row:
        return check_sha256(row["sha256"])
    if not SHA512.fullmatch(row["sha512"]):
        raise ValueError(f"{row['sha512']!r} is not a SHA512")
    return str(row["sha512"])


def check_sha256(text: str) -> str:
    """Return a SHA256. Raise ValueError if the text is not one."""
    if not SHA256.fullmatch(text):
        raise ValueError(f"{text!r} is not a SHA256")
    return text
