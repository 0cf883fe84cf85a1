"""The debian/control of a source package as values (deb-src-control(5))."""

from __future__ import annotations

import re

from composelib.archive.format.relation import parse_sound_clauses
from composelib.archive.format.stanza import StanzaError, find_stanzas, parse_fields

COMMENT = re.compile(rb"^#.*\n?", re.MULTILINE)


def read_provides(control: bytes) -> dict[str, str]:
    """Return the names that each binary package provides, separated by blanks; none of a text that is malformed.

    What stands in variables is known only when it is built.
    """
    text = COMMENT.sub(b"", control).strip(b"\n") + b"\n"
    try:
        paragraphs = [parse_fields(text[start:end]) for start, end in find_stanzas(text)]
    except StanzaError:
        return {}
    return {
        fields["package"].decode(errors="replace"): list_names(fields["provides"].decode(errors="replace"))
        for fields in paragraphs
        if {"package", "provides"} <= fields.keys()
    }


def list_names(relations: str) -> str:
    """Return the names in a field, separated by blanks; of clauses that are malformed none."""
    clauses, _ = parse_sound_clauses(relations)
    return " ".join(relation.name for clause in clauses for relation in clause)
