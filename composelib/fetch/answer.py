"""A server's answer: its status, its headers, and a body that is read block by block."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from composelib.dataclass import dataclass
from composelib.errors import TrustError
from composelib.fetch.errors import NetworkError, NotThereError
from composelib.fetch.rate import DOWNLOADS
from composelib.fetch.retry import PassingError, Patience
from composelib.fetch.url import display_url, redirect
from composelib.text.escape import excerpt

if TYPE_CHECKING:
    from composelib.fetch.connection import BoundedResponse

BLOCK = 256 * 1024
PASSING = (408, 425, 429, 500, 502, 503, 504)
"""The statuses of faults that may have passed at the next try."""
LENGTH = re.compile(r"[0-9]{1,18}")


@dataclass
class Answer:
    """An answer whose head has come; reading its body raises PassingError if it stalls, drips or breaks off."""

    url: str
    response: BoundedResponse
    patience: Patience
    proxy: str = ""
    """The URL of the proxy that it comes through, if there is one."""

    @property
    def status(self) -> int:
        """The status code."""
        return self.response.status

    def header(self, name: str) -> str:
        """Return a header's value, empty if there is none."""
        return self.response.headers.get(name) or ""

    def blocks(self) -> Iterator[bytes]:
        """Yield the body, block by block; the caller may stop early."""
        watch = Watch(self.url, self.patience)
        with translate_faults(self.url, self.proxy):
            size = DOWNLOADS.choose_block(BLOCK)
            while block := self.response.read1(size):
                watch.since += DOWNLOADS.wait(len(block))
                watch.count(len(block))
                yield block
        if self.response.length:
            message = f"{display_url(self.url)}: broke off, {self.response.length} bytes are missing"
            raise PassingError(TrustError(message))

    def drain(self) -> None:
        """Read the rest of the body, so that the connection can be used again; give up if it is long."""
        size = 0
        with suppress(PassingError):
            for block in self.blocks():
                size += len(block)
                if size > BLOCK:
                    break

    def check(self) -> None:
        """Raise the error that the status stands for, or PassingError if Content-Length is not a number."""
        if self.status not in {200, 206, 304, 416}:
            self.drain()
            raise self.make_refusal()
        length = self.header("Content-Length")
        if length and not LENGTH.fullmatch(length):
            message = f"{display_url(self.url)}: not an answer in HTTP: Content-Length: {excerpt(length)}"
            raise PassingError(NetworkError(message))

    def make_refusal(self) -> Exception:
        """Return the error for a status that comes without the file."""
        message = f"{display_url(self.url)}: {self.status} {excerpt(self.response.reason)}".rstrip()
        if self.status in PASSING:
            return PassingError(NetworkError(message), parse_retry_after(self.header("Retry-After")))
        if self.status in {404, 410}:
            return NotThereError(message)
        hint = "write its login into /etc/apt/auth.conf.d/ (apt_auth.conf(5))" if self.status in {401, 403} else ""
        return NetworkError(message, hint)

    def read_redirection(self) -> str:
        """Return the URL that the server redirects to. Raise NetworkError if it names none, TrustError if `redirect` refuses it."""
        location = self.header("Location")
        if not location:
            raise NetworkError(f"{display_url(self.url)}: {self.status} without a Location")
        return redirect(self.url, location)


@dataclass
class Watch:
    """The speed at which a body comes."""

    url: str
    patience: Patience
    since: float = field(default_factory=time.monotonic)
    size: int = 0

    def count(self, size: int) -> None:
        """Count bytes that have come. Raise PassingError if too few came in a whole period."""
        self.size += size
        seconds = time.monotonic() - self.since
        if seconds < self.patience.slow:
            return
        if self.size < self.patience.rate * seconds:
            speed = f"{self.size / seconds:.0f} bytes a second"
            raise PassingError(NetworkError(f"{display_url(self.url)}: too slow, {speed} for {seconds:.0f} s"))
        self.since, self.size = time.monotonic(), 0


@contextmanager
def translate_faults(url: str, proxy: str = "", *, seen: bool = True) -> Iterator[None]:
    """Translate the errors of a connection; a refusal may pass only if the server was `seen`: if it has answered before."""
    from composelib.fetch.faults import FAULTS, translate  # noqa: PLC0415 - loads urllib3, which only requests need

    try:
        yield
    except FAULTS as error:
        raise translate(error, url, seen=seen, proxy=proxy) from None


def parse_retry_after(value: str, clock: Callable[[], float] = time.time) -> float:
    """Return the seconds to wait that the header Retry-After asks for: it is a number or a date."""
    if LENGTH.fullmatch(value.strip()):
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - clock())
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
