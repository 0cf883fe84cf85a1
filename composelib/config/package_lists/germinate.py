"""Germinate's seed files, as germinate(1) describes them: text in, entries out.

A line that begins with ` * ` is an entry or, if it has a colon, a header; every other line is prose. A header sets the
value of `${NAME}` in later entries. `Feature` says of the whole seed whether Recommends are followed; no other header does anything else
here. Snaps are skipped: they are not packages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

from composelib.config.package_lists.package_list import ListEntry, ListFault, Role
from composelib.model.keys.arches import ARCHES

BULLET = " * "
SNAP = "snap:"
FEATURE = "feature"
FOLLOW = "follow-recommends"
RESTRICTION = re.compile(r"\s+\[([^\[\]]*)\]$")
VARIABLE = re.compile(r"\$\{([^}]*)\}")
UNWANTED_END = re.compile(r"(.*)\(\?<!([^()]*)\)\$")
SPECIAL = re.compile(r"[.+*?^$|(){}\[\]\\]")


def read_seed(text: str) -> Iterator[ListEntry | ListFault]:
    """Yield the entries of a seed, and its errors."""
    variables: dict[str, list[str]] = {}
    features: set[str] = set()
    entries: list[ListEntry | ListFault] = []
    for number, line in enumerate(text.split("\n"), 1):
        body = line.removeprefix(BULLET).partition("#")[0].strip() if line.startswith(BULLET) else ""
        if not body:
            continue
        name, colon, value = body.partition(":")
        if colon and not body.startswith(SNAP):
            variables[name.casefold()] = value.split()
            features.update(value.split() if name.casefold() == FEATURE else ())
        elif not colon:
            entries += read_line(body, number, line.index(body) + 1, variables)
    recommends = True if FOLLOW in features else False if f"no-{FOLLOW}" in features else None
    for entry in entries:
        yield replace(entry, recommends=recommends) if isinstance(entry, ListEntry) else entry


def read_line(body: str, line: int, column: int, variables: Mapping[str, list[str]]) -> Iterator[ListEntry | ListFault]:
    """Yield the entries of one line; only its first word counts."""
    restriction = RESTRICTION.search(body)
    arches = read_restriction(restriction[1].split()) if restriction else []
    if arches is None:
        return
    role, word = split_role((body[: restriction.start()] if restriction else body).split()[0])
    unknown = [name for name in VARIABLE.findall(word) if name.casefold() not in variables]
    for name in unknown:
        hint = f"define it before with a line '{BULLET}{name}: VALUE'"
        yield ListFault(line, column, f"${{{name}}} is not defined", hint)
    if not unknown:
        suffix = f" [{' '.join(arches)}]" if arches else ""
        for name in substitute(word, variables):
            yield ListEntry(line, column, translate(name) + suffix, role)


def read_restriction(arches: Sequence[str]) -> list[str] | None:
    """Return the arches of a restriction as Debian Policy has them, all positive or all negative; None if it excludes all.

    Arches that Debian does not have, such as `amd64+mac`, are none that a compose may be for.
    """
    negative = [arch.removeprefix("!") for arch in arches if arch.startswith("!")]
    positive = [arch for arch in arches if not arch.startswith("!")]
    if positive:
        return [arch for arch in positive if arch in ARCHES and arch not in negative] or None
    return [f"!{arch}" for arch in negative if arch in ARCHES]


def split_role(word: str) -> tuple[Role, str]:
    """Return an entry's role, and the entry without the characters that mark it."""
    if word.startswith("!"):
        return "excluded", split_role(word[1:])[1]
    if word.startswith("(") and word.endswith(")"):
        return "recommended", word[1:-1]
    return "package", word


def substitute(word: str, variables: Mapping[str, list[str]]) -> Iterator[str]:
    """Return a word with its variables substituted, once for each combination of their values."""
    pieces = VARIABLE.split(word)  # text and names in turn
    values = [[piece] if n % 2 == 0 else variables[piece.casefold()] for n, piece in enumerate(pieces)]
    return map("".join, product(*values))


def translate(word: str) -> str:
    """Return an entry as a config has it; `%SOURCE` and `/REGEX/` become patterns."""
    if word.startswith("%"):
        return f'?source-package("^{SPECIAL.sub(escape, word[1:])}$")'
    if len(word) > 1 and word.startswith("/") and word.endswith("/"):
        return translate_regex(word[1:-1])
    return word


def translate_regex(text: str) -> str:
    """Return the pattern for a regular expression of Python; POSIX has no `(?<!END)$`."""
    match = UNWANTED_END.fullmatch(text)
    return f'?and(?name("{match[1]}$"), ?not(?name("{match[2]}$")))' if match else f'?name("{text}")'


def escape(special: re.Match[str]) -> str:
    """Return a special character so that it stands for itself in a POSIX regular expression."""
    return f"\\{special[0]}" if special[0] in "^\\" else f"[{special[0]}]"
