"""How much a running task has written: the growing files beside its outputs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from composelib.text.size import format_size

ENOUGH = 10_000_000
"""Bytes; what is smaller is written at once."""


def describe_written(outputs: Iterable[Path]) -> str:
    """Return how much of its outputs a task has written, beside what they were last time; empty if it is not much yet.

    `files.written_aside` has the names.
    """
    outputs = tuple(outputs)
    asides = [measure_file(path.with_name(f".{path.name}.new")) for path in outputs]
    size = sum(asides)
    if size < ENOUGH:
        return ""
    previous = sum(measure_file(path) for path, aside in zip(outputs, asides, strict=True) if aside)
    return (
        f"{format_size(size)} of about {format_size(previous)} written"
        if previous > size
        else f"{format_size(size)} written"
    )


def measure_file(path: Path) -> int:
    """Return a file's size; 0 if there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
