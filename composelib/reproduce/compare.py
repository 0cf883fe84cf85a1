"""Compare the files of two builds, to the bit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.compose import Compose
from composelib.reproduce.rebuild import list_tree_files, move_path
from composelib.task import Task

BLOCK = 1 << 20
UNRELEASED = ("tmp", "state", "extensions", ".lock")
"""What an OSTree repository has beside what it serves."""


@dataclass(frozen=True)
class Pair:
    """An artifact, and the file that should be the same."""

    first: Path
    second: Path


def list_pairs(task: Task, first: Compose, second: Compose) -> Iterator[Pair]:
    """Yield the artifacts of a task: its outputs and the members of its tree lists."""
    for path in (*task.outputs, *list_tree_files(task, first.paths.root)):
        yield Pair(path, move_path(path, first, second))


def list_repository_pairs(first: Path, second: Path, *, whole: bool) -> Iterator[Pair]:
    """Yield the files that an OSTree repository serves: all, in either build, or those that the second one has made."""
    roots = (first, second) if whole else (second,)
    names = {path.relative_to(root) for root in roots for path in root.rglob("*") if path.is_file()}
    for name in sorted(names):
        if name.parts[0] not in UNRELEASED and (whole or name.parts[0] == "objects"):
            yield Pair(first / name, second / name)


def find_differing(pairs: Iterable[Pair]) -> Iterator[tuple[Pair, str]]:
    """Yield the pairs that are not the same, and how they differ."""
    for pair in pairs:
        if not pair.first.exists():
            yield pair, "only the second build has it"
        elif not pair.second.exists():
            yield pair, "the second build does not have it"
        else:
            offset = find_difference(pair.first, pair.second)
            if offset >= 0:
                yield pair, f"differs from byte {offset} on"


def find_difference(first: Path, second: Path) -> int:
    """Return the position of the first byte that differs, -1 if there is none."""
    position = 0
    with first.open("rb", buffering=0) as one_stream, second.open("rb", buffering=0) as other_stream:
        while True:
            block, twin = one_stream.read(BLOCK), other_stream.read(BLOCK)
            if block != twin:
                return position + count_same(block, twin)
            if not block:
                return -1
            position += len(block)


def count_same(first: bytes, second: bytes) -> int:
    """Return how many bytes two blocks have in common at their beginning; they are searched by halves."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[:middle] == second[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
