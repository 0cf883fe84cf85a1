"""Relations between packages, as in Depends and Build-Depends: their syntax and meaning (Debian Policy 7.1)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from composelib.archive.format.version import is_valid_version

SYNTAX = re.compile(
    r"""
    (?P<name> [A-Za-z0-9] [A-Za-z0-9+.\-_]* )
    (?: : (?P<qualifier> [A-Za-z0-9] [A-Za-z0-9\-]* ) )?
    (?: \s* \( \s* (?P<operator> << | <= | = | >= | >> | < | > ) \s* (?P<version> [^\s()<=>]+ ) \s* \) )?
    (?: \s* \[ (?P<arches> [^\[\]]* ) \] )?
    (?P<profiles> (?: \s* < [^<>]* > )* )
    """,
    re.VERBOSE,
)
OBSOLETE = {"<": "<=", ">": ">="}
ARCH = re.compile(r"!?[A-Za-z0-9][A-Za-z0-9\-]*")
PROFILE = re.compile(r"!?[A-Za-z0-9][A-Za-z0-9+.\-]*")

TUPLES = {  # from dpkg's tupletable(5): arches whose ABI, libc, OS and CPU do not follow from the name
    "armhf": ("eabihf", "gnu", "linux", "arm"),
    "armel": ("eabi", "gnu", "linux", "arm"),
    "arm64ilp32": ("ilp32", "gnu", "linux", "arm64"),
    "mips64": ("abi64", "gnu", "linux", "mips64"),
    "mips64el": ("abi64", "gnu", "linux", "mips64el"),
    "mips64r6": ("abi64", "gnu", "linux", "mips64r6"),
    "mips64r6el": ("abi64", "gnu", "linux", "mips64r6el"),
    "mipsn32": ("abin32", "gnu", "linux", "mips64"),
    "mipsn32el": ("abin32", "gnu", "linux", "mips64el"),
    "mipsn32r6": ("abin32", "gnu", "linux", "mips64r6"),
    "mipsn32r6el": ("abin32", "gnu", "linux", "mips64r6el"),
    "powerpcspe": ("spe", "gnu", "linux", "powerpc"),
    "x32": ("x32", "gnu", "linux", "amd64"),
}
ARM_ABI = {"armel": "eabi", "armhf": "eabihf"}
GNU = frozenset({"linux", "kfreebsd", "knetbsd", "kopensolaris", "hurd"})
LIBC = dict.fromkeys(GNU, "gnu") | {"uclinux": "uclibc", "mint": "tos", "aix": "sysv", "solaris": "sysv"}


class RelationError(ValueError):
    """A text is not a valid relation; `position` counts from 0 within it."""

    def __init__(self, message: str, position: int) -> None:
        """Take the message and the position it is about."""
        super().__init__(message, position)
        self.message = message
        self.position = position

    def __str__(self) -> str:
        """Return the message and the number of the character, counted from 1."""
        return f"{self.message} (at character {self.position + 1})"


class Relation(NamedTuple):
    """One alternative: `name:qualifier (operator version) [arches] <profiles>`, all but the name possibly empty."""

    name: str
    qualifier: str = ""
    operator: str = ""
    version: str = ""
    arches: tuple[str, ...] = ()
    profiles: tuple[tuple[str, ...], ...] = ()

    def __str__(self) -> str:
        """Return its canonical text."""
        text = f"{self.name}:{self.qualifier}" if self.qualifier else self.name
        if self.operator:
            text += f" ({self.operator} {self.version})"
        if self.arches:
            text += f" [{' '.join(self.arches)}]"
        return text + "".join(f" <{' '.join(terms)}>" for terms in self.profiles)


Alternatives = tuple[Relation, ...]
"""Relations of which one is enough."""


@lru_cache(1 << 16)
def parse_relations(text: str) -> tuple[Alternatives, ...]:
    """Parse a field's value: each of the clauses must hold, by any of its alternatives.

    An empty value has no clauses, and a comma may end it. Raise RelationError with the position in the whole value.
    """
    try:
        return tuple([parse_alternatives(clause.strip()) for clause in split_clauses(text)])
    except RelationError as error:
        raise RelationError(error.message, find_error(text)) from None


def parse_sound_clauses(text: str) -> tuple[tuple[Alternatives, ...], str]:
    """Parse those clauses of a field's value that are valid; return them, and what is wrong with the first that is not or ''."""
    try:
        return parse_relations(text), ""
    except RelationError as error:
        sound = []
        for clause in split_clauses(text):
            try:
                sound.append(parse_alternatives(clause.strip()))
            except RelationError:
                continue
        return tuple(sound), str(error)


def split_clauses(text: str) -> list[str]:
    """Split a field's value at its commas."""
    clauses = text.split(",")
    if not clauses[-1].strip():
        clauses.pop()
    return clauses


def find_error(text: str) -> int:
    """Return the position of the first error in a field's value that has one."""
    start = 0
    for text_of_relation in re.split(r"[,|]", text):
        begin = start + len(text_of_relation) - len(text_of_relation.lstrip())
        try:
            parse_relation(text_of_relation.strip())
        except RelationError as error:
            return begin + error.position
        start += len(text_of_relation) + 1
    raise AssertionError(text)


@lru_cache(1 << 16)
def parse_alternatives(clause: str) -> Alternatives:
    """Return the alternatives of one clause. Raise RelationError."""
    if "|" not in clause:
        return (parse_relation(clause),)
    return tuple([parse_relation(item.strip()) for item in clause.split("|")])


@lru_cache(1 << 16)
def parse_relation(text: str) -> Relation:
    """Parse a single relation, which has no white space around it. Raise RelationError."""
    match = SYNTAX.match(text)
    if match is None:
        raise RelationError(f"a package name is missing before {text[:20]!r}" if text else "a relation is empty", 0)
    if match.end() != len(text):
        rest = text[match.end() :].lstrip()
        raise RelationError(f"{rest[:40]!r} does not belong in a relation", len(text) - len(rest))
    name, qualifier, operator, version, arches, profiles = match.groups()
    if version and not is_valid_version(version):
        raise RelationError(f"{version!r} is not a version", match.start("version"))
    return Relation(
        name,
        qualifier or "",
        OBSOLETE.get(operator, operator) if operator else "",
        version or "",
        parse_restriction(arches, match.start("arches")) if arches is not None else (),
        tuple([parse_formula(terms, match) for terms in re.findall(r"<([^<>]*)>", profiles)]) if profiles else (),
    )


def parse_restriction(text: str, position: int) -> tuple[str, ...]:
    """Return the architectures between brackets, either all or none of them negated. Raise RelationError."""
    arches = tuple(text.split())
    odd = [arch for arch in arches if not ARCH.fullmatch(arch)]
    if odd or not arches:
        raise RelationError(f"{' '.join(odd) or '[]'!r} is not an architecture", position)
    if len({arch.startswith("!") for arch in arches}) > 1:
        raise RelationError(f"[{text}] mixes architectures with and without '!'", position)
    return arches


def parse_formula(text: str, match: re.Match[str]) -> tuple[str, ...]:
    """Return the build profiles between angle brackets, all of which must hold. Raise RelationError."""
    terms = tuple(text.split())
    if not terms or not all(map(PROFILE.fullmatch, terms)):
        raise RelationError(f"<{text}> is not a list of build profiles", match.start("profiles"))
    return terms


def is_applicable(relation: Relation, arch: str, profiles: tuple[str, ...] = ()) -> bool:
    """Return whether a relation's restrictions admit an architecture and a set of active build profiles."""
    if relation.arches and not is_in_restriction(arch, relation.arches):
        return False
    return not relation.profiles or any(
        all((term.removeprefix("!") in profiles) != term.startswith("!") for term in terms)
        for terms in relation.profiles
    )


def is_in_restriction(arch: str, arches: tuple[str, ...]) -> bool:
    """Return whether an architecture is one of `arches`, or none of them if they are negated."""
    if arches[0].startswith("!"):
        return not any(matches_arch(arch, wildcard[1:]) for wildcard in arches)
    return any(matches_arch(arch, wildcard) for wildcard in arches)


@lru_cache(1 << 10)
def matches_arch(arch: str, wildcard: str) -> bool:
    """Return whether a wildcard (`amd64`, `any`, `linux-any`, `any-arm64`) stands for an architecture.

    By dpkg's rules (dpkg-architecture(1), section on terms): `all` and `source` match no wildcard, and `linux-amd64` is an old
    name of `amd64`.
    """
    if wildcard in {arch, f"linux-{arch}"}:
        return True
    if "any" not in wildcard.split("-") or arch in {"all", "source"}:
        return False
    words = wildcard.split("-")
    pattern = ["any"] * (4 - len(words)) + words
    return len(pattern) == 4 and all(map(matches_word, pattern, get_arch_tuple(arch)))  # noqa: PLR2004 - ABI, libc, OS, CPU


def matches_word(pattern: str, word: str) -> bool:
    """Return whether a word of a wildcard stands for a word of an architecture's tuple."""
    return pattern in {"any", word}


def get_arch_tuple(arch: str) -> tuple[str, str, str, str]:
    """Return an architecture's ABI, libc, OS and CPU, by dpkg's tables."""
    if arch in TUPLES:
        return TUPLES[arch]
    *system, cpu = arch.split("-")
    os = system[-1] if system else "linux"
    libc = system[-2] if len(system) > 1 else LIBC.get(os, "bsd")
    if cpu in ARM_ABI:
        return ARM_ABI[cpu], libc, os, "arm"
    return "base", libc, os, cpu
