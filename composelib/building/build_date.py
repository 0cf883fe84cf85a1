"""Makes what a build says of itself depend on the build alone: not on its time, nor on the number of processors.

The .buildinfo of two builds of the same bytes differs in these; the .changes file lists it with its sums.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

EPOCH = re.compile(r'^ SOURCE_DATE_EPOCH="([0-9]{1,11})"$', re.MULTILINE)  # a larger one is no date of datetime's
DATE = re.compile(r"^Build-Date: .*$", re.MULTILINE)
PARALLEL = re.compile(r'(^ DEB_BUILD_OPTIONS="[^"\n]*?) ?\bparallel=\d+ ?', re.MULTILINE)
ALGORITHMS = ("md5", "sha1", "sha256")
ANY_BYTES = ("utf-8", "surrogateescape")
"""How text is decoded and encoded that may be anything: a build may be hostile."""


def settle_dates(folder: Path, names: Iterable[str]) -> None:
    """Write the changelog's date into the .buildinfo among a build's files, and its new sums into the .changes file."""
    names = list(names)
    for name in (name for name in names if name.endswith(".buildinfo")):
        path = folder / name
        old = path.read_bytes()
        new = settle_text(old.decode(*ANY_BYTES)).encode(*ANY_BYTES)
        path.write_bytes(new)
        for changes in (folder / listed for listed in names if listed.endswith(".changes")):
            text = changes.read_bytes().decode(*ANY_BYTES)
            changes.write_bytes(replace_sums(text, name, old, new).encode(*ANY_BYTES))


def settle_text(buildinfo: str) -> str:
    """Return the text of a .buildinfo with the date of the changelog."""
    epoch = EPOCH.search(buildinfo)
    if epoch:
        date = format_datetime(datetime.fromtimestamp(int(epoch[1]), UTC))
        buildinfo = DATE.sub(f"Build-Date: {date}", buildinfo)
    return PARALLEL.sub(r"\1", buildinfo)


def replace_sums(changes: str, name: str, old: bytes, new: bytes) -> str:
    """Return the text of a .changes file with the sums and the size of one of its files replaced."""
    for algorithm in ALGORITHMS:
        old_digest, new_digest = (
            hashlib.new(algorithm, content, usedforsecurity=False).hexdigest() for content in (old, new)
        )
        pattern = rf"^ {old_digest} {len(old)}(?= (?:.* )?{re.escape(name)}$)"
        changes = re.sub(pattern, f" {new_digest} {len(new)}", changes, flags=re.MULTILINE)
    return changes
