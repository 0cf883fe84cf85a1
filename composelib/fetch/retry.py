"""How long to wait for a server, and how often to ask it again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from composelib.dataclass import dataclass
from composelib.errors import ComposeError

Result = TypeVar("Result")
PROGRESS = 1 << 16
"""Bytes by which a try has to get further than all before it, so that all tries are granted again."""


@dataclass(frozen=True)
class Patience:
    """Limits to waiting, in seconds unless they say otherwise."""

    connect: float = 30
    """Until a connection is open."""
    silence: float = 30
    """Until the first byte of an answer, and from any byte to the next."""
    head: float = 60
    """Until the end of an answer's head, and from any piece of its body to the next."""
    slow: float = 30
    """How long an answer may come more slowly than `rate`."""
    rate: float = 2000
    """Bytes a second; a slower answer is given up."""
    tries: int = 5
    """Number of requests for a file, counted anew from one that made progress."""
    pause: float = 0.5
    """Before the second try; doubled for each later try."""
    longest_pause: float = 60
    """Limits Retry-After as well."""


PATIENCE = Patience()


def get_patience() -> Patience:
    """Return the default limits."""
    return PATIENCE


class PassingError(Exception):
    """A fault that may have passed at the next try; `error` is what to raise if it has not."""

    def __init__(self, error: ComposeError, delay: float = 0, *, reached: int = 0) -> None:
        """Take the error, the seconds the server asks to wait, and how many bytes of the file are there by now."""
        super().__init__(str(error))
        self.error = error
        self.delay = delay
        self.reached = reached


def persist(attempt: Callable[[], Result], patience: Patience) -> Result:
    """Return what `attempt` returns, trying again after each PassingError until the tries are used up.

    After a try that got further than all before it, all tries are granted again. Raise the last PassingError's error.
    """
    failed = tries = furthest = 0
    while True:
        tries += 1
        try:
            return attempt()
        except PassingError as passing:
            failed += 1
            if passing.reached >= furthest + PROGRESS:
                failed, furthest = 1, passing.reached
            if failed >= patience.tries:
                raise count_tries(passing.error, tries) from None
            wait = choose_pause(failed, passing.delay, patience)
            print(f"{passing.error}; trying again in {wait:.1f} s ({failed} of {patience.tries - 1})", flush=True)
            time.sleep(wait)


def count_tries(error: ComposeError, tries: int) -> ComposeError:
    """Return an error that says how often it was tried."""
    return type(error)(f"{error.message} (tried {tries} times)", error.hint) if tries > 1 else error


def choose_pause(failed: int, delay: float, patience: Patience) -> float:
    """Return the seconds to wait after this many failures: longer each time, with a random factor."""
    doubled = patience.pause * 2.0 ** (failed - 1)
    jitter = random.uniform(0.5, 1.5)  # noqa: S311 - so that clients do not all return at once; nothing secret
    return float(min(max(doubled * jitter, delay), patience.longest_pause))
