"""The grammar of apt-patterns(7): text in, a tree of terms and words out; `matcher` knows what the terms mean.

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
from typing import NamedTuple

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


class RegexError(ValueError):
    """A text is not a regular expression; `position` counts from 0 within it."""

    def __init__(self, message: str, position: int) -> None:
        """Take the message and the position it is about."""
        super().__init__(message, position)
        self.message = message
        self.position = position


class PatternError(ValueError):
    """A text is not a valid pattern, or not one that is supported; `start` and `end` count from 0 within it."""

    def __init__(self, message: str, start: int, end: int, hint: str = "") -> None:
        """Take the message, the range of the text it is about, and a hint."""
        super().__init__(message, start, end, hint)
        self.message = message
        self.start = start
        self.end = end
        self.hint = hint

    def __str__(self) -> str:
        """Return the message, the number of the character, counted from 1, and the hint."""
        message = f"{self.message} (at character {self.start + 1})"
        return f"{message}; {self.hint}" if self.hint else message


class PatternWord(NamedTuple):
    """A word, without its quotes."""

    text: str
    start: int
    end: int


class PatternTerm(NamedTuple):
    """A term with its question mark, also where the text has a short form; `arguments` is None without brackets."""

    name: str
    arguments: tuple[PatternTerm | PatternWord, ...] | None
    start: int
    end: int


def parse_tree(text: str) -> PatternTerm:
    """Return the tree of a whole pattern. Raise PatternError."""
    reader = PatternReader(text)
    tree = reader.read_alternatives()
    if tree is None:
        raise PatternError("a pattern is expected", 0, len(text), "patterns begin with ?, ~, ! or (")
    if reader.skip() != len(text):
        raise reader.make_error("the pattern ends here, but the text goes on")
    return tree


class PatternReader:
    """A recursive descent through the text; each method reads what its name says, or returns None and reads nothing."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0

    def make_error(self, message: str, start: int | None = None) -> PatternError:
        """Return an error about the text from `start`, or from here."""
        return PatternError(message, self.position if start is None else start, len(self.text))

    def skip(self) -> int:
        """Skip white space and return the position after it."""
        match = SPACE.match(self.text, self.position)
        self.position = match.end() if match else self.position
        return self.position

    def take(self, character: str) -> bool:
        """Read this character if it comes next, after white space; return whether it did."""
        is_next = self.text.startswith(character, self.skip())
        self.position += is_next
        return is_next

    def read_alternatives(self) -> PatternTerm | None:
        """Read patterns separated by '|'."""
        first = self.read_conjunction()
        if first is None:
            return None
        choices = [first]
        while self.take("|"):
            choices.append(self.require(self.read_conjunction(), "a pattern is expected after '|'"))
        return combine("?or", choices)

    def read_conjunction(self) -> PatternTerm | None:
        """Read patterns side by side."""
        terms = []
        while (term := self.read_unary()) is not None:
            terms.append(term)
        return combine("?and", terms) if terms else None

    def read_unary(self) -> PatternTerm | None:
        """Read one pattern or its negation."""
        start = self.skip()
        if not self.take("!"):
            return self.read_primary()
        term = self.require(self.read_primary(), "a pattern is expected after '!'")
        return PatternTerm("?not", (term,), start, term.end)

    def read_primary(self) -> PatternTerm | None:
        """Read a short form, a term or a group."""
        match self.text[self.position : self.position + 1]:
            case "~":
                return self.read_nested(self.read_short)
            case "?":
                return self.read_nested(self.read_term)
            case "(":
                return self.read_nested(self.read_group)
            case _:
                return None

    def read_nested(self, read: Callable[[], PatternTerm]) -> PatternTerm:
        """Read a construct that may contain others; raise PatternError if it is nested too deep for Python's stack."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.make_error(f"the pattern is nested more than {MAX_DEPTH} deep")
        term = read()
        self.depth -= 1
        return term

    def read_group(self) -> PatternTerm:
        """Read a pattern between brackets."""
        start = self.position
        self.position += 1
        term = self.require(
            self.read_alternatives(), "a pattern is expected after '('; an expression with brackets needs quotes"
        )
        if not self.take(")"):
            raise self.make_error("a closing ')' is expected")
        return PatternTerm(term.name, term.arguments, start, self.position)

    def read_short(self) -> PatternTerm:
        """Read a short form."""
        start = self.position
        for letters, (name, has_argument) in SHORT.items():
            if self.text.startswith(letters, start + 1):
                self.position += 1 + len(letters)
                arguments = (self.read_argument(SHORT_WORD),) if has_argument else None
                return PatternTerm(name, arguments, start, self.position)
        raise self.make_error(f"{self.text[start : start + 2]!r} is not a short form of a pattern")

    def read_term(self) -> PatternTerm:
        """Read a term with its arguments."""
        start = self.position
        match = NAME.match(self.text, start)
        name = match[0] if match else "?"
        self.position += len(name)
        if name == "?":
            raise self.make_error("'?' lacks the name of a pattern", start)
        end = self.position
        if not self.take("("):
            return PatternTerm(name, None, start, end)
        arguments = self.read_arguments()
        return PatternTerm(name, tuple(arguments), start, self.position)

    def read_arguments(self) -> list[PatternTerm | PatternWord]:
        """Read arguments and the bracket that closes them; a comma may precede it."""
        arguments: list[PatternTerm | PatternWord] = []
        while not self.take(")"):
            if arguments and not self.take(","):
                raise self.make_error("a ',' or the closing ')' is expected")
            if arguments and self.take(")"):
                break
            self.skip()
            arguments.append(self.read_argument(LONG_WORD))
        return arguments

    def read_argument(self, word: re.Pattern[str]) -> PatternTerm | PatternWord:
        """Read a quoted word, a plain one, or a pattern."""
        start = self.position
        if self.text.startswith('"', start):
            closing = self.text.find('"', start + 1)
            if closing < 0:
                raise self.make_error("the quoted word does not end")
            self.position = closing + 1
            return PatternWord(self.text[start + 1 : closing], start, self.position)
        if match := word.match(self.text, start):
            self.position = match.end()
            return PatternWord(match[0], start, self.position)
        return self.require(self.read_alternatives(), "a pattern, a word or a quoted word is expected")

    def require(self, term: PatternTerm | None, message: str) -> PatternTerm:
        """Return the term; raise PatternError with the message if there is none."""
        if term is None:
            raise self.make_error(message)
        return term


def combine(name: str, terms: list[PatternTerm]) -> PatternTerm:
    """Return one term for several; a single one stays as it is."""
    return terms[0] if len(terms) == 1 else PatternTerm(name, tuple(terms), terms[0].start, terms[-1].end)
