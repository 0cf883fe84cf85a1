"""Entries of package lists: relations, apt-patterns, tasks and groups."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from composelib.archive.format.relation import RelationError, applies, parse
from composelib.archive.patterns import matcher
from composelib.config.keys import import_entry
from composelib.config.keys.arches import ARCHES
from composelib.config.keys.import_entry import IMPORT, Import
from composelib.config.keys.types import INVALID, NAME, Schema, wrong
from composelib.config.yaml.nodes import Mapping as MappingNode
from composelib.config.yaml.nodes import Node, Scalar, Word
from composelib.config.yaml.problems import Problems, did_you_mean
from composelib.model.origin import Origin

GROUP = "@"
RESTRICTION = re.compile(r"\s+\[([^\[\]]*)\]\s*$")
"""The arches that an entry of a list that takes packages away is meant for."""
HINT = "a relation (foo | bar (>= 1)), an apt-pattern (?section(web)), a task (standard^) or a group (@web)"


@dataclass(frozen=True)
class Entry:
    """An entry of a list of packages; in a list that takes packages `away` there are no relations and no imports."""

    away: bool = False

    @property
    def want(self) -> str:
        """Name what is wanted."""
        return "a package, pattern, task or @group"

    def read(self, node: Node, path: str, problems: Problems) -> Any:
        """Give the entry as a Word, or as an Import, once its syntax is right."""
        if isinstance(node, MappingNode) and not self.away and import_entry.is_meant(node):
            return checked(import_entry.read(node, path, problems), path, problems)
        if not isinstance(node, Scalar):
            return wrong(
                self,
                node,
                path,
                problems,
                "quote an entry that holds [ or { or a colon and a space; {file: LIST} imports",
            )
        found = fault(node.text, away=self.away)
        if found is None:
            return Word(node.text, node.origin)
        message, position, hint = found
        column = node.origin.column + position + (0 if node.plain else 1)
        problems.add(Origin(node.origin.file, node.origin.line, column), path, message, hint)
        return INVALID

    def schema(self) -> Schema:
        """Give a text, or an import."""
        text: Schema = {"type": "string", "minLength": 1}
        return text if self.away else {"anyOf": [text, IMPORT.schema()]}


def checked(imported: Any, path: str, problems: Problems) -> Any:
    """Give an Import back; entries whose syntax is wrong are noted."""
    if imported is INVALID:
        return INVALID
    for words, away in ((imported.wanted, False), (imported.recommended, False), (imported.excluded, True)):
        for word in words:
            found = fault(word, away=away)
            if found:
                problems.add(word.origin, path, found[0], found[2])
    return imported


def fault(text: str, *, away: bool) -> tuple[str, int, str] | None:
    """Give what is wrong with an entry, at which character (from 0), and the cure; None if nothing is."""
    if text.startswith(GROUP):
        return (
            None if NAME.fullmatch(text[1:]) else (f"{text!r} is no group's name", 0, "@NAME, of a group in 'groups'")
        )
    if away:
        return restricted_fault(text)
    return restricted_fault(text) if matcher.is_pattern(text) else relation_fault(text)


def restricted_fault(text: str) -> tuple[str, int, str] | None:
    """Give what is wrong with a pattern, and with the arches after it."""
    restriction = RESTRICTION.search(text)
    if restriction is None:
        return pattern_fault(text)
    arches = tuple(restriction[1].split())
    if not arches or len({arch.startswith("!") for arch in arches}) > 1:
        return f"{restriction[0].strip()} is no list of arches", restriction.start() + 1, "[amd64 arm64] or [!i386]"
    return pattern_fault(text[: restriction.start()]) or arches_fault(text, arches)


def pattern_fault(text: str) -> tuple[str, int, str] | None:
    """Give what is wrong with an apt-pattern, a task or a glob."""
    try:
        matcher.parse(text)
    except matcher.PatternError as error:
        return error.message, error.start, error.hint
    return None


def relation_fault(text: str) -> tuple[str, int, str] | None:
    """Give what is wrong with a relation."""
    try:
        clauses = parse(text)
    except RelationError as error:
        return f"{text!r}: {error.message}", error.position, HINT
    if len(clauses) != 1:
        return f"{text!r} is {len(clauses)} relations", text.find(",") if "," in text else 0, "write an entry for each"
    return arches_fault(text, tuple(arch for alternative in clauses[0] for arch in alternative.arches))


def arches_fault(text: str, arches: tuple[str, ...]) -> tuple[str, int, str] | None:
    """Give what is wrong with the arches that an entry is meant for."""
    for arch in arches:
        name = arch.removeprefix("!")
        if name not in ARCHES and "any" not in name.split("-"):
            return f"{name!r} is no architecture of Debian's", text.find(name), did_you_mean(name, ARCHES)
    return None


def kernel_arches(seeds: tuple[str, ...], arches: tuple[str, ...]) -> set[str]:
    """Give those of the arches for which some seed names a kernel."""
    found: set[str] = set()
    for seed in seeds:
        if "linux-image" not in seed:
            continue
        if matcher.is_pattern(seed):
            return set(arches)
        for clause in parse(seed):
            kernels = [one for one in clause if one.name.startswith("linux-image")]
            found |= {arch for arch in arches if any(applies(one, arch) for one in kernels)}
    return found


@dataclass(frozen=True)
class Groups:
    """The config's groups of packages."""

    entries: Mapping[str, tuple[Word | Import, ...]]
    problems: Problems

    def check(self) -> None:
        """Note groups within groups that are unknown or that come back to themselves."""
        for name, words in self.entries.items():
            tuple(self.expanded(words, f"groups.{name}", (name,)))

    def words(self, entries: tuple[Word | Import, ...], path: str, *, recommends: bool) -> tuple[Word, ...]:
        """Give a list's entries, groups and imports expanded in place, each text once; unknown groups are noted."""
        found: list[Word] = []
        for entry in self.expanded(entries, path, ()):
            found += entry.words(recommends=recommends) if isinstance(entry, Import) else [entry]
        return tuple({word: word for word in reversed(found)}.values())[::-1]

    def excluded(self, entries: tuple[Word | Import, ...], path: str) -> tuple[Word, ...]:
        """Give what the imports of a list want to have left out."""
        imported = (entry for entry in self.expanded(entries, path, ()) if isinstance(entry, Import))
        return tuple(word for one in imported for word in one.excluded)

    def expanded(
        self, entries: tuple[Word | Import, ...], path: str, chain: tuple[str, ...]
    ) -> Iterator[Word | Import]:
        """Give a list's entries with the entries of groups in the groups' places; `chain` are the groups it is in."""
        for word in entries:
            if isinstance(word, Import) or not word.startswith(GROUP):
                yield word
                continue
            name = str(word[1:])
            if name in chain:
                via = " -> ".join((*chain, name))
                self.problems.add(word.origin, path, f"the group {name!r} is within itself: {via}", "take it out")
            elif name in self.entries:
                yield from self.expanded(self.entries[name], path, (*chain, name))
            else:
                self.problems.add(word.origin, path, f"there is no group {name!r}", did_you_mean(name, self.entries))
