"""Connections to servers: urllib3's pools of them, with limits to the head and the framing of an answer.

urllib3 and http.client below it bound each line of an answer and each wait for bytes, but neither how many interim
answers (`100 Continue`) and trailers there may be, nor how long they may take together.
"""

from __future__ import annotations

import time
from functools import cache, partial
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from socket import socket
from ssl import CERT_NONE, CERT_REQUIRED, SSLContext
from typing import TYPE_CHECKING, Any, cast

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from composelib.errors import ConfigError
from composelib.fetch.access import TlsOptions
from composelib.fetch.proxy import make_proxy_headers
from composelib.fetch.retry import Patience

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse  # of urllib3 2 only

FRAMING = 1 << 16
"""The most bytes in the head of an answer, and in the lines between two pieces of its body."""
INTERIM = range(102, 200)
"""Statuses of interim answers that http.client takes for the final one; 101 is not among them, as it comes only on request."""


class FramingError(HTTPException):
    """The head of an answer, or the lines between pieces of its body, are too long."""


class BoundedStream:
    """The stream that http.client reads an answer from; its lines are bounded in size and time until a piece of body comes."""

    def __init__(self, stream: Any, connected: socket, patience: Patience) -> None:
        """Take the stream to read from, and the socket below it."""
        self.stream = stream
        self.connected = connected
        self.patience = patience
        self.renew()

    def renew(self) -> None:
        """Start counting bytes and seconds from zero."""
        self.deadline = time.monotonic() + self.patience.head
        self.remaining = FRAMING

    def readline(self, limit: int) -> bytes:
        """Read a line of at most `limit` bytes. Raise TimeoutError or FramingError once the bounds are reached."""
        line = bytearray()
        try:
            while not line.endswith(b"\n") and len(line) < limit:
                block = self.peek()
                if not block:
                    break
                line += self.stream.read1(min(block.find(b"\n") + 1 or len(block), limit - len(line)))
        finally:
            self.wait_at_most(self.patience.silence)
        self.remaining -= len(line)
        if self.remaining < 0:
            raise FramingError(f"more than {FRAMING} bytes of headers")
        return bytes(line)

    def peek(self) -> bytes:
        """Return the bytes that have come; wait for some if there are none. Raise TimeoutError at the deadline."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        self.wait_at_most(min(seconds, self.patience.silence))
        return cast(bytes, self.stream.peek(1))

    def wait_at_most(self, seconds: float) -> None:
        """Set how long the socket waits for bytes; skip the system call if that is set already."""
        if self.connected.gettimeout() != seconds:
            self.connected.settimeout(seconds)

    def read1(self, size: int) -> bytes:
        """Read a piece of the body: what has come, at most `size` bytes."""
        block = cast(bytes, self.stream.read1(size))
        self.renew()
        return block

    def read(self, size: int = -1) -> bytes:
        """Read a few bytes that the framing needs."""
        return cast(bytes, self.stream.read(size))

    def flush(self) -> None:
        """Do nothing: http.client flushes what it reads from."""

    def close(self) -> None:
        """Close the stream, not the connection."""
        self.stream.close()


class BoundedResponse(HTTPResponse):
    """http.client's answer, read by way of a BoundedStream; interim answers are skipped."""

    def __init__(self, sock: socket, *args: Any, patience: Patience, **options: Any) -> None:
        """Take what http.client passes, and the limits to waiting."""
        super().__init__(sock, *args, **options)
        self.fp = cast(Any, BoundedStream(self.fp, sock, patience))

    def begin(self) -> None:
        """Read the head."""
        super().begin()
        while self.status in INTERIM:
            self.headers = self.msg = None  # type: ignore[assignment] # without headers, begin reads the next head
            super().begin()


class Bounded:
    """Makes the answers of urllib3's connections BoundedResponses; `answer` is the last of them.

    urllib3 before 2.1 has no read1, which returns what has come, so bodies are read from `answer` itself.
    """

    answer: BoundedResponse

    def __init__(self, *args: Any, patience: Patience, **options: Any) -> None:
        """Take what urllib3 passes, and the limits to waiting."""
        super().__init__(*args, **options)
        self.patience = patience

    def response_class(self, *args: Any, **options: Any) -> BoundedResponse:
        """Make the answer to the request that was just sent."""
        self.answer = BoundedResponse(*args, patience=self.patience, **options)
        return self.answer


class PlainConnection(Bounded, HTTPConnection):  # type: ignore[misc] # response_class may be any callable
    """A connection by HTTP."""


class SecureConnection(Bounded, HTTPSConnection):  # type: ignore[misc] # as above
    """A connection by TLS."""


class PlainPool(HTTPConnectionPool):
    """Connections to one server by HTTP."""

    ConnectionCls = PlainConnection


class SecurePool(HTTPSConnectionPool):
    """Connections to one server by TLS."""

    ConnectionCls = SecureConnection


@cache
def make_context(options: TlsOptions) -> SSLContext:
    """Return the TLS context of these options. Raise ConfigError for a file that cannot be used; no key is shown."""
    context = create_urllib3_context()
    context.check_hostname = options.verify_peer and options.verify_host
    context.verify_mode = CERT_REQUIRED if options.verify_peer else CERT_NONE
    try:
        if options.authorities:
            context.load_verify_locations(options.authorities)
        else:
            context.load_default_certs()
    except OSError as error:
        raise ConfigError(
            f"{options.authorities}: not usable as certificate authorities: {explain_refusal(error)}"
        ) from None
    if options.certificate:
        load_certificate(context, options.certificate, options.key)
    return context


def load_certificate(context: SSLContext, certificate: Path, key: Path | None) -> None:
    """Let a context show a client certificate. Raise ConfigError if it, or its key, cannot be used."""
    try:
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        reason = explain_refusal(error) if isinstance(error, OSError) else str(error)
        raise ConfigError(
            f"{certificate}: cannot be used as a client certificate with its key: {reason}",
            "both have to be PEM, the key without a passphrase and readable by you",
        ) from None


def explain_refusal(error: OSError) -> str:
    """Return what is wrong with a file, as OpenSSL or the system says it."""
    return getattr(error, "reason", None) or error.strerror or str(error)


def open_pool(url: str, proxy: str, patience: Patience, context: SSLContext | None) -> HTTPConnectionPool:
    """Return connections, not yet opened, to a URL's server or to the proxy before it; https needs a `context`."""
    timeout = Timeout(connect=patience.connect, read=patience.silence)
    options: dict[str, Any] = {"timeout": timeout} | ({"ssl_context": context} if context else {})
    pools = ProxyManager(proxy, proxy_headers=make_proxy_headers(proxy), **options) if proxy else PoolManager(**options)
    plain: Any = partial(PlainPool, patience=patience)
    secure: Any = partial(SecurePool, patience=patience)
    pools.pool_classes_by_scheme = {"http": plain, "https": secure}
    return pools.connection_from_url(url)


def get_body(response: BaseHTTPResponse) -> BoundedResponse:
    """Return http.client's side of an answer that is still on its connection."""
    return cast(Bounded, response.connection).answer
