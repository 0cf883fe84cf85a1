"""Compressors whose output does not depend on the number of CPUs."""

from __future__ import annotations

from pathlib import Path

COMMANDS = {  # two threads on every machine: what xz and zstd write depends on the number of threads
    "gz": ["gzip", "-9", "-n", "-c"],
    "xz": ["xz", "-6", "-T2", "-c"],
    "zst": ["zstd", "-q", "-9", "-T2", "-c"],
}


def to_stdout(form: str) -> list[str]:
    """Return the command that compresses standard input to standard output; `form` is gz, xz or zst."""
    return list(COMMANDS[form])


def unpack(form: str) -> list[str]:
    """Return the command that unpacks standard input to standard output."""
    return [COMMANDS[form][0], "-d", "-c"]


def check(form: str, path: Path) -> list[str]:
    """Return the command that checks whether a compressed file is complete and undamaged."""
    return [COMMANDS[form][0], "-t", "-q", str(path)]
