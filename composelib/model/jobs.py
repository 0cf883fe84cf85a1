"""How many tasks of a kind are run side by side."""

from __future__ import annotations

from composelib.dataclass import dataclass
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import Number, Size
from composelib.model.origin import Origin

MOST = 1024
IMAGES = "images"
"""The resource that tasks which make root file systems, images and media share."""


@dataclass(frozen=True)
class Jobs:
    """Limits beside that of `-n`."""

    origin: Origin
    images: int | None = key(
        "Root file systems, images and media made at a time; by default as many as there are `memory` and `processors` for.",
        Number(1, MOST),
    )
    memory: int = key(
        "The data that a process may have in memory which makes one; 2 GiB are reckoned by default, and none is held to that.",
        Size(),
    )
    """Bytes; 0 for no limit."""
    processors: int | None = key(
        "The processors that one is made on, which no other has then; 1 is reckoned by default, and all may be used.",
        Number(1, MOST),
    )
    network: int | None = key("Tasks that download or push at a time, 4 by default.", Number(1, MOST))
    qemu: int | None = key("Images that are started in QEMU at a time, 1 by default.", Number(1, MOST))
