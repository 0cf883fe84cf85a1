"""What is wrong with a config, gathered while it is read, so that all of it is told at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from composelib.errors import ConfigError
from composelib.model.origin import Origin

WIDTH = 110  # characters of a source line that are shown around the fault


@dataclass(frozen=True)
class Problem:
    """One fault: where it stands, the path of the key it is about, what is wrong and the cure."""

    origin: Origin
    path: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        """Give the fault's line: FILE:LINE:COLUMN: PATH: MESSAGE; HINT."""
        words = f"{self.path}: {self.message}" if self.path else self.message
        return f"{self.origin}: {words}; {self.hint}" if self.hint else f"{self.origin}: {words}"


@dataclass
class Problems:
    """All faults found so far, and the source lines to show them with."""

    lines: dict[str, list[str]] = field(default_factory=dict)
    """The lines of each file read, by its name; in the order the files were read."""
    found: dict[tuple[Origin, str], Problem] = field(default_factory=dict)

    def add(self, origin: Origin, path: str, message: str, hint: str = "") -> None:
        """Note a fault; one that stands at the same place and says the same is told once."""
        self.found.setdefault((origin, message), Problem(origin, path, message, hint))

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self.found)

    def raise_all(self) -> None:
        """Raise ConfigError with a block for each fault: its line, the source line, a caret; nothing if there is none."""
        if not self.found:
            return
        files = list(self.lines)
        order = {name: position for position, name in enumerate(files)}
        problems = sorted(
            self.found.values(),
            key=lambda one: (order.get(one.origin.file, len(files)), one.origin.line, one.origin.column, one.message),
        )
        raise ConfigError("\n".join(f"{problem}{self.excerpt(problem.origin)}" for problem in problems))

    def excerpt(self, origin: Origin) -> str:
        """Give the source line with a caret below the column, each on a line of its own; nothing if it is unknown."""
        lines = self.lines.get(origin.file, [])
        if not 0 < origin.line <= len(lines):
            return ""
        line = lines[origin.line - 1]
        start = max(0, origin.column - 1 - WIDTH // 2) if len(line) > WIDTH else 0
        shown = "".join(one if one.isprintable() else " " for one in line[start : start + WIDTH]).rstrip()
        return f"\n    {shown}\n    {' ' * (origin.column - 1 - start)}^"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give a hint that names the known word nearest to `word`, or else all of them when they are few, or nothing."""
    from difflib import get_close_matches  # noqa: PLC0415 - only needed when something is wrong

    names = sorted(set(known))
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(word.casefold(), folded, 1, 0.6)
    if near:
        return f"did you mean {folded[near[0]]!r}?"
    return f"known are: {', '.join(names)}" if 0 < len(names) <= 12 else ""  # noqa: PLR2004 - what fits a line
