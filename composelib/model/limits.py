"""What a run may take of the machine's connection to others."""

from __future__ import annotations

from composelib.dataclass import dataclass
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import Rate


@dataclass(frozen=True)
class Limits:
    """Limits that a run keeps; they decide nothing of what it makes."""

    download: int = key(
        "The most bytes a second that all downloads take together, whatever `-n` is; those of a cluster's hosts are not counted.",
        Rate(),
    )
