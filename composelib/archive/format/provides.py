"""The field Provides: the names that a package stands for beside its own (Debian Policy 7.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from composelib.archive.format.stanza import StanzaError

CLAUSE = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9+._-]*+(?::[a-z0-9-]++)?)(?:\s*+\(\s*+(?=[^\s()])([<>=]*+)\s*+([^\s()]*+)\s*+\))?"
)


def parse_provided(value: str) -> Iterator[tuple[str, str]]:
    """Yield the names in a field Provides, each with its version or ''. Raise StanzaError if it is not a list of names.

    A name with an arch (`bar:i386`) is provided to packages of that arch alone.
    As apt does, ignore a clause with another relation than `=`. An empty clause is ignored, too: only if the package is
    chosen does it matter.
    """
    for clause in filter(None, map(str.strip, value.split(","))):
        match = CLAUSE.fullmatch(clause)
        if match is None:
            raise StanzaError(f"Provides: {clause[:80]!r} is not a package name with or without a version")
        if match[2] is None or (match[2] == "=" and match[3]):
            yield match[1], match[3] or ""
