"""What was accepted of the suites of archives, by any compose of the build folder: dates and names that must not go back.

A suite of a URI has a file beside the store, and a copy in the folder of each compose that accepted it: whichever of them
is lost or damaged, another still knows. A file is JSON with a checksum (docs/formats.md).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, field, replace
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.errors import MachineError
from composelib.files import open_lock, write_file

VERSION = 1
LONGEST = 80  # letters of a URI in a file's name
HASHED = 16  # letters of its hash there


@dataclass(frozen=True)
class RememberedSuite:
    """The newest state of a suite that was accepted, and the states that snapshots of it were in."""

    date: int = 0
    """Of its Release file; 0 if only snapshots of it were accepted."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The fields of that file that say what it is of."""
    filled: tuple[str, ...] = ()
    """What had packages: COMPONENT/ARCH, where an arch may be `source` or that of udebs."""
    snapshots: Mapping[str, str] = field(default_factory=dict)
    """By snapshot: the SHA256 of its signed file."""


@dataclass(frozen=True)
class ArchiveMemory:
    """The folder of the files that all composes share, and that of the compose's copies."""

    shared: Path
    own: Path

    def recall(self, uris: Iterable[str], suite: str) -> RememberedSuite | None:
        """Return what is remembered of a suite by any of these URIs; None if that is nothing. Damaged files are passed over."""
        return combine_states(state for uri in uris for state in self.read_copies(uri, suite))

    def remember(self, uris: Iterable[str], suite: str, change: Callable[[RememberedSuite], RememberedSuite]) -> None:
        """Change what is remembered of a suite by each of these URIs. Raise MachineError if it cannot be written."""
        with self.lock():
            for uri in uris:
                new = change(self.recall([uri], suite) or RememberedSuite())
                for path in self.list_own_copies(uri, suite):
                    if read_undamaged(path, uri, suite) != new:
                        write_file(path, format_state(new, uri, suite))

    def set_aside_damaged(self, uris: Iterable[str], suite: str) -> None:
        """Rename damaged files, with a warning that says whether another copy is left."""
        for uri in uris:
            for path in self.list_own_copies(uri, suite):
                if os.path.lexists(path) and not read_undamaged(path, uri, suite):
                    path.replace(path.with_suffix(".bad"))
                    rest = (
                        "a copy is used" if self.recall([uri], suite) else "no copy is left: the archive counts as new"
                    )
                    print(f"warning: {path}: damaged, so it was renamed to {path.stem}.bad; {rest}", flush=True)

    def read_copies(self, uri: str, suite: str) -> Iterator[RememberedSuite]:
        """Yield what the shared file says, and the compose's copy if that is newer; if it is lost, the copies of all composes."""
        shared, own_state = (read_undamaged(path, uri, suite) for path in self.list_own_copies(uri, suite))
        if shared:
            yield shared
            if own_state and own_state.date > shared.date:
                yield own_state
            return
        for path in sorted(self.own.parents[1].glob(f"*/{self.own.name}/{make_file_name(uri, suite)}")):
            state = read_undamaged(path, uri, suite)
            if state:
                yield state

    def list_own_copies(self, uri: str, suite: str) -> tuple[Path, Path]:
        """Return the paths of the shared file about a suite and of the compose's copy."""
        name = make_file_name(uri, suite)
        return self.shared / name, self.own / name

    def describe_removal(self, uris: Iterable[str], suite: str) -> str:
        """Return the command that makes every compose forget a suite."""
        import shlex  # noqa: PLC0415 - only an error needs it

        folders = (shlex.quote(str(self.shared)), f"{shlex.quote(str(self.own.parents[1]))}/*/{self.own.name}")
        paths = [f"{folder}/{make_file_name(uri, suite)}" for uri in dict.fromkeys(uris) for folder in folders]
        return f"rm -f {' '.join(paths)}"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let no other process write meanwhile."""
        try:
            descriptor = open_lock(self.shared / "lock")
        except OSError as error:
            raise MachineError(f"{error.filename}: {error.strerror}") from None
        with os.fdopen(descriptor):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield


def list_uris(uri: str, base: str) -> tuple[str, ...]:
    """Return the URIs that an archive is remembered by: as the config has it, and where it was found (`host` is anywhere)."""
    return tuple(dict.fromkeys((uri.rstrip("/"), base.rstrip("/"))))


def combine_states(states: Iterable[RememberedSuite]) -> RememberedSuite | None:
    """Return the newest of several states, with all that is known of the same date and all snapshots."""
    newest: RememberedSuite | None = None
    for state in states:
        if newest is None:
            newest = state
            continue
        later, earlier = (state, newest) if state.date > newest.date else (newest, state)
        filled = {*later.filled, *(earlier.filled if earlier.date == later.date else ())}
        newest = replace(later, filled=tuple(sorted(filled)), snapshots={**earlier.snapshots, **later.snapshots})
    return newest


def make_file_name(uri: str, suite: str) -> str:
    """Return the name of the file about a suite: readable, and another one for each URI and suite."""
    readable = re.sub(r"[^A-Za-z0-9.+~-]+", "_", f"{uri} {suite}".split("@")[-1])
    return f"{readable[:LONGEST].strip('_.')}-{hash_suite(uri, suite)[:HASHED]}.json"


def hash_suite(uri: str, suite: str) -> str:
    """Return a hash that stands for a suite of a URI."""
    return hashlib.sha256(f"{uri}\0{suite}".encode()).hexdigest()


def format_state(state: RememberedSuite, uri: str, suite: str) -> str:
    """Return a state as JSON."""
    row = {"version": VERSION, "of": hash_suite(uri, suite), **asdict(state)}
    return json.dumps(row | {"sum": compute_checksum(row)}, indent=1, sort_keys=True) + "\n"


def compute_checksum(row: Mapping[str, object]) -> str:
    """Return the checksum of a file's values."""
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()


def read_undamaged(path: Path, uri: str, suite: str) -> RememberedSuite | None:
    """Return the state in a file; None if there is none, or it is damaged or about another suite.

    Raise OSError if the disk does not read it: then nobody can say what was accepted.
    """
    try:
        if not path.is_file():
            return None
        row = json.loads(path.read_bytes())
        if (
            row.pop("sum") != compute_checksum(row)
            or row.pop("of") != hash_suite(uri, suite)
            or row.pop("version") != VERSION
        ):
            return None
        return RememberedSuite(**row | {"filled": tuple(row["filled"])})
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return None
