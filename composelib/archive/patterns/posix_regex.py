"""POSIX extended regular expressions, as apt's patterns take them, told in Python's dialect (regex(7), glibc's rules)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

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
ESCAPES = {"<": r"\b(?=\w)", ">": r"\b(?<=\w)", "`": r"\A", "'": r"\Z"} | {sign: f"\\{sign}" for sign in "wWsSbB"}
INTERVAL = re.compile(r"\{([0-9]*)(,?)([0-9]*)\}")
MAX_REPEATS = 255


class RegexError(ValueError):
    """A text is no regular expression; `position` counts from 0 within it."""

    def __init__(self, message: str, position: int) -> None:
        """Take what is wrong and where."""
        super().__init__(message, position)
        self.message = message
        self.position = position


@lru_cache(256)
def compile_regex(text: str) -> re.Pattern[str]:
    """Return the expression compiled: to be searched for, no matter the case. Raise RegexError."""
    translation = Translation(text)
    translation.run()
    try:
        return re.compile("".join(translation.parts), re.IGNORECASE | re.ASCII | re.DOTALL)
    except (re.error, OverflowError, RecursionError) as error:  # a reference to a group that is not there, say
        raise RegexError(str(error), 0) from error


@dataclass
class Translation:
    """An expression on its way from one dialect to the other."""

    text: str
    position: int = 0
    parts: list[str] = field(default_factory=list)
    atom: int | None = None
    """Where in `parts` what a `*` would repeat begins; None where there is nothing to repeat."""
    open_groups: list[int] = field(default_factory=list)

    def run(self) -> None:
        """Translate all."""
        while self.position < len(self.text):
            self.step(self.text[self.position])
        if self.open_groups:
            raise RegexError("'(' is not closed", self.text.rfind("("))

    def step(self, sign: str) -> None:
        """Translate what begins here."""
        match sign:
            case "[":
                self.bracket()
            case "\\":
                self.escape()
            case "*" | "+" | "?":
                self.repeat(sign, 1)
            case "{" if match := INTERVAL.match(self.text, self.position):
                self.repeat(self.interval(match), len(match[0]))
            case "(":
                self.open_groups.append(len(self.parts))
                self.plain("(", atom=False)
            case ")" if self.open_groups:
                begins = self.open_groups.pop()
                self.plain(")")
                self.atom = begins
            case "|" | "^" | "$":
                self.plain({"|": "|", "^": r"\A", "$": r"\Z"}[sign], atom=False)
            case ".":
                self.plain(".")
            case _:
                self.plain(re.escape(sign))

    def plain(self, part: str, *, atom: bool = True, width: int = 1) -> None:
        """Take one part that stands for `width` characters of the text."""
        self.atom = len(self.parts) if atom else None
        self.parts.append(part)
        self.position += width

    def repeat(self, how: str, width: int) -> None:
        """Repeat the last atom, which may be a repetition itself."""
        if self.atom is None:
            raise RegexError(f"there is nothing to repeat before {self.text[self.position]!r}", self.position)
        self.parts[self.atom :] = ["(?:" + "".join(self.parts[self.atom :]) + ")" + how]
        self.position += width

    def interval(self, match: re.Match[str]) -> str:
        """Return an interval `{2,3}`, checked."""
        low, comma, high = match.groups()
        if not (low or comma) or int(high or 0) > MAX_REPEATS or int(low or 0) > (int(high) if high else MAX_REPEATS):
            raise RegexError(f"{match[0]} is not a number of repetitions", match.start())
        return f"{{{low or 0}{comma}{high}}}"

    def escape(self) -> None:
        """Translate a backslash and what follows it."""
        escaped = self.text[self.position + 1 : self.position + 2]
        if not escaped:
            raise RegexError("a backslash ends the expression", self.position)
        if escaped in "123456789":
            self.plain(f"(?:\\{escaped})", width=2)
        else:
            self.plain(ESCAPES.get(escaped) or re.escape(escaped), width=2)

    def bracket(self) -> None:
        """Translate a bracket expression, in which a backslash is a sign like others."""
        begin = self.position
        at = begin + 1
        negated = self.text[at : at + 1] == "^"
        at += negated
        content: list[str] = []
        while not (self.text[at : at + 1] == "]" and content):
            part, at = self.member(at, begin)
            content.append(part)
        self.plain("[" + "^" * negated + "".join(content) + "]", width=at + 1 - begin)

    def member(self, at: int, begin: int) -> tuple[str, int]:
        """Return a member of a bracket expression: a class, a range, a sign; and where the next begins."""
        if self.text.startswith("[:", at):
            name, end, _ = self.text[at + 2 :].partition(":]")
            if not end or name not in CLASSES:
                raise RegexError(f"[:{name}:] is not a class of characters", at)
            return CLASSES[name], at + len(name) + 4
        first, at = self.sign(at, begin)
        if self.text[at : at + 1] != "-" or self.text[at + 1 : at + 2] in {"]", ""}:
            return re.escape(first), at
        last, at = self.sign(at + 1, begin)
        if last < first:
            raise RegexError(f"{first}-{last} is an empty range", at - 1)
        return f"{re.escape(first)}-{re.escape(last)}", at

    def sign(self, at: int, begin: int) -> tuple[str, int]:
        """Return one sign of a bracket expression, maybe written as `[.x.]`, and where the next begins."""
        if self.text[at : at + 2] in {"[.", "[="} and self.text[at + 3 : at + 5] == self.text[at + 1 : at + 2] + "]":
            return self.text[at + 2], at + 5
        if at >= len(self.text):
            raise RegexError("'[' is not closed", begin)
        return self.text[at], at + 1
