"""Select packages of a universe by apt-patterns(7), and by the plain words that apt takes beside them.

A term means the same as in apt 2.6, with these differences: the package apt is not `?essential`, as its stanza does not
say so; `?archive` is about the archive's name in the config; a priority that does not exist is an error; and aptitude's
`?provides`, `?task` (a whole word), `?tag`, `?description` and `?maintainer` are known.

A plain word is a name, `NAME:ARCH`, a glob (`*`, `?`, `[…]`), or a task with `^` after it.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from operator import attrgetter, methodcaller
from typing import TYPE_CHECKING

from composelib.archive.format.relation import is_in_restriction
from composelib.archive.patterns.logic import AllVersions, Always, And, AnyVersion, Not, Or, Pattern, PatternCache
from composelib.archive.patterns.syntax import (
    DEPENDENCIES,
    PatternError,
    PatternTerm,
    PatternWord,
    RegexError,
    parse_tree,
)
from composelib.archive.patterns.terms import (
    Architecture,
    ColumnEquals,
    ColumnMatches,
    Depends,
    Name,
    NameMatches,
    Provides,
    ReverseDepends,
    TextMatches,
    Virtual,
)

if TYPE_CHECKING:  # configs are checked at every start, without any package
    from composelib.archive.choose.packages.package import Package
    from composelib.archive.choose.packages.universe import Universe

__all__ = ["Pattern", "PatternError", "is_pattern", "matches", "parse_pattern", "select_packages"]

RESTRICTION = re.compile(r"\s+\[([^\[\]]+)\]\s*$")
PLAIN = re.compile(r"(?P<name>[A-Za-z0-9*?\[][A-Za-z0-9+._*?\[\]!-]*)(?::(?P<arch>[a-z0-9-]+)|(?P<task>\^))?")
PRIORITIES = ("required", "important", "standard", "optional", "extra")

TERMS_WITHOUT_ARGUMENT: Mapping[str, Callable[[], Pattern]] = {
    "?true": lambda: Always(True),
    "?false": lambda: Always(False),
    "?essential": lambda: ColumnEquals("Essential", "yes"),
    "?virtual": Virtual,
}
TERMS_OF_WORD: Mapping[str, Callable[[str], Pattern]] = {
    "?exact-name": Name,
    "?name": lambda text: NameMatches(compile_regex(text)),
    "?x-name-fnmatch": lambda text: NameMatches(compile_glob(text)),
    "?architecture": Architecture,
    "?priority": lambda text: ColumnEquals("Priority", check_priority(text)),
    "?section": lambda text: ColumnMatches("Section", compile_regex(text)),
    "?source-package": lambda text: ColumnMatches("Source", compile_regex(text)),
    "?source-version": lambda text: match_attribute("source_version", text),
    "?version": lambda text: match_attribute("version", text),
    "?archive": lambda text: match_attribute("archive", text),
    "?task": lambda text: ColumnEquals("Task", text),
    "?tag": lambda text: match_field("Tag", text),
    "?description": lambda text: match_field("Description", text),
    "?maintainer": lambda text: match_field("Maintainer", text),
}
TERMS_OF_PATTERN: Mapping[str, Callable[[Pattern], Pattern]] = {
    "?not": Not,
    "?any-version": AnyVersion,
    "?all-versions": AllVersions,
    "?provides": Provides,
}
TERMS_OF_PATTERNS: Mapping[str, Callable[[tuple[Pattern, ...]], Pattern]] = {
    "?and": And,
    "?or": Or,
    "?narrow": lambda operands: AnyVersion(And(operands)),
}
RELATIONS = {
    f"?{direction}{name}": (kind, field)
    for field in DEPENDENCIES
    for name in {field.lower(), field.lower().replace("pre-", "pre")}
    for direction, kind in (("", Depends), ("reverse-", ReverseDepends))
}
INSTALLED = "it is about an installed system, and there is none here"
UNSUPPORTED = {
    **dict.fromkeys(("?automatic", "?broken", "?config-files", "?garbage", "?installed", "?obsolete"), INSTALLED),
    **dict.fromkeys(("?phasing", "?security", "?upgradable"), INSTALLED),
    **dict.fromkeys(("?origin", "?codename"), "use ?archive with the archive's name in the config"),
    **dict.fromkeys(("?obsoletes", "?reverse-obsoletes"), "no Debian package has that field"),
}


def restrict_to_arch(text: str, arch: str) -> str:
    """Return a pattern without the restriction to arches that may follow it; empty if the restriction excludes `arch`."""
    restriction = RESTRICTION.search(text)
    if restriction is None:
        return text
    return text[: restriction.start()] if is_in_restriction(arch, tuple(restriction[1].split())) else ""


def is_pattern(text: str) -> bool:
    """Return whether a text is a pattern, not a relation: it begins like one, is a glob or a task.

    A restriction to arches may follow it; `restrict_to_arch` removes it, `parse_pattern` does not accept it.
    """
    text = RESTRICTION.sub("", text)
    return text[:1] in {"?", "~", "!", "("} or text.endswith("^") or bool(re.fullmatch(r"\S*[*?]\S*", text))


@lru_cache(1 << 12)
def parse_pattern(text: str) -> Pattern:
    """Parse a pattern. Raise PatternError, which has the position within the text and a hint."""
    if text.lstrip()[:1] in {"?", "~", "!", "(", ""}:
        return interpret_term(parse_tree(text))
    match = PLAIN.fullmatch(text.strip())
    if match is None:
        hint = f"to search names for it: ?name({text.strip()})"
        raise PatternError(f"{text!r} is not a name, a glob, a task or a pattern", 0, len(text), hint)
    return interpret_word(match)


def interpret_word(match: re.Match[str]) -> Pattern:
    """Return the pattern of a plain word."""
    name, arch, task = match.groups()
    if task:
        return ColumnEquals("Task", name)
    pattern: Pattern = NameMatches(compile_glob(name)) if set(name) & set("*?[") else Name(name)
    return And((pattern, Architecture(arch))) if arch else pattern


def interpret_term(term: PatternTerm) -> Pattern:
    """Return the pattern that a term stands for. Raise PatternError."""
    if term.name in TERMS_WITHOUT_ARGUMENT:
        if term.arguments is not None:
            raise make_error(term, f"{term.name} takes no argument", "side by side, two patterns both have to match")
        return TERMS_WITHOUT_ARGUMENT[term.name]()
    if term.name in TERMS_OF_WORD:
        return build_from_word(TERMS_OF_WORD[term.name], get_word(term))
    if term.name in TERMS_OF_PATTERN:
        return TERMS_OF_PATTERN[term.name](get_pattern(term))
    if term.name in RELATIONS:
        kind, field = RELATIONS[term.name]
        return kind(field, get_pattern(term))
    if term.name in TERMS_OF_PATTERNS and term.arguments is not None:
        return TERMS_OF_PATTERNS[term.name](tuple(interpret_argument(argument) for argument in term.arguments))
    raise explain_unknown_term(term)


def build_from_word(build: Callable[[str], Pattern], word: PatternWord) -> Pattern:
    """Return the pattern that `build` makes of a word. Raise PatternError with the position within the word."""
    quote = word.end - word.start != len(word.text)
    try:
        return build(word.text)
    except RegexError as error:
        message = f"{word.text!r} is not a regular expression: {error.message}"
        raise PatternError(message, word.start + quote + error.position, word.end) from None
    except PatternError as error:
        raise PatternError(error.message, word.start, word.end, error.hint) from None


def get_word(term: PatternTerm) -> PatternWord:
    """Return a term's only argument, which must be a word. Raise PatternError."""
    match term.arguments:
        case (PatternWord() as word,):
            return word
        case (PatternTerm() as inner,):
            raise make_error(inner, f"{term.name} takes a word, not a pattern", 'put it in quotes: "…"')
        case _:
            raise make_error(term, f"{term.name} takes one argument, a word")


def get_pattern(term: PatternTerm) -> Pattern:
    """Return a term's only argument, which must be a pattern. Raise PatternError."""
    if term.arguments is None or len(term.arguments) != 1:
        raise make_error(term, f"{term.name} takes one argument, a pattern")
    return interpret_argument(term.arguments[0])


def interpret_argument(argument: PatternTerm | PatternWord) -> Pattern:
    """Return the pattern of an argument that must be one. Raise PatternError."""
    if isinstance(argument, PatternWord):
        raise make_error(
            argument, f"{argument.text!r} is not a pattern", f"for a name: ?exact-name({argument.text.strip()})"
        )
    return interpret_term(argument)


def explain_unknown_term(term: PatternTerm) -> PatternError:
    """Return the error for a term that is not supported."""
    if term.name in TERMS_OF_PATTERNS:
        return make_error(term, f"{term.name} takes patterns between brackets")
    if term.name in UNSUPPORTED:
        return make_error(term, f"{term.name} is not supported", UNSUPPORTED[term.name])
    names = [*TERMS_WITHOUT_ARGUMENT, *TERMS_OF_WORD, *TERMS_OF_PATTERN, *RELATIONS, *TERMS_OF_PATTERNS]
    candidates = find_near_word(term.name, names)
    hint = f"did you mean {candidates[0]}?" if candidates else "apt-patterns(7) has the list"
    return make_error(term, f"{term.name} is not a pattern", hint)


def make_error(node: PatternTerm | PatternWord, message: str, hint: str = "") -> PatternError:
    """Return an error about a node of the tree."""
    return PatternError(message, node.start, node.end, hint)


def find_near_word(word: str, words: Iterable[str]) -> list[str]:
    """Return the most similar word, if any is similar."""
    from difflib import get_close_matches  # noqa: PLC0415 - slow to load, and only for errors

    return get_close_matches(word, list(words), n=1)


def compile_glob(text: str) -> re.Pattern[str]:
    """Return the expression for a glob, which must match the whole name, in any case (fnmatch(3))."""
    return re.compile(rf"\A{fnmatch.translate(text)}", re.IGNORECASE)


def check_priority(text: str) -> str:
    """Return a priority that exists (Debian Policy 2.5). Raise PatternError."""
    if text not in PRIORITIES:
        candidates = find_near_word(text, PRIORITIES)
        hint = f"did you mean {candidates[0]}?" if candidates else f"there are {', '.join(PRIORITIES)}"
        raise PatternError(f"{text!r} is not a priority", 0, len(text), hint)
    return text


def compile_regex(text: str) -> re.Pattern[str]:
    """Return a regular expression compiled. Raise RegexError."""
    from composelib.archive.patterns import posix_regex  # noqa: PLC0415 - most patterns have none

    return posix_regex.compile_regex(text)


def match_attribute(attribute: str, text: str) -> Pattern:
    """Return a pattern that searches an attribute of the package."""
    return TextMatches(attribute, attrgetter(attribute), compile_regex(text))


def match_field(field: str, text: str) -> Pattern:
    """Return a pattern that searches a field of the stanza."""
    return TextMatches(field, methodcaller("field", field), compile_regex(text))


@lru_cache(4)
def get_cache(universe: Universe) -> PatternCache:
    """Return the cache of a universe, the same one for each pattern."""
    return PatternCache(universe)


def select_packages(pattern: Pattern, universe: Universe) -> list[Package]:
    """Return the candidates of all names that match, sorted by name: what apt would install."""
    return [package for name in select_names(pattern, universe) if (package := universe.candidate(name))]


def select_in_lookasides(pattern: Pattern, universe: Universe) -> list[Package]:
    """Return the packages of names that match and that only lookasides have."""
    names = select_names(pattern, universe)
    return [universe.versions(name)[0] for name in names if universe.versions(name) and not universe.candidate(name)]


def select_names(pattern: Pattern, universe: Universe) -> list[str]:
    """Return the names that match, sorted."""
    cache = get_cache(universe)
    names = pattern.find_names(cache)
    return sorted(name for name in (universe.names() if names is None else names) if pattern.matches_name(name, cache))


def list_faults(universe: Universe) -> list[str]:
    """Return what is wrong with fields of packages that patterns have looked at so far."""
    return [f"archive {archive}: {field}: {fault}" for (archive, field), fault in get_cache(universe).faults.items()]


def matches(pattern: Pattern, package: Package, universe: Universe) -> bool:
    """Return whether this very version matches."""
    return pattern.matches_version(package, get_cache(universe))
