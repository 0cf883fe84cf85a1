"""Entries of lists of packages: relations, apt-patterns, tasks and groups."""

from __future__ import annotations

import re
from typing import Any

from composelib.archive.format.relation import RelationError, is_applicable, parse_relations
from composelib.archive.patterns import matcher
from composelib.config.keys.imported_list import ImportedList, is_import
from composelib.config.keys.read_value import INVALID, read_value, refuse
from composelib.config.yaml.nodes import Mapping, Node, Scalar, Word
from composelib.config.yaml.problems import Problems, suggest_candidate
from composelib.dataclass import dataclass
from composelib.model.keys.arches import ARCHES
from composelib.model.keys.package_entry import PackageEntry
from composelib.model.keys.value_types import NAME
from composelib.model.origin import Origin

GROUP = "@"
RESTRICTION = re.compile(r"\s+\[([^\[\]]*)\]\s*$")
"""The arches that an entry of a list that excludes packages is for."""
HINT = "write a relation (foo | bar (>= 1)), an apt-pattern (?section(web)), a task (standard^) or a group (@web)"


@dataclass(frozen=True)
class EntryFault:
    """What is wrong with an entry, at which of its characters (counted from 0), and the cure."""

    message: str
    position: int
    hint: str = ""


@read_value.register(PackageEntry)
def read_entry(entry: PackageEntry, node: Node, path: str, problems: Problems) -> Any:
    """Return an entry as a Word, or as an ImportedList, if its syntax is right."""
    if isinstance(node, Mapping) and not entry.excluding and is_import(node):
        from composelib.config.keys.import_entry import read_import  # noqa: PLC0415 - few configs import lists

        imported = read_import(node, path, problems)
        if imported is not None:
            check_imported(imported, path, problems)
        return INVALID if imported is None else imported
    if not isinstance(node, Scalar):
        hint = "quote an entry that holds [ or { or a colon and a space; {file: LIST} imports"
        return refuse(entry, node, path, problems, hint)
    fault = find_fault(node.text, excluding=entry.excluding)
    if fault is None:
        return Word(node.text, node.origin)
    column = node.origin.column + fault.position + (0 if node.plain else 1)
    problems.add(Origin(node.origin.file, node.origin.line, column), path, fault.message, fault.hint)
    return INVALID


def check_imported(imported: ImportedList, path: str, problems: Problems) -> None:
    """Add a problem for each entry of an imported list whose syntax is wrong."""
    for words, excluding in ((imported.packages, False), (imported.recommended, False), (imported.excluded, True)):
        for word in words:
            fault = find_fault(word, excluding=excluding)
            if fault:
                problems.add(word.origin, path, fault.message, fault.hint)


def find_fault(text: str, *, excluding: bool) -> EntryFault | None:
    """Return what is wrong with an entry; None if nothing is."""
    if text.startswith(GROUP):
        if re.fullmatch(NAME, text[1:]):
            return None
        return EntryFault(f"{text!r} cannot be the name of a group", 0, "write @NAME for a group in 'groups'")
    if excluding or matcher.is_pattern(text):
        return find_pattern_fault(text)
    return find_relation_fault(text)


def find_pattern_fault(text: str) -> EntryFault | None:
    """Return what is wrong with a pattern, task or glob, or with the arches after it."""
    restriction = RESTRICTION.search(text)
    if restriction is None:
        return find_syntax_fault(text)
    arches = tuple(restriction[1].split())
    if not arches or len({arch.startswith("!") for arch in arches}) > 1:
        message = f"{restriction[0].strip()} is not a list of arches"
        return EntryFault(message, restriction.start() + 1, "write it as [amd64 arm64] or [!i386]")
    return find_syntax_fault(text[: restriction.start()]) or find_arch_fault(text, arches)


def find_syntax_fault(text: str) -> EntryFault | None:
    """Return what is wrong with the syntax of an apt-pattern, a task or a glob."""
    try:
        matcher.parse_pattern(text)
    except matcher.PatternError as error:
        return EntryFault(error.message, error.start, error.hint)
    return None


def find_relation_fault(text: str) -> EntryFault | None:
    """Return what is wrong with a relation (Debian Policy 7.1)."""
    try:
        clauses = parse_relations(text)
    except RelationError as error:
        return EntryFault(f"{text!r}: {error.message}", error.position, HINT)
    if len(clauses) != 1:
        position = text.find(",") if "," in text else 0
        return EntryFault(f"{text!r} is {len(clauses)} relations", position, "write an entry for each")
    return find_arch_fault(text, tuple(arch for alternative in clauses[0] for arch in alternative.arches))


def find_arch_fault(text: str, arches: tuple[str, ...]) -> EntryFault | None:
    """Return what is wrong with the arches that an entry is for."""
    for arch in arches:
        name = arch.removeprefix("!")
        if name not in ARCHES and "any" not in name.split("-"):
            message = f"{name!r} is not an architecture of Debian"
            return EntryFault(message, text.find(name), suggest_candidate(name, ARCHES))
    return None


def find_kernel_arches(seeds: tuple[str, ...], arches: tuple[str, ...]) -> set[str]:
    """Return those of the arches for which some seed names a kernel."""
    supplied: set[str] = set()
    for seed in seeds:
        if "linux-image" not in seed:
            continue
        if matcher.is_pattern(seed):
            return set(arches)
        for clause in parse_relations(seed):
            kernels = [relation for relation in clause if relation.name.startswith("linux-image")]
            supplied |= {arch for arch in arches if any(is_applicable(relation, arch) for relation in kernels)}
    return supplied
