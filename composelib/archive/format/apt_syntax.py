"""Relation fields of an index as apt parses them: one that it cannot parse makes it refuse the index, and all others with it.

The rule is that of pkgCache generation in apt 2.6 and 3.0. Policy 7.1 allows more, and dpkg and dose take more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from composelib.archive.format.stanza import decode_value

RELATION_FIELDS = (
    "Pre-Depends",
    "Depends",
    "Recommends",
    "Suggests",
    "Enhances",
    "Conflicts",
    "Breaks",
    "Replaces",
    "Provides",
)
FIELD = re.compile(
    rf"^({'|'.join(RELATION_FIELDS)}):[ \t]*(.*(?:\n[ \t].*)*)",
    re.MULTILINE | re.IGNORECASE,
)
RELATION = (
    r"[A-Za-z0-9][A-Za-z0-9+._-]*+(?::[A-Za-z0-9-]++)?"
    r"(?:\s*+\((?=[^()]{3})\s*+(?:<<|<=|>=|>>|[<>=])\s*+[^\s()<>=]++\s*+\))?"  # apt wants three characters in brackets
)
ALTERNATIVES = re.compile(rf"\s*+{RELATION}(?:\s*+\|\s*+{RELATION})*+\s*+")
PLAIN = re.compile(rb"%b(?:,%b)*+,?\s*+" % ((ALTERNATIVES.pattern.encode(),) * 2))


def is_plain_relation(value: bytes) -> bool:
    """Return whether apt can surely parse a relation field's value."""
    return PLAIN.fullmatch(value) is not None


def find_apt_faults(stanza: bytes) -> Iterator[str]:
    """Yield `FIELD: what apt cannot parse` for each relation field of a binary package's stanza that apt refuses."""
    for name, value in FIELD.findall(decode_value(stanza)):
        clauses = value.rstrip().removesuffix(",").split(",") if value.strip() or name.lower() == "provides" else []
        clause = next((clause for clause in clauses if not ALTERNATIVES.fullmatch(clause)), None)
        if clause is not None:
            yield f"{name}: apt cannot parse {clause.strip()[:80]!r}"
