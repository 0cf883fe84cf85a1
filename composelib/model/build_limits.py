"""What a build may take of the machine."""

from __future__ import annotations

from composelib.dataclass import dataclass
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import Duration, Number, Size

MOST_PROCESSES = 4194304
"""As many as the kernel numbers (proc(5))."""


@dataclass(frozen=True)
class BuildLimits:
    """How much a build may take before it is ended: more than any package of Debian needs, and less than harms a machine."""

    seconds: int = key("How long it may take.", Duration(), name="time", default=12 * 3600)
    processes: int = key("Processes and threads at a time.", Number(1, MOST_PROCESSES), default=4096)
    memory: int = key(
        "Memory of each process, and with the builder `native` of all together; by default as much as the machine has.",
        Size(),
    )
    """In bytes; 0 for as much as the machine has."""
    file_size: int = key("The largest file, the log among them.", Size(), name="file", default=16 << 30)
    """In bytes."""
    disk: int = key("All that it writes, with the builder `native`; no limit by default.", Size())
    """In bytes; 0 for no limit."""


DEFAULT_LIMITS = BuildLimits()
