"""The errors of a config, collected while it is read and reported together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from composelib.dataclass import dataclass
from composelib.errors import ConfigError
from composelib.model.origin import Origin

WIDTH = 110  # characters of a source line that are shown around the fault


@dataclass(frozen=True)
class Problem:
    """One error: its origin, the path of the key it is about, what is wrong and the cure."""

    origin: Origin
    path: str
    message: str
    hint: str = ""
    missing: tuple[str, ...] = ()
    """The keys whose absence it is about: it goes without saying if one of them is misspelt."""

    def __str__(self) -> str:
        """Return the error's line: FILE:LINE:COLUMN: PATH: MESSAGE; HINT."""
        words = f"{self.path}: {self.message}" if self.path else self.message
        return f"{self.origin}: {words}; {self.hint}" if self.hint else f"{self.origin}: {words}"


@dataclass
class Problems:
    """All errors so far, and the source lines to show them with."""

    lines: dict[str, list[str]] = field(default_factory=dict)
    """The lines of each file read, by its name; in the order the files were read."""
    by_origin: dict[tuple[Origin, str], Problem] = field(default_factory=dict)
    """The errors by origin and message."""
    hidden: set[tuple[str, int]] = field(default_factory=set)
    """The files and lines that have a secret in a value: they are not shown."""
    secrets: set[str] = field(default_factory=set)
    """These values."""
    misspelt: set[tuple[str, str]] = field(default_factory=set)
    """The path of a record, and a key that an unknown one in it is taken for."""

    def add(self, origin: Origin, path: str, message: str, hint: str = "", missing: tuple[str, ...] = ()) -> None:
        """Add an error; one with the same origin and message as another is reported once."""
        self.by_origin.setdefault((origin, message), Problem(origin, path, message, hint, missing))

    def hide(self, origin: Origin, text: str) -> None:
        """Let no error show the source line at an origin, or a secret in the text that it has."""
        self.hidden.add((origin.file, origin.line))
        self.secrets.add(text)

    def __bool__(self) -> bool:
        """Return whether there are any errors."""
        return bool(self.by_origin)

    def raise_all(self) -> None:
        """Raise ConfigError, if there are errors, with a block for each: its line, the source line, a caret."""
        if not self.by_origin:
            return
        from composelib.text.secret import conceal, list_secrets  # noqa: PLC0415 - only needed when something is wrong

        files = list(self.lines)
        order = {name: position for position, name in enumerate(files)}
        problems = sorted(
            (problem for problem in self.by_origin.values() if not self.follows(problem)),
            key=lambda problem: (
                order.get(problem.origin.file, len(files)),
                problem.origin.line,
                problem.origin.column,
                problem.message,
            ),
        )
        secrets = {secret for text in self.secrets for secret in list_secrets(text)}
        blocks = (f"{conceal(str(problem), secrets)}{self.excerpt(problem.origin)}" for problem in problems)
        raise ConfigError("\n".join(blocks))

    def follows(self, problem: Problem) -> bool:
        """Return whether an error is only that a key is missing which is there, misspelt."""
        return any((problem.path, key) in self.misspelt for key in problem.missing)

    def excerpt(self, origin: Origin) -> str:
        """Return the source line and a caret below the column, each on a line of its own; empty if it is unknown or has a secret."""
        lines = self.lines.get(origin.file, [])
        if not 0 < origin.line <= len(lines) or (origin.file, origin.line) in self.hidden:
            return ""
        from composelib.text.secret import may_have_secret  # noqa: PLC0415 - as above

        line = lines[origin.line - 1]
        if may_have_secret(line):
            return ""
        start = max(0, origin.column - 1 - WIDTH // 2) if len(line) > WIDTH else 0
        excerpt = "".join(char if char.isprintable() else " " for char in line[start : start + WIDTH]).rstrip()
        return f"\n    {excerpt}\n    {' ' * (origin.column - 1 - start)}^"


def find_similar(word: str, candidates: Iterable[str]) -> str:
    """Return the candidate most similar to `word`; '' if none is."""
    from difflib import get_close_matches  # noqa: PLC0415 - only needed when something is wrong

    folded = {name.casefold(): name for name in sorted(set(candidates))}
    near = get_close_matches(word.casefold(), folded, 1, 0.6)
    return folded[near[0]] if near else ""


def suggest_candidate(word: str, candidates: Iterable[str]) -> str:
    """Return a hint with the candidate most similar to `word`, or else with all of them if they are few; else ''."""
    names = sorted(set(candidates))
    similar = find_similar(word, names)
    if similar:
        return f"did you mean {similar!r}?"
    return f"possible: {', '.join(names)}" if 0 < len(names) <= 12 else ""  # noqa: PLR2004 - what fits a line
