"""How many tasks of a kind are run side by side."""

from __future__ import annotations

from composelib.dataclass import dataclass
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import Number
from composelib.model.origin import Origin

MOST = 1024


@dataclass(frozen=True)
class Jobs:
    """Limits beside that of `-n`."""

    origin: Origin
    images: int | None = key(
        "Root file systems, images and media made at a time; by default as many as there are processors, and 2 GiB of "
        "memory for each.",
        Number(1, MOST),
    )
    network: int | None = key("Tasks that download or push at a time, 4 by default.", Number(1, MOST))
    qemu: int | None = key("Images that are started in QEMU at a time, 1 by default.", Number(1, MOST))
