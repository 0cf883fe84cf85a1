"""The tests that a source package brings, as its debian/tests/control describes them (autopkgtest's README.package-tests)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from composelib.archive.format.relation import RelationError, is_applicable, parse_relations
from composelib.archive.format.stanza import StanzaError, find_stanzas, parse_fields
from composelib.dataclass import dataclass
from composelib.image.root.apt_solution import format_relation

UNSUPPORTED = frozenset({"isolation-container", "isolation-machine", "needs-internet"})
"""Restrictions of tests that need more than a root of their own without network: they are skipped."""
COMMENT = re.compile(rb"^#.*\n?", re.MULTILINE)
EVERY_BINARY, BUILD_DEPENDS, RECOMMENDED = "@", "@builddeps@", "@recommends@"
BUILD_NEEDED = "build-needed"


@dataclass(frozen=True)
class PackageTest:
    """A paragraph of debian/tests/control that can be run here: what its tests need, a clause an entry."""

    depends: tuple[str, ...]


def read_tests(control: bytes) -> list[PackageTest]:
    """Return the tests that can be run here. Raise StanzaError if the text is malformed."""
    text = COMMENT.sub(b"", control.replace(b"\r", b"")).strip(b"\n") + b"\n"
    paragraphs = [parse_fields(text[start:end]) for start, end in find_stanzas(text)]
    if not all(b"".join(fields.get(name, b"") for name in ("tests", "test-command")) for fields in paragraphs):
        raise StanzaError("a paragraph names no tests")
    return [read_test(fields) for fields in paragraphs if not split_words(fields, "restrictions") & UNSUPPORTED]


def read_test(fields: Mapping[str, bytes]) -> PackageTest:
    """Return the test of a paragraph."""
    depends = fields.get("depends", EVERY_BINARY.encode()).decode(errors="replace")
    clauses = [" ".join(clause.split()) for clause in depends.split(",")]
    if BUILD_NEEDED in split_words(fields, "restrictions"):
        clauses.append(BUILD_DEPENDS)
    return PackageTest(tuple(filter(None, clauses)))


def split_words(fields: Mapping[str, bytes], name: str) -> set[str]:
    """Return the words of a field, separated by blanks or commas."""
    return set(fields.get(name, b"").decode(errors="replace").replace(",", " ").split())


def expand_clauses(test: PackageTest, words: Mapping[str, tuple[str, ...]], arch: str) -> list[str]:
    """Return what a test needs on an arch, with the packages that `words` has for each word with `@`.

    A clause that is malformed is left out: autopkgtest names it when it runs the test.
    """
    clauses: list[str] = []
    for clause in test.depends:
        if clause in words:
            clauses += words[clause]
            continue
        try:
            ((*alternatives,),) = parse_relations(clause)
        except (RelationError, ValueError):
            continue
        applicable = [format_relation(relation) for relation in alternatives if is_applicable(relation, arch)]
        clauses += [" | ".join(applicable)] if applicable else []
    return clauses
