"""Patterns that choose packages of a universe: apt-patterns(7), and the plain words apt takes beside them.

A term means what apt 2.6 makes of it, with these differences: apt itself is not `?essential`, as its stanza does not say
so; `?archive` is for the archive's name in the config; a priority that does not exist is an error; and there are
aptitude's `?provides`, `?task` (a whole word), `?tag`, `?description`, `?maintainer`.

A plain word is a name, `NAME:ARCH`, a glob (`*`, `?`, `[…]`), or a task with `^` after it.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from operator import attrgetter, methodcaller

from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.format.relation import in_restriction
from composelib.archive.patterns.logic import AllVersions, Always, And, AnyVersion, Known, Not, Or, Pattern
from composelib.archive.patterns.posix_regex import RegexError, compile_regex
from composelib.archive.patterns.syntax import DEPENDENCIES, PatternError, Term, Word, read
from composelib.archive.patterns.terms import (
    Architecture,
    Column,
    ColumnMatches,
    Depends,
    Name,
    NameMatches,
    Provides,
    ReverseDepends,
    TextMatches,
    Virtual,
)

__all__ = ["Pattern", "PatternError", "is_pattern", "matches", "parse", "select"]

RESTRICTION = re.compile(r"\s+\[([^\[\]]+)\]\s*$")
PLAIN = re.compile(r"(?P<name>[A-Za-z0-9*?\[][A-Za-z0-9+._*?\[\]!-]*)(?::(?P<arch>[a-z0-9-]+)|(?P<task>\^))?")
PRIORITIES = ("required", "important", "standard", "optional", "extra")

NOTHING: Mapping[str, Callable[[], Pattern]] = {
    "?true": lambda: Always(True),
    "?false": lambda: Always(False),
    "?essential": lambda: Column("Essential", "yes"),
    "?virtual": Virtual,
}
ONE_WORD: Mapping[str, Callable[[str], Pattern]] = {
    "?exact-name": Name,
    "?name": lambda text: NameMatches(compile_regex(text)),
    "?x-name-fnmatch": lambda text: NameMatches(glob(text)),
    "?architecture": Architecture,
    "?priority": lambda text: Column("Priority", known_priority(text)),
    "?section": lambda text: ColumnMatches("Section", compile_regex(text)),
    "?source-package": lambda text: ColumnMatches("Source", compile_regex(text)),
    "?source-version": lambda text: said("source_version", text),
    "?version": lambda text: said("version", text),
    "?archive": lambda text: said("archive", text),
    "?task": lambda text: Column("Task", text),
    "?tag": lambda text: in_field("Tag", text),
    "?description": lambda text: in_field("Description", text),
    "?maintainer": lambda text: in_field("Maintainer", text),
}
ONE_PATTERN: Mapping[str, Callable[[Pattern], Pattern]] = {
    "?not": Not,
    "?any-version": AnyVersion,
    "?all-versions": AllVersions,
    "?provides": Provides,
}
MANY_PATTERNS: Mapping[str, Callable[[tuple[Pattern, ...]], Pattern]] = {
    "?and": And,
    "?or": Or,
    "?narrow": lambda parts: AnyVersion(And(parts)),
}
RELATIONS = {
    f"?{direction}{name}": (meaning, field)
    for field in DEPENDENCIES
    for name in {field.lower(), field.lower().replace("pre-", "pre")}
    for direction, meaning in (("", Depends), ("reverse-", ReverseDepends))
}
INSTALLED = "it is about an installed system, and there is none here"
UNSUPPORTED = {
    **dict.fromkeys(("?automatic", "?broken", "?config-files", "?garbage", "?installed", "?obsolete"), INSTALLED),
    **dict.fromkeys(("?phasing", "?security", "?upgradable"), INSTALLED),
    **dict.fromkeys(("?origin", "?codename"), "archives go by their names in the config here: use ?archive"),
    **dict.fromkeys(("?obsoletes", "?reverse-obsoletes"), "no Debian package has that field"),
}


def on_arch(text: str, arch: str) -> str:
    """Return a pattern without the restriction to arches after it; empty when it is not meant for `arch`."""
    found = RESTRICTION.search(text)
    if found is None:
        return text
    return text[: found.start()] if in_restriction(arch, tuple(found[1].split())) else ""


def is_pattern(text: str) -> bool:
    """Return whether a text is meant as a pattern, not as a relation: it begins like one, is a glob or a task.

    A restriction to arches may stand after it; `on_arch` is for that, `parse` does not take it.
    """
    text = RESTRICTION.sub("", text)
    return text[:1] in {"?", "~", "!", "("} or text.endswith("^") or bool(re.fullmatch(r"\S*[*?]\S*", text))


@lru_cache(1 << 12)
def parse(text: str) -> Pattern:
    """Return the pattern that a text is. Raise PatternError, which has the place within the text and a hint."""
    if text.lstrip()[:1] in {"?", "~", "!", "(", ""}:
        return meaning(read(text))
    match = PLAIN.fullmatch(text.strip())
    if match is None:
        hint = f"to search names for it: ?name({text.strip()})"
        raise PatternError(f"{text!r} is not a name, a glob, a task or a pattern", 0, len(text), hint)
    return plain(match)


def plain(match: re.Match[str]) -> Pattern:
    """Return the pattern of a word that is none."""
    name, arch, task = match.groups()
    if task:
        return Column("Task", name)
    pattern: Pattern = NameMatches(glob(name)) if set(name) & set("*?[") else Name(name)
    return And((pattern, Architecture(arch))) if arch else pattern


def meaning(term: Term) -> Pattern:
    """Return what a term means. Raise PatternError."""
    if term.name in NOTHING:
        if term.arguments is not None:
            raise wrong(term, f"{term.name} takes no argument", "side by side, two patterns both have to match")
        return NOTHING[term.name]()
    if term.name in ONE_WORD:
        return of_word(ONE_WORD[term.name], the_word(term))
    if term.name in ONE_PATTERN:
        return ONE_PATTERN[term.name](one_pattern(term))
    if term.name in RELATIONS:
        kind, field = RELATIONS[term.name]
        return kind(field, one_pattern(term))
    if term.name in MANY_PATTERNS and term.arguments is not None:
        return MANY_PATTERNS[term.name](tuple(as_pattern(argument) for argument in term.arguments))
    raise unknown(term)


def of_word(make: Callable[[str], Pattern], word: Word) -> Pattern:
    """Return a pattern made of a word. Raise PatternError with the place within the word."""
    quote = word.end - word.start != len(word.text)
    try:
        return make(word.text)
    except RegexError as error:
        message = f"{word.text!r} is not a regular expression: {error.message}"
        raise PatternError(message, word.start + quote + error.position, word.end) from None
    except PatternError as error:
        raise PatternError(error.message, word.start, word.end, error.hint) from None


def the_word(term: Term) -> Word:
    """Return a term's one argument, which has to be a word. Raise PatternError."""
    match term.arguments:
        case (Word() as word,):
            return word
        case (Term() as inner,):
            raise wrong(inner, f"{term.name} takes a word, not a pattern", 'put it in quotes: "…"')
        case _:
            raise wrong(term, f"{term.name} takes one argument, a word")


def one_pattern(term: Term) -> Pattern:
    """Return a term's one argument, which has to be a pattern. Raise PatternError."""
    if term.arguments is None or len(term.arguments) != 1:
        raise wrong(term, f"{term.name} takes one argument, a pattern")
    return as_pattern(term.arguments[0])


def as_pattern(argument: Term | Word) -> Pattern:
    """Return an argument that has to be a pattern. Raise PatternError."""
    if isinstance(argument, Word):
        raise wrong(
            argument, f"{argument.text!r} is not a pattern", f"for a name: ?exact-name({argument.text.strip()})"
        )
    return meaning(argument)


def unknown(term: Term) -> PatternError:
    """Return the error for a term that means nothing here."""
    if term.name in MANY_PATTERNS:
        return wrong(term, f"{term.name} takes patterns between brackets")
    if term.name in UNSUPPORTED:
        return wrong(term, f"{term.name} is not supported", UNSUPPORTED[term.name])
    names = [*NOTHING, *ONE_WORD, *ONE_PATTERN, *RELATIONS, *MANY_PATTERNS]
    close = near(term.name, names)
    hint = f"did you mean {close[0]}?" if close else "apt-patterns(7) has the list"
    return wrong(term, f"{term.name} is not a pattern", hint)


def wrong(node: Term | Word, message: str, hint: str = "") -> PatternError:
    """Return an error about a part of the text."""
    return PatternError(message, node.start, node.end, hint)


def near(word: str, words: Iterable[str]) -> list[str]:
    """Return the word that is most alike, if any is."""
    from difflib import get_close_matches  # noqa: PLC0415 - slow to load, and only for errors

    return get_close_matches(word, list(words), n=1)


def glob(text: str) -> re.Pattern[str]:
    """Return the expression for a glob, which is for the whole name, no matter the case (fnmatch(3))."""
    return re.compile(fnmatch.translate(text), re.IGNORECASE)


def known_priority(text: str) -> str:
    """Return a priority that exists (Debian Policy 2.5). Raise PatternError."""
    if text not in PRIORITIES:
        close = near(text, PRIORITIES)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(PRIORITIES)}"
        raise PatternError(f"{text!r} is not a priority", 0, len(text), hint)
    return text


def said(attribute: str, text: str) -> Pattern:
    """Return a pattern about an attribute of the package."""
    return TextMatches(attribute, attrgetter(attribute), compile_regex(text))


def in_field(field: str, text: str) -> Pattern:
    """Return a pattern about a field of the stanza."""
    return TextMatches(field, methodcaller("field", field), compile_regex(text))


@lru_cache(4)
def known_of(universe: Universe) -> Known:
    """Return what is known of a universe, kept from one question to the next."""
    return Known(universe)


def select(pattern: Pattern, universe: Universe) -> list[Package]:
    """Return the candidates of all names that match, sorted by name: what apt would install."""
    known = known_of(universe)
    names = pattern.names(known)
    found = sorted(name for name in (universe.names() if names is None else names) if pattern.on_name(name, known))
    return [package for name in found if (package := universe.candidate(name))]


def matches(pattern: Pattern, package: Package, universe: Universe) -> bool:
    """Return whether this very version matches."""
    return pattern.on_version(package, known_of(universe))
