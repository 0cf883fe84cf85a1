"""Entries of an image's lists that name what its repositories do not have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from composelib.archive.format import relation
from composelib.archive.format.provides import parse_provided
from composelib.archive.format.relation import RelationError
from composelib.archive.patterns import matcher
from composelib.image.root import apt_solution
from composelib.model.origin import Seed

NAME = re.compile(rb"^Package: (\S+)$", re.MULTILINE)
PROVIDES = re.compile(rb"^Provides: (.*)$", re.MULTILINE)


def read_offered_names(indices: Iterable[bytes]) -> set[str]:
    """Return the names of all packages in Packages files, and those that they provide."""
    names: set[str] = set()
    for index in indices:
        names.update(name.decode() for name in NAME.findall(index))
        for value in PROVIDES.findall(index):
            names.update(name.partition(":")[0] for name, _ in parse_provided(value.decode("utf-8", "replace")))
    return names


def find_absent(seeds: Iterable[Seed], arch: str, names: set[str]) -> Iterator[Seed]:
    """Yield the seeds that apply to an arch and name, by relations or globs, nothing that is there."""
    for seed in seeds:
        text = matcher.restrict_to_arch(seed.text, arch)
        if apt_solution.is_relation(seed):
            items = list_alternatives(text, arch)
            if items and not names & set(items):
                yield seed
        elif is_glob(text) and not any(fnmatchcase(name, text) for name in names):
            yield seed


def is_glob(text: str) -> bool:
    """Return whether a text that is no relation is a glob: neither an apt-pattern nor a task."""
    return bool(text) and text[0] not in "?~!(" and not text.endswith("^")


def list_alternatives(text: str, arch: str) -> list[str]:
    """Return the names in a relation as it applies to an arch; none if it is no relation."""
    try:
        clauses = relation.parse_relations(text)
    except RelationError:
        return []
    return [item.name for clause in clauses for item in clause if relation.is_applicable(item, arch)]
