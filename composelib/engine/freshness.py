"""Whether a task has to run, and why: what its last run saw against what there is now."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from composelib.engine.digests import Digests, tree_digest
from composelib.engine.source_closure import describe_change
from composelib.task import Json, Task
from composelib.tools.run import clean_environment

SHOWN = 60  # characters of a value in a reason
NAMES = ("variant", "arch", "name")  # of a row of the config, what tells it from others


@dataclass(frozen=True)
class Seen:
    """What a run of a task depends on, as it was when the run began."""

    uses: Json
    token: str
    inputs: dict[str, str | None]
    source: str
    """The digest of its stage's own source; empty if an earlier program noted that otherwise."""
    tools: dict[str, str]


@dataclass(frozen=True)
class Record:
    """What is remembered of a task's last successful run."""

    seen: Seen
    outputs: dict[str, str]
    trees: dict[str, str]
    seconds: float = 0.0

    def to_json(self) -> str:
        """Give the record as the state file keeps it."""
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> Record:
        """Read a record; raises KeyError, TypeError or ValueError if it is not one."""
        found = json.loads(text)
        seen = dict(found["seen"])
        if seen.pop("sources", None) is not None:  # an earlier program's
            seen["source"] = ""
        return Record(Seen(**seen), found["outputs"], found["trees"], float(found["seconds"]))


def see(task: Task, source: str, token: str, digests: Digests) -> Seen:
    """Look at all that decides a task's result, but its stage's source and the outside, which were looked at before."""
    return Seen(
        plain(dict(task.uses)),
        token,
        {str(path): digests.of(str(path)) for path in (*task.inputs, *task.optional)},
        source,
        {tool: program_identity(tool) for tool in task.tools},
    )


def plain(value: Json) -> Any:
    """Give a value as it comes back from JSON."""
    return json.loads(json.dumps(value, sort_keys=True))


@cache
def program_identity(name: str) -> str:
    """Tell one build of a program from another: its path, size and time; empty if it is not there."""
    found = shutil.which(name, path=clean_environment()["PATH"])
    if found is None:
        return ""
    real = os.path.realpath(found)
    status = Path(real).stat()
    return f"{real} {status.st_size} {status.st_mtime_ns}"


def missing_inputs(task: Task) -> list[Path]:
    """Give the inputs without which a task cannot start."""
    return [path for path in (*task.inputs, *task.order_only) if not path.is_file()]


def reasons(
    task: Task,
    record: Record | None,
    now: Seen,
    digests: Digests,
    sources: Mapping[str, str],
    root: Path,
    unsettled: Collection[str] = (),
) -> list[str]:
    """Say, a line each, why a task has to run; nothing if what stands is what a run would make.

    `sources` are by their digests; `unsettled` inputs are still to be made: what they are like now is no reason.
    """
    if record is None:
        return ["never made, or its last run did not end well"]
    inputs = {
        path: record.seen.inputs.get(path, digest) if path in unsettled else digest
        for path, digest in now.inputs.items()
    }
    return [*changed(record.seen, replace(now, inputs=inputs), sources), *touched(task, record, digests, root)]


def changed(before: Seen, now: Seen, sources: Mapping[str, str]) -> Iterator[str]:
    """Say what a task depends on that is not as it was."""
    yield from differences("", before.uses, now.uses)
    if before.token != now.token:
        yield f"the outside changed: {shown(before.token)} -> {shown(now.token)}"
    yield from changed_files(before.inputs, now.inputs)
    if before.source != now.source:
        yield describe_change(sources.get(before.source, ""), sources.get(now.source, ""))
    for tool, identity in now.tools.items():
        if before.tools.get(tool) != identity:
            yield f"program {tool} is another: {before.tools.get(tool) or 'none'} -> {identity or 'none'}"


def changed_files(before: Mapping[str, str | None], now: Mapping[str, str | None]) -> Iterator[str]:
    """Say which of the files are not the same."""
    for path in sorted(before.keys() | now.keys()):
        if path not in now:
            yield f"{path} is no longer used"
        elif path not in before:
            yield f"{path} is used now"
        elif before[path] != now[path]:
            yield f"{path} {'is gone' if now[path] is None else 'changed'}"


def touched(task: Task, record: Record, digests: Digests, root: Path) -> Iterator[str]:
    """Say which outputs are not as the task left them."""
    for output in map(str, task.outputs):
        now = digests.of_output(output)
        if now is None:
            yield f"{output} is not there"
        elif now != record.outputs.get(output):
            yield f"{output} is not as it was left"
    for listing in map(str, task.trees):
        if tree_digest(root, Path(listing)) != record.trees.get(listing):
            yield f"a file listed in {listing} is not as it was left"


def differences(where: str, before: Json, now: Json) -> Iterator[str]:
    """Name the keys of the config whose values differ: `KEY: OLD -> NEW`."""
    if before == now:
        return
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted(before.keys() | now.keys()):
            yield from differences(f"{where}.{key}" if where else key, before.get(key), now.get(key))
    elif all(isinstance(rows, list) and len(named(rows)) == len(rows) for rows in (before, now)):
        yield from named_differences(where, named(before), named(now))
    elif isinstance(before, list) and isinstance(now, list):
        yield from (f"{where}: without {shown(value)}" for value in before if value not in now)
        yield from (f"{where}: with {shown(value)}" for value in now if value not in before)
        if all(value in now for value in before) and all(value in before for value in now):
            yield f"{where}: in another order or number"
    else:
        alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(words(before), words(now), strict=False)))
        start = alike - SHOWN // 2 if alike > SHOWN - 10 else 0  # cut so that what differs can be seen
        yield f"{where}: {shown(before, start)} -> {shown(now, start)}"


def named(value: Json) -> dict[str, Json]:
    """Give a list's rows by their names (`Server:amd64:dvd`); empty for a list of what has no names of its own."""
    rows = value if isinstance(value, list) else []
    found: dict[str, Json] = {
        ":".join(str(row[key]) for key in NAMES if key in row): row for row in rows if isinstance(row, dict)
    }
    return found if len(found) == len(rows) and "" not in found else {}


def named_differences(where: str, before: dict[str, Json], now: dict[str, Json]) -> Iterator[str]:
    """Name the rows that are gone and new, and the keys that differ in the others."""
    for name in sorted(before.keys() | now.keys()):
        if name in before and name in now:
            yield from differences(f"{where}.{name}", before[name], now[name])
        else:
            yield f"{where}: {'with' if name in now else 'without'} {name}"
    if before.keys() == now.keys() and list(before) != list(now):
        yield f"{where}: in another order"


def shown(value: Json, start: int = 0) -> str:
    """Give a value as a reader wants it: in words, cut to a line's length."""
    text = words(value).replace("\n", " ")
    begin, end = "…" if start else "", "…" if len(text) > start + SHOWN else ""
    return f"{begin}{text[start : start + SHOWN]}{end}"


def words(value: Json) -> str:
    """Give a text plain, with its place where it has one, the rest as JSON."""
    match value:
        case {"text": str(text), "origin": {"file": file, "line": line, "column": column}}:
            return f"{text} ({file}:{line}:{column})"
        case {"text": str(text)}:
            return text
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
