"""Germinate's seed files, by the description in germinate(1): text in, entries out.

What begins with ` * ` is an entry or, with a colon in it, a header; every other line is prose. Headers say what the
`${NAME}` of later entries stands for, and nothing else here. Snaps are passed over: they are no packages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from composelib.config.package_lists.package_list import Entry, Fault, How

BULLET = " * "
SNAP = "snap:"
RESTRICTION = re.compile(r"\s+\[([^\[\]]*)\]$")
VARIABLE = re.compile(r"\$\{([^}]*)\}")
SPECIAL = re.compile(r"[.+*?^$|(){}\[\]\\]")


def read(text: str) -> Iterator[Entry | Fault]:
    """Give the entries of a seed, and what is wrong with it."""
    variables: dict[str, list[str]] = {}
    empty = True
    for number, line in enumerate(text.split("\n"), 1):
        body = line.removeprefix(BULLET).partition("#")[0].strip() if line.startswith(BULLET) else ""
        if not body:
            continue
        empty = False
        name, colon, value = body.partition(":")
        if colon and not body.startswith(SNAP):
            variables[name.casefold()] = value.split()
        elif not colon:
            yield from entries(body, number, line.index(body) + 1, variables)
    if empty:
        hint = f"its entries are lines that begin with '{BULLET}'; tasksel's files are named .desc"
        yield Fault(1, 1, "this is no germinate seed", hint)


def entries(body: str, line: int, column: int, variables: Mapping[str, list[str]]) -> Iterator[Entry | Fault]:
    """Give what one line asks for; of several words the first counts."""
    restriction = RESTRICTION.search(body)
    arches = restricted(restriction[1].split()) if restriction else []
    if arches is None:
        return
    how, word = meant((body[: restriction.start()] if restriction else body).split()[0])
    unknown = [name for name in VARIABLE.findall(word) if name.casefold() not in variables]
    for name in unknown:
        yield Fault(line, column, f"${{{name}}} stands for nothing", f"a line '{BULLET}{name}: VALUE' before it says")
    if not unknown:
        suffix = f" [{' '.join(arches)}]" if arches else ""
        for name in filled_in(word, variables):
            yield Entry(line, column, told(name) + suffix, how)


def restricted(arches: Sequence[str]) -> list[str] | None:
    """Give the arches of a restriction as Debian Policy has them, all wanted or all unwanted; None if none is left."""
    unwanted = [arch.removeprefix("!") for arch in arches if arch.startswith("!")]
    wanted = [arch for arch in arches if not arch.startswith("!")]
    left = [arch for arch in wanted if arch not in unwanted]
    if wanted:
        return left or None
    return [f"!{arch}" for arch in unwanted]


def meant(word: str) -> tuple[How, str]:
    """Give what an entry is for, and the entry without the sign that says so."""
    if word.startswith("!"):
        return "excluded", word[1:]
    if word.startswith("(") and word.endswith(")"):
        return "recommended", word[1:-1]
    return "wanted", word


def filled_in(word: str, variables: Mapping[str, list[str]]) -> Iterator[str]:
    """Give a word with its variables filled in, once for each combination of their values."""
    pieces = VARIABLE.split(word)  # text and names in turn
    values = [[piece] if n % 2 == 0 else variables[piece.casefold()] for n, piece in enumerate(pieces)]
    return map("".join, product(*values))


def told(word: str) -> str:
    """Give an entry as the config would have it: `%SOURCE` and `/REGEX/` are patterns there."""
    if word.startswith("%"):
        return f'?source-package("^{SPECIAL.sub(in_brackets, word[1:])}$")'
    if len(word) > 1 and word.startswith("/") and word.endswith("/"):
        return f'?name("{word[1:-1]}")'
    return word


def in_brackets(special: re.Match[str]) -> str:
    """Give a character that means itself in a POSIX regular expression."""
    return f"\\{special[0]}" if special[0] in "^\\" else f"[{special[0]}]"
