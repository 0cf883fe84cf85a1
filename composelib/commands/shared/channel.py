"""A channel of a destination as values: in which order its files appear, what is removed, and what its stream says."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from composelib.commands.shared.destination import Manner
from composelib.dataclass import dataclass

COMPOSES, STREAMS = "composes", "streams"
NAME = re.compile(r"[a-z][a-z0-9._-]{0,63}")
CHANNEL_FILES = re.compile(r"[^/]+/repo/.+|ostree/repo/.+|archive-key\.asc|[^/]+-archive-keyring\.deb|[^/]+\.sources")
"""The files of a compose that a channel has under names that stay: what apt and ostree read by them."""
SIGNED_LIST = re.compile(
    r"[^/]+/repo/dists/[^/]+/(?P<name>InRelease|Release|Release\.gpg)|ostree/repo/(?:refs/.+|summary(?:\.\w+)?)"
)
LAST = ("InRelease", "summary", "summary.sig", "summary.idx")
STEPS: tuple[Manner, ...] = ("add", "add", "replace", "swap", "swap")
"""How the files of each step come: what others name before what names it."""
LATE = 2
"""How many complete generations before the newest keep their files: apt does not go back with a channel that is moved back."""
VERSION = 1


def is_channel(name: str) -> bool:
    """Return whether a word can name a channel."""
    return NAME.fullmatch(name) is not None and name not in {COMPOSES, STREAMS}


def select_files(names: Iterable[str]) -> list[str]:
    """Return the files of a compose that a channel has, sorted."""
    return sorted(name for name in names if CHANNEL_FILES.fullmatch(name))


def order_files(names: Iterable[str]) -> list[list[str]]:
    """Return files in the steps in which they appear: pool and objects, by-hash, indices, signed lists, InRelease."""
    steps: list[list[str]] = [[] for _ in STEPS]
    for name in sorted(names):
        steps[rank_file(name)].append(name)
    return steps


def rank_file(name: str) -> int:
    """Return in which step a file appears."""
    if SIGNED_LIST.fullmatch(name):
        return 4 if name.rpartition("/")[2] in LAST else 3
    if "/repo/dists/" in name:
        return 1 if "/by-hash/" in name else 2
    return 0 if "/repo/" in name else 2


@dataclass(frozen=True)
class Generation:
    """The files that a channel has had of a compose."""

    compose: str
    complete: bool
    """Whether all of them were there; False while they come, and if that was cut off."""
    files: tuple[str, ...]


@dataclass(frozen=True)
class Generations:
    """What a channel has had, the newest first: clients may still have the lists of the one before."""

    rows: tuple[Generation, ...] = ()

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> Generations:
        """Read what was written. Raise KeyError, TypeError if it is not of the format."""
        rows = content["generations"]
        return Generations(tuple(Generation(row["compose"], row["complete"], tuple(row["files"])) for row in rows))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        rows = [{"compose": row.compose, "complete": row.complete, "files": list(row.files)} for row in self.rows]
        return {"version": VERSION, "generations": rows}

    def begin(self, compose: str, files: Collection[str]) -> Generations:
        """Return what the channel has once the files of a compose begin to come."""
        rows = (
            self.rows[1:] if self.rows and self.rows[0].compose == compose and not self.rows[0].complete else self.rows
        )
        return Generations((Generation(compose, complete=False, files=tuple(files)), *rows))

    def finish(self) -> Generations:
        """Return it with the newest one complete, and of those before only as many as clients may have the lists of."""
        newest, *rest = self.rows
        rows = [Generation(newest.compose, complete=True, files=newest.files)]
        for row in rest:
            if sum(item.complete for item in rows) > LATE:
                break
            rows.append(row)
        return Generations(tuple(rows))

    @property
    def names(self) -> set[str]:
        """All files of all of them."""
        return {name for row in self.rows for name in row.files}

    def has_whole(self, compose: str) -> bool:
        """Return whether the newest one is a compose, and complete."""
        return bool(self.rows) and self.rows[0].compose == compose and self.rows[0].complete


def describe_release(
    info: Mapping[str, Any],
    images: Mapping[str, Any],
    commits: Iterable[Mapping[str, str]],
    fingerprints: Iterable[str],
) -> dict[str, Any]:
    """Return what a stream says of a compose, of its metadata: composeinfo.json, images.json, and its commits."""
    release = info["release"]
    return {
        "compose": info["id"],
        "label": info["label"],
        "date": info["date"],
        "release": {key: release[key] for key in ("name", "short", "version", "codename")},
        "tree": f"{COMPOSES}/{info['id']}",
        "key": {"path": info["key"], "fingerprints": sorted(fingerprints)},
        "repositories": {
            name: {
                "path": variant["repository"],
                "suite": release["codename"],
                "components": variant["components"],
                "arches": variant["arches"],
                "sources": variant["sources"],
            }
            for name, variant in info["variants"].items()
        },
        "images": [
            {key: row[key] for key in ("variant", "arch", "name", "kind", "path", "size", "sha256")}
            for row in images["images"]
        ],
        "commits": list(commits),
    }


def move_stream(stream: Mapping[str, Any] | None, name: str, release: Mapping[str, Any]) -> dict[str, Any]:
    """Return a channel's stream with another release; the one before it is the current one, unless that is the same."""
    current = stream["current"] if stream else None
    is_same = current is not None and current["compose"] == release["compose"]
    previous = stream["previous"] if stream and is_same else current
    return {
        "version": VERSION,
        "stream": name,
        "serial": stream["serial"] + 1 if stream else 1,
        "current": dict(release),
        "previous": previous,
    }


def list_composes(streams: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the IDs of the composes that streams name."""
    for stream in streams:
        yield from (release["compose"] for release in (stream["current"], stream["previous"]) if release)
