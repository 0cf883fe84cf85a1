"""Versions of outside programs: reads and compares them."""

from __future__ import annotations

import re

from composelib.tools.packages import Program
from composelib.tools.run import run

NUMBER = re.compile(r"\b\d+(?:\.\d+)*")
ANSWER_TIME = 20  # seconds that a program may take to print its version


def read_version(program: Program) -> str:
    """Return the version that a program prints, empty if it prints none. Raise ComposeError if it fails."""
    option = program.minimum.option if program.minimum else "--version"
    printed = run([program.name, option], capture=True, errors=True, timeout=ANSWER_TIME).stdout
    number = NUMBER.search(printed.decode(errors="replace"))
    return number[0] if number else ""


def is_older(version: str, minimum: str) -> bool:
    """Return whether a version comes before another one, number by number."""
    return split_numbers(version) < split_numbers(minimum)


def split_numbers(version: str) -> tuple[int, ...]:
    """Return a version's numbers; `2.0` and `2.0.0` have the same."""
    numbers = [int(number) for number in version.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
