"""POSIX extended regular expressions, as apt's patterns take them, translated to Python's (regex(7), glibc's rules)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from composelib.archive.patterns.syntax import RegexError

CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r" \t\n\r\f\v",
    "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~",
    "print": " -~",
    "graph": "!-~",
    "cntrl": r"\x00-\x1f\x7f",
    "xdigit": "0-9A-Fa-f",
}
ESCAPES = {"<": r"\b(?=\w)", ">": r"\b(?<=\w)", "`": r"\A", "'": r"\Z"} | {
    character: f"\\{character}" for character in "wWsSbB"
}
INTERVAL = re.compile(r"\{([0-9]*)(,?)([0-9]*)\}")
MAX_REPEATS = 255


@lru_cache(256)
def compile_regex(text: str) -> re.Pattern[str]:
    """Return the expression compiled, to be searched for in any case. Raise RegexError."""
    translation = Translation(text)
    translation.translate()
    try:
        return re.compile("".join(translation.pieces), re.IGNORECASE | re.ASCII | re.DOTALL)
    except (re.error, OverflowError, RecursionError) as error:  # such as a reference to a group that does not exist
        raise RegexError(str(error), 0) from error


@dataclass
class Translation:
    """An expression while it is being translated."""

    text: str
    position: int = 0
    pieces: list[str] = field(default_factory=list)
    atom: int | None = None
    """The index in `pieces` of what a `*` would repeat; None where there is nothing to repeat."""
    open_groups: list[int] = field(default_factory=list)

    def translate(self) -> None:
        """Translate the whole expression."""
        while self.position < len(self.text):
            self.translate_next(self.text[self.position])
        if self.open_groups:
            raise RegexError("'(' is not closed", self.text.rfind("("))

    def translate_next(self, character: str) -> None:
        """Translate the construct that begins at the position."""
        match character:
            case "[":
                self.translate_bracket()
            case "\\":
                self.translate_escape()
            case "*" | "+" | "?":
                self.repeat(character, 1)
            case "{" if match := INTERVAL.match(self.text, self.position):
                self.repeat(self.check_interval(match), len(match[0]))
            case "(":
                self.open_groups.append(len(self.pieces))
                self.append("(", atom=False)
            case ")" if self.open_groups:
                start = self.open_groups.pop()
                self.append(")")
                self.atom = start
            case "|" | "^" | "$":
                self.append({"|": "|", "^": r"\A", "$": r"\Z"}[character], atom=False)
            case ".":
                self.append(".")
            case _:
                self.append(re.escape(character))

    def append(self, piece: str, *, atom: bool = True, width: int = 1) -> None:
        """Append a piece that stands for `width` characters of the text."""
        self.atom = len(self.pieces) if atom else None
        self.pieces.append(piece)
        self.position += width

    def repeat(self, suffix: str, width: int) -> None:
        """Repeat the last atom, which may be a repetition itself."""
        if self.atom is None:
            raise RegexError(f"there is nothing to repeat before {self.text[self.position]!r}", self.position)
        self.pieces[self.atom :] = ["(?:" + "".join(self.pieces[self.atom :]) + ")" + suffix]
        self.position += width

    def check_interval(self, match: re.Match[str]) -> str:
        """Check an interval like `{2,3}` and return it."""
        low, comma, high = match.groups()
        if not (low or comma) or int(high or 0) > MAX_REPEATS or int(low or 0) > (int(high) if high else MAX_REPEATS):
            raise RegexError(f"{match[0]} is not a number of repetitions", match.start())
        return f"{{{low or 0}{comma}{high}}}"

    def translate_escape(self) -> None:
        """Translate a backslash and what follows it."""
        escaped = self.text[self.position + 1 : self.position + 2]
        if not escaped:
            raise RegexError("a backslash ends the expression", self.position)
        if escaped in "123456789":
            self.append(f"(?:\\{escaped})", width=2)
        else:
            self.append(ESCAPES.get(escaped) or re.escape(escaped), width=2)

    def translate_bracket(self) -> None:
        """Translate a bracket expression, in which a backslash is a character like any other."""
        begin = self.position
        at = begin + 1
        negated = self.text[at : at + 1] == "^"
        at += negated
        content: list[str] = []
        while not (self.text[at : at + 1] == "]" and content):
            piece, at = self.translate_member(at, begin)
            content.append(piece)
        self.append("[" + "^" * negated + "".join(content) + "]", width=at + 1 - begin)

    def translate_member(self, at: int, begin: int) -> tuple[str, int]:
        """Return a member of a bracket expression (a class, a range, a character) and the position after it."""
        if self.text.startswith("[:", at):
            name, end, _ = self.text[at + 2 :].partition(":]")
            if not end or name not in CLASSES:
                raise RegexError(f"[:{name}:] is not a class of characters", at)
            return CLASSES[name], at + len(name) + 4
        first, at = self.read_character(at, begin)
        if self.text[at : at + 1] != "-" or self.text[at + 1 : at + 2] in {"]", ""}:
            return re.escape(first), at
        last, at = self.read_character(at + 1, begin)
        if last < first:
            raise RegexError(f"{first}-{last} is an empty range", at - 1)
        return f"{re.escape(first)}-{re.escape(last)}", at

    def read_character(self, at: int, begin: int) -> tuple[str, int]:
        """Return one character of a bracket expression, which may be written as `[.x.]`, and the position after it."""
        if self.text[at : at + 2] in {"[.", "[="} and self.text[at + 3 : at + 5] == self.text[at + 1 : at + 2] + "]":
            return self.text[at + 2], at + 5
        if at >= len(self.text):
            raise RegexError("'[' is not closed", begin)
        return self.text[at], at + 1
