"""The most bytes a second that downloads take together: those of all connections, threads and forked processes."""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import time
from dataclasses import field

from composelib.dataclass import dataclass

CLOCK = struct.Struct("d")
TURNS = 32
"""Into how many blocks a second's bytes are cut at least, so that many connections share a slow line evenly."""
SMALLEST = 1024


@dataclass
class DownloadRate:
    """A limit to the rate of all downloads; processes that are forked later keep it together with this one."""

    rate: int = 0
    """Bytes a second; 0 for no limit."""
    descriptor: int = -1
    """A file without a name that holds the time until which bytes have been granted."""
    guard: threading.Lock = field(default_factory=threading.Lock)
    """Between threads, as a lock of a file (fcntl(2)) is between processes."""

    def limit(self, rate: int) -> None:
        """Set the limit."""
        self.rate = rate
        if rate and self.descriptor < 0:
            self.descriptor = os.memfd_create("download-rate")
            os.pwrite(self.descriptor, CLOCK.pack(0), 0)
            os.register_at_fork(after_in_child=self.renew_guard)

    def renew_guard(self) -> None:
        """Forget that another thread of the parent may have held the guard."""
        self.guard = threading.Lock()

    def choose_block(self, size: int) -> int:
        """Return how many bytes to read at a time, at most `size`."""
        return max(SMALLEST, min(size, self.rate // TURNS)) if self.rate else size

    def wait(self, size: int) -> float:
        """Wait until the line has had time for these bytes, which have come; return the seconds that this took."""
        if not self.rate:
            return 0
        seconds = self.reserve(size) - time.monotonic()
        if seconds <= 0:
            return 0
        time.sleep(seconds)
        return seconds

    def reserve(self, size: int) -> float:
        """Grant bytes after all that was granted before; return when they are due."""
        with self.guard:
            fcntl.lockf(self.descriptor, fcntl.LOCK_EX)
            try:
                (granted,) = CLOCK.unpack(os.pread(self.descriptor, CLOCK.size, 0))
                due: float = max(granted, time.monotonic()) + size / self.rate
                os.pwrite(self.descriptor, CLOCK.pack(due), 0)
            finally:
                fcntl.lockf(self.descriptor, fcntl.LOCK_UN)
        return due


DOWNLOADS = DownloadRate()
"""The limit to all that this run downloads."""
