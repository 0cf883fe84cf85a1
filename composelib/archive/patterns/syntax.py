"""The grammar of apt-patterns(7): text in, a tree of terms and words out; what the terms mean is not known here.

or       = and { "|" and }
and      = unary { unary }
unary    = [ "!" ] ( short | term | group )
short    = "~" LETTERS [ argument ]             a word of it ends at white space, `! ? ~ | , ( )`
term     = "?" NAME [ "(" [ argument { "," argument } [ "," ] ] ")" ]
group    = "(" or ")"
argument = '"' WORD '"' | WORD | or             a word within brackets ends at `| , ( )`
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

DEPENDENCIES = ("Depends", "Pre-Depends", "Recommends", "Suggests", "Conflicts", "Breaks", "Replaces", "Enhances")
SHORT: dict[str, tuple[str, bool]] = {  # longest first; whether an argument follows
    **{f"D{kind}:": (f"?{kind.lower()}", True) for kind in (*DEPENDENCIES, "Obsoletes")},
    **{f"R{kind}:": (f"?reverse-{kind.lower()}", True) for kind in (*DEPENDENCIES, "Obsoletes")},
    "A": ("?archive", True),
    "D": ("?depends", True),
    "E": ("?essential", False),
    "F": ("?false", False),
    "M": ("?automatic", False),
    "O": ("?origin", True),
    "R": ("?reverse-depends", True),
    "T": ("?true", False),
    "U": ("?upgradable", False),
    "V": ("?version", True),
    "b": ("?broken", False),
    "c": ("?config-files", False),
    "e": ("?source-package", True),
    "g": ("?garbage", False),
    "i": ("?installed", False),
    "n": ("?name", True),
    "o": ("?obsolete", False),
    "p": ("?priority", True),
    "r": ("?architecture", True),
    "s": ("?section", True),
    "v": ("?virtual", False),
    # aptitude's letters for what apt has no term for
    "G": ("?tag", True),
    "P": ("?provides", True),
    "d": ("?description", True),
    "m": ("?maintainer", True),
    "t": ("?task", True),
}
SPACE = re.compile(r"[ \t\r\n]*")
NAME = re.compile(r"\?[0-9A-Za-z-]*")
SHORT_WORD = re.compile(r"[^!?~|,() \t\r\n]+")
LONG_WORD = re.compile(r"[^!?~|,() ][^|,()]*")
MAX_DEPTH = 50


class PatternError(ValueError):
    """A text is no pattern, or not one that can be used here; `start` and `end` count from 0 within it."""

    def __init__(self, message: str, start: int, end: int, hint: str = "") -> None:
        """Take what is wrong, where, and what to do about it."""
        super().__init__(message, start, end, hint)
        self.message = message
        self.start = start
        self.end = end
        self.hint = hint

    def __str__(self) -> str:
        """Describe what is wrong and at which character, counted from 1, then the cure."""
        place = f"{self.message} (at character {self.start + 1})"
        return f"{place}; {self.hint}" if self.hint else place


@dataclass(frozen=True)
class Word:
    """A word, without its quotes."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Term:
    """A term with its question mark, also where the text has a short form; `arguments` is None without brackets."""

    name: str
    arguments: tuple[Term | Word, ...] | None
    start: int
    end: int


def read(text: str) -> Term:
    """Return the tree of a whole pattern. Raise PatternError."""
    reader = Reader(text)
    tree = reader.either()
    if tree is None:
        raise PatternError("a pattern is expected", 0, len(text), "patterns begin with ?, ~, ! or (")
    if reader.skip() != len(text):
        raise reader.error("the pattern ends here, but the text goes on")
    return tree


class Reader:
    """A recursive descent through the text; each method reads what it is named for, or gives None and reads nothing."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def error(self, message: str, start: int | None = None) -> PatternError:
        """Return an error about the text from `start`, or from here."""
        return PatternError(message, self.at if start is None else start, len(self.text))

    def skip(self) -> int:
        """Read white space and give the place after it."""
        match = SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at

    def take(self, sign: str) -> bool:
        """Read one sign, if it is next after white space."""
        found = self.text.startswith(sign, self.skip())
        self.at += found
        return found

    def either(self) -> Term | None:
        """Read alternatives."""
        first = self.all_of()
        if first is None:
            return None
        choices = [first]
        while self.take("|"):
            choices.append(self.needed(self.all_of(), "a pattern is expected after '|'"))
        return combined("?or", choices)

    def all_of(self) -> Term | None:
        """Read patterns side by side."""
        found = []
        while (term := self.unary()) is not None:
            found.append(term)
        return combined("?and", found) if found else None

    def unary(self) -> Term | None:
        """Read one pattern or its negation."""
        start = self.skip()
        if not self.take("!"):
            return self.primary()
        term = self.needed(self.primary(), "a pattern is expected after '!'")
        return Term("?not", (term,), start, term.end)

    def primary(self) -> Term | None:
        """Read a short form, a term or a group."""
        match self.text[self.at : self.at + 1]:
            case "~":
                return self.nested(self.short)
            case "?":
                return self.nested(self.term)
            case "(":
                return self.nested(self.group)
            case _:
                return None

    def nested(self, read_it: Callable[[], Term]) -> Term:
        """Read something that may hold more of its kind, to a depth that Python can bear."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"the pattern is nested more than {MAX_DEPTH} deep")
        term = read_it()
        self.depth -= 1
        return term

    def group(self) -> Term:
        """Read a pattern between brackets."""
        start = self.at
        self.at += 1
        term = self.needed(self.either(), "a pattern is expected after '('; an expression with brackets needs quotes")
        if not self.take(")"):
            raise self.error("a closing ')' is expected")
        return Term(term.name, term.arguments, start, self.at)

    def short(self) -> Term:
        """Read a short form."""
        start = self.at
        for letters, (name, has_argument) in SHORT.items():
            if self.text.startswith(letters, start + 1):
                self.at += 1 + len(letters)
                arguments = (self.argument(SHORT_WORD),) if has_argument else None
                return Term(name, arguments, start, self.at)
        raise self.error(f"{self.text[start : start + 2]!r} is not a short form of a pattern")

    def term(self) -> Term:
        """Read a term with its arguments."""
        start = self.at
        match = NAME.match(self.text, start)
        name = match[0] if match else "?"
        self.at += len(name)
        if name == "?":
            raise self.error("'?' lacks the name of a pattern", start)
        ends = self.at
        if not self.take("("):
            return Term(name, None, start, ends)
        arguments = self.arguments()
        return Term(name, tuple(arguments), start, self.at)

    def arguments(self) -> list[Term | Word]:
        """Read arguments and the bracket that closes them; a comma may come before that."""
        found: list[Term | Word] = []
        while not self.take(")"):
            if found and not self.take(","):
                raise self.error("a ',' or the closing ')' is expected")
            if found and self.take(")"):
                break
            self.skip()
            found.append(self.argument(LONG_WORD))
        return found

    def argument(self, word: re.Pattern[str]) -> Term | Word:
        """Read a quoted word, a plain one, or a pattern."""
        start = self.at
        if self.text.startswith('"', start):
            closing = self.text.find('"', start + 1)
            if closing < 0:
                raise self.error("the quoted word does not end")
            self.at = closing + 1
            return Word(self.text[start + 1 : closing], start, self.at)
        if match := word.match(self.text, start):
            self.at = match.end()
            return Word(match[0], start, self.at)
        return self.needed(self.either(), "a pattern, a word or a quoted word is expected")

    def needed(self, term: Term | None, otherwise: str) -> Term:
        """Return the term, or raise what is wrong without it."""
        if term is None:
            raise self.error(otherwise)
        return term


def combined(name: str, terms: list[Term]) -> Term:
    """Return one term for several; a single one stays as it is."""
    return terms[0] if len(terms) == 1 else Term(name, tuple(terms), terms[0].start, terms[-1].end)
