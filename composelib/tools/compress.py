"""Compressors whose output does not hang on how many processors there are."""

from __future__ import annotations

from pathlib import Path

COMMANDS = {  # two threads each, on every machine: the number of threads is seen in what xz and zstd write
    "gz": ["gzip", "-9", "-n", "-c"],
    "xz": ["xz", "-6", "-T2", "-c"],
    "zst": ["zstd", "-q", "-9", "-T2", "-c"],
}


def to_stdout(form: str) -> list[str]:
    """Give the command that compresses standard input to standard output; `form` is gz, xz or zst."""
    return list(COMMANDS[form])


def unpack(form: str) -> list[str]:
    """Give the command that unpacks standard input to standard output."""
    return [COMMANDS[form][0], "-d", "-c"]


def whole(form: str, path: Path) -> list[str]:
    """Give the command that tests whether a compressed file is whole."""
    return [COMMANDS[form][0], "-t", "-q", str(path)]
