"""Lists of packages that others keep: germinate's seeds, tasksel's tasks, plain lists; as entries of our own kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from composelib.archive.stanza import StanzaError, fields, spans, text_of

ITEM = re.compile(r"\s*\*\s*(?P<bad>!)?\s*(?P<text>.*\S)")
WORD = re.compile(r"(?P<what>/[^/]*/|\S+)(?:\s+(?P<arches>\[[^\]]*\]))?")
KEY_FIELDS = ("Key", "Packages")


class Entry(NamedTuple):
    """An entry of a list, as the config could have it: its line (from 1), its text, whether it takes packages away."""

    line: int
    text: str
    away: bool = False


class ListError(ValueError):
    """A list is not understood; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        """Take what is wrong and where."""
        super().__init__(message, line)
        self.message = message
        self.line = line


def entries(name: str, text: str) -> list[Entry]:
    """Give the entries of a list by its file's name and text. Raises ListError.

    `*.desc` is tasksel's (a stanza a task); where some line begins with `*` it is a seed of germinate's, in which other
    lines are prose; else each line is an entry, after which `#` begins a comment.
    """
    if name.endswith(".desc"):
        return list(tasks(text))
    lines = [(number, line.partition("#")[0].rstrip()) for number, line in enumerate(text.split("\n"), 1)]
    if any(ITEM.match(line) for _, line in lines):
        return list(seeds(lines))
    return [Entry(number, line.strip()) for number, line in lines if line.strip()]


def seeds(lines: list[tuple[int, str]]) -> Iterator[Entry]:
    """Give the items of a seed: names, globs, /regexes/, %sources; (recommended) ones are had as well."""
    for number, line in lines:
        item = ITEM.match(line)
        if item is None:
            continue
        word = WORD.fullmatch(item["text"].strip().removeprefix("(").removesuffix(")").strip())
        if word is None or "${" in item["text"]:
            raise ListError(f"{line.strip()!r} is no item of a seed that can be understood here", number)
        arches = f" {word['arches']}" if word["arches"] else ""
        yield Entry(number, translated(word["what"], number) + arches, away=bool(item["bad"]))


def translated(word: str, number: int) -> str:
    """Give an item as an entry of ours. Raises ListError for what is none."""
    if word.startswith("/") and word.endswith("/"):
        return f'?name("{word[1:-1]}")'
    if word.startswith("%"):
        return f'?source-package("^{re.escape(word[1:])}$")'
    if not re.fullmatch(r"[A-Za-z0-9*?\[\]+._:-]+", word):
        raise ListError(f"{word!r} is no package", number)
    return word


def tasks(text: str) -> Iterator[Entry]:
    """Give the packages of tasksel's tasks: the key packages and the list, or what the task's name stands for."""
    content = text.encode("utf-8", "surrogateescape")
    for start, end in spans(content):
        first = content.count(b"\n", 0, start) + 1
        try:
            found = fields(content[start:end])
        except StanzaError as error:
            raise ListError(str(error), first) from None
        listed = [line for field in KEY_FIELDS for line in text_of(found.get(field.lower(), b"")).split("\n")[1:]]
        names = list(dict.fromkeys(name for line in listed for name in line.split()))
        if not names and "task" in found:
            names = [f"{text_of(found['task'])}^"]
        for name in names:
            at = content.find(f"\n {name}\n".encode(), start)
            yield Entry(content.count(b"\n", 0, at + 1) + 1 if at >= 0 else first, name)
