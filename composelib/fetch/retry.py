"""How long to wait for a server, and how often to ask it again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from composelib.errors import ComposeError

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Patience:
    """Limits in seconds; `tries` is how often a request is made in all."""

    connect: float = 30
    """To a connection."""
    silence: float = 30
    """To the first byte of an answer, and between any two bytes after that."""
    head: float = 60
    """To the end of an answer's head, and from any piece of its body to the next."""
    slow: float = 30
    """How long an answer may come more slowly than `rate`."""
    rate: float = 2000
    """Bytes a second below which an answer counts as none."""
    tries: int = 5
    pause: float = 0.5
    """Before the second try; doubled for each one after it."""
    longest_pause: float = 60
    """Also of what a server asks for by Retry-After."""


PATIENCE = Patience()


def usual() -> Patience:
    """Give the patience that everybody has who asks for none in particular."""
    return PATIENCE


class PassingError(Exception):
    """A fault that may be gone at the next try; `error` is what to raise when it is not."""

    def __init__(self, error: ComposeError, after: float = 0, *, progress: bool = False) -> None:
        """Take the error, the seconds the server asks to wait, and whether this try brought the work forward."""
        super().__init__(str(error))
        self.error = error
        self.after = after
        self.progress = progress


def persist(attempt: Callable[[], Answer], patience: Patience) -> Answer:
    """Give what `attempt` gives, trying again after each PassingError until the tries are used up.

    A try that made progress gives back all tries. Raises the last PassingError's error.
    """
    failed = 0
    while True:
        try:
            return attempt()
        except PassingError as passing:
            failed = 1 if passing.progress else failed + 1
            if failed >= patience.tries:
                raise passing.error from None
            wait = pause(failed, passing.after, patience)
            print(f"{passing.error}; trying again in {wait:.1f} s ({failed} of {patience.tries - 1})", flush=True)
            time.sleep(wait)


def pause(failed: int, after: float, patience: Patience) -> float:
    """Give the seconds to wait after so many failures: longer each time, never the same for all who wait."""
    doubled = patience.pause * 2.0 ** (failed - 1)
    jitter = random.uniform(0.5, 1.5)  # noqa: S311 - it keeps clients apart, it hides nothing
    return float(min(max(doubled * jitter, after), patience.longest_pause))
