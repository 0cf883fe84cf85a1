"""Whether a task has to run, and why: compares what its last run used with the current state."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from composelib.dataclass import dataclass
from composelib.engine.digests import Digests
from composelib.engine.source_closure import describe_change
from composelib.engine.trees import Trees
from composelib.task import Json, Task
from composelib.text.json_file import parse_json
from composelib.tools.run import clean_environment

SHOWN = 60
"""How many characters of a value a reason shows."""
MOVED = "lines of the config moved"
ORIGIN = r":\d+:\d+(?=(?:, [^()]*)?\)$)"
"""The line and column in `ENTRY (FILE:LINE:COLUMN)`, which words may follow."""
NAMES = ("variant", "arch", "name")
"""The keys that name a row of the config."""


@dataclass(frozen=True)
class Seen:
    """What a task's result depends on, at one moment."""

    uses: Json
    token: str
    """What the task's probe returned."""
    inputs: dict[str, str | None]
    """Digests by path; None for an input that is absent."""
    source: str
    """The digest of its stage's own source; empty if an earlier version recorded it differently."""
    tools: dict[str, str]
    """By name: what identifies the build of each program."""


@dataclass(frozen=True)
class TaskRecord:
    """The record of a task's last successful run."""

    seen: Seen
    outputs: dict[str, str]
    trees: dict[str, str]
    seconds: float = 0.0
    epoch: str = ""
    """SOURCE_DATE_EPOCH as it was then, if the task read it: a newer one alone is no reason to run."""

    def to_json(self) -> str:
        """Return the record's text in the state file."""
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> TaskRecord:
        """Read a record. Raise KeyError, TypeError or ValueError if it is malformed."""
        fields = parse_json(text)
        seen = dict(fields["seen"])
        if seen.pop("sources", None) is not None:  # written by an earlier version
            seen["source"] = ""
        return TaskRecord(
            Seen(**seen), fields["outputs"], fields["trees"], float(fields["seconds"]), fields.get("epoch", "")
        )


def look_at(task: Task, source: str, token: str, digests: Digests) -> Seen:
    """Return what a task's result depends on now, given its stage's source and its probe's token."""
    return Seen(
        normalize_json(dict(task.uses)),
        token,
        {str(path): digests.of(str(path)) for path in (*list_inputs(task), *task.optional)},
        source,
        {tool: identify_program(tool) for tool in task.tools},
    )


SORTED = json.JSONEncoder(sort_keys=True)
"""What json.dumps makes anew for each value."""


def normalize_json(value: Json) -> Any:
    """Return a value as it comes back from JSON."""
    return json.loads(SORTED.encode(value))


@cache
def identify_program(name: str) -> str:
    """Return what identifies a build of a program: its path, size and time; empty if it is not installed."""
    path = shutil.which(name, path=clean_environment()["PATH"])
    if path is None:
        return ""
    real = os.path.realpath(path)
    status = Path(real).stat()
    return f"{real} {status.st_size} {status.st_mtime_ns}"


def list_inputs(task: Task) -> tuple[Path, ...]:
    """Return a task's inputs, and those that the file has which lists further ones, as it is now."""
    return (*task.inputs, *(read_listed_inputs(task.listed_inputs) if task.listed_inputs else ()))


def read_listed_inputs(listing: Path) -> list[Path]:
    """Return the inputs that a file lists; none if it is not there yet."""
    return [Path(line) for line in listing.read_text().splitlines()] if listing.is_file() else []


def find_missing_inputs(task: Task) -> list[Path]:
    """Return the inputs that a task must have before it starts and that do not exist."""
    return find_missing((*list_inputs(task), *task.order_only))


def find_missing(paths: Iterable[Path]) -> list[Path]:
    """Return those of the paths that have no file."""
    return [path for path in paths if not os.path.isfile(path)]  # noqa: PTH113 - 60 000 of them


def explain_run(
    task: Task,
    record: TaskRecord | None,
    current: Seen,
    digests: Digests,
    sources: Mapping[str, str],
    trees: Trees,
    unsettled: Collection[str] = (),
) -> list[str]:
    """Return the reasons, a line each, why a task has to run; none if its outputs are up to date.

    `sources` maps digests to sources. `unsettled` inputs will be made again first, so their current content is no reason.
    """
    if record is None:
        return ["never made, or its last run did not end well"]
    if unsettled:
        recorded = record.seen.inputs
        inputs = {
            path: recorded.get(path, digest) if path in unsettled else digest for path, digest in current.inputs.items()
        }
        current = replace(current, inputs=inputs)
    return [*compare_seen(record.seen, current, sources), *compare_outputs(task, record, digests, trees)]


def compare_seen(old: Seen, new: Seen, sources: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each difference in what a task's result depends on."""
    yield from dict.fromkeys(compare_values("", old.uses, new.uses))
    if old.token != new.token:
        yield f"the outside state changed: {format_value(old.token)} -> {format_value(new.token)}"
    yield from compare_inputs(old.inputs, new.inputs)
    if old.source != new.source:
        yield describe_change(sources.get(old.source, ""), sources.get(new.source, ""))
    for tool, identity in new.tools.items():
        if old.tools.get(tool) != identity:
            yield f"program {tool} changed: {old.tools.get(tool) or 'none'} -> {identity or 'none'}"


def compare_inputs(old: Mapping[str, str | None], new: Mapping[str, str | None]) -> Iterator[str]:
    """Yield a line for each input that was added, was removed or changed."""
    for path in sorted(old.keys() | new.keys()):
        if path not in new:
            yield f"{path} is no longer an input"
        elif path not in old:
            yield f"{path} is a new input"
        elif old[path] != new[path]:
            yield f"{path} {'is gone' if new[path] is None else 'changed'}"


def compare_outputs(task: Task, record: TaskRecord, digests: Digests, trees: Trees) -> Iterator[str]:
    """Yield a line for each output that was changed or removed since the task ran."""
    for output in map(str, task.outputs):
        digest = digests.of_output(output)
        if digest is None:
            yield f"{output} is not there"
        elif digest != record.outputs.get(output):
            yield f"{output} was changed after the task made it"
    for listing in map(str, task.trees):
        if trees.of(Path(listing)) != record.trees.get(listing):
            yield f"a file listed in {listing} was changed after the task made it"


def compare_values(key: str, old: Json, new: Json) -> Iterator[str]:
    """Yield a line for each value of the config that differs: `KEY: OLD -> NEW`."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            yield from compare_values(f"{key}.{name}" if key else name, old.get(name), new.get(name))
    elif all(isinstance(rows, list) and len(rows_by_name(rows)) == len(rows) for rows in (old, new)):
        yield from compare_rows(key, rows_by_name(old), rows_by_name(new))
    elif isinstance(old, list) and isinstance(new, list):
        yield from compare_entries(key, old, new)
        if all(value in new for value in old) and all(value in old for value in new):
            yield f"{key}: in another order or number"
    else:
        alike = sum(
            1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(format_text(old), format_text(new), strict=False))
        )
        start = alike - SHOWN // 2 if alike > SHOWN - 10 else 0  # cut so that the difference is visible
        yield f"{key}: {format_value(old, start)} -> {format_value(new, start)}"


def compare_entries(key: str, old: list[Json], new: list[Json]) -> Iterator[str]:
    """Yield a line for each value that was removed or added, and one for all that stand in other lines of the config."""
    removed, added = ([value for value in old if value not in new], [value for value in new if value not in old])
    moved = Counter(map(drop_line, removed)) & Counter(map(drop_line, added))
    for word, values in (("without", removed), ("with", added)):
        unmatched = moved.copy()
        for value in values:
            entry = drop_line(value)
            if unmatched[entry]:
                unmatched[entry] -= 1
            else:
                yield f"{key}: {word} {format_value(value)}"
    if moved:
        yield MOVED


def drop_line(value: Json) -> str:
    """Return a value as text, without the line and column of its origin."""
    return re.sub(ORIGIN, "", format_text(value))


def rows_by_name(value: Json) -> dict[str, Json]:
    """Return a list's rows by their names (`Server:amd64:dvd`); empty if any row has no name or shares it."""
    rows = value if isinstance(value, list) else []
    names: dict[str, Json] = {
        ":".join(str(row[key]) for key in NAMES if key in row): row for row in rows if isinstance(row, dict)
    }
    return names if len(names) == len(rows) and "" not in names else {}


def compare_rows(key: str, old: dict[str, Json], new: dict[str, Json]) -> Iterator[str]:
    """Yield a line for each row that was added or removed, and for each value that differs in the others."""
    for name in sorted(old.keys() | new.keys()):
        if name in old and name in new:
            yield from compare_values(f"{key}.{name}", old[name], new[name])
        else:
            yield f"{key}: {'with' if name in new else 'without'} {name}"
    if old.keys() == new.keys() and list(old) != list(new):
        yield f"{key}: in another order"


def format_value(value: Json, start: int = 0) -> str:
    """Return a value in words, cut to a line's length."""
    text = format_text(value).replace("\n", " ")
    begin, end = "…" if start else "", "…" if len(text) > start + SHOWN else ""
    return f"{begin}{text[start : start + SHOWN]}{end}"


def format_text(value: Json) -> str:
    """Return a text as it is, with its origin if it has one; anything else as JSON."""
    match value:
        case {"text": str(text), "origin": {"file": file, "line": line, "column": column}}:
            return f"{text} ({file}:{line}:{column})"
        case {"text": str(text)}:
            return text
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
