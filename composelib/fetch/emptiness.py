"""Whether a suite, or a folder of .debs, that had packages has none any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from composelib.errors import TrustError
from composelib.fetch.archive_memory import ArchiveMemory, RememberedSuite


def check_filled(
    memory: ArchiveMemory, uris: Sequence[str], suite: str, filled: Mapping[str, bool], label: str, *, allowed: bool
) -> None:
    """Raise TrustError if all that was read of a suite is empty and was not; else remember what is.

    `filled` says of each COMPONENT/ARCH that was read whether it has packages.
    """
    remembered = memory.recall(uris, suite) or RememberedSuite()
    emptied = [name for name in filled if name in remembered.filled]
    if emptied and not any(filled.values()) and not allowed:
        raise TrustError(
            f"{label}: no packages, and there were some in {', '.join(emptied)} when it was accepted before",
            "`allow-empty: true` of the archive takes it",
        )

    def update_filled(earlier: RememberedSuite) -> RememberedSuite:
        others = {name for name in earlier.filled if name not in filled}
        return replace(earlier, filled=tuple(sorted(others | {name for name, full in filled.items() if full})))

    memory.remember(uris, suite, update_filled)
