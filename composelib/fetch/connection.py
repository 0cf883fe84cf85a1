"""Connections to servers: urllib3's pools of them, with limits to the head and the framing of an answer.

urllib3 and http.client below it bound each line of an answer and each wait for bytes, but neither how many interim
answers (`100 Continue`) and trailers there may be, nor how long they may take together.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cache, partial
from http.client import HTTPConnection as HttpClientConnection
from http.client import HTTPException, HTTPMessage, HTTPResponse, UnknownProtocol
from pathlib import Path
from socket import socket
from ssl import CERT_NONE, CERT_REQUIRED, SSLContext
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context, is_ipaddress

from composelib.errors import ConfigError
from composelib.fetch.access import TlsOptions
from composelib.fetch.proxy import make_proxy_headers
from composelib.fetch.retry import Patience

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse  # of urllib3 2 only

FRAMING = 1 << 16
"""The most bytes in the head of an answer, and in the lines between two pieces of its body."""
INTERIM = (100, *range(102, 200))
"""Statuses of interim answers; 101 is not among them, as it comes only on request."""
BODILESS = (101, 204, 304)


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

    def read_lines(self) -> list[bytes]:
        """Read lines up to an empty one or the end; at once if they have come. Raise as `readline` does."""
        head, end, _ = self.peek().partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        if end and len(head) < self.remaining and all(lines) and head.count(b"\n") == len(lines) - 1:
            self.remaining -= len(head)
            self.stream.read1(len(head) + len(end))
            return lines
        lines = []
        while (line := self.readline(FRAMING)) not in {b"\r\n", b"\n", b""}:
            lines.append(line)
        return lines

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
        """Read the head, as http.client does, but skip all interim answers, and parse fields in a tenth of the time."""
        if self.headers is not None:
            return
        version, status, reason = self._read_status()
        headers = read_headers(self.fp)
        while status in INTERIM:
            version, status, reason = self._read_status()
            headers = read_headers(self.fp)
        if not version.startswith("HTTP/1."):
            raise UnknownProtocol(version)
        self.headers = self.msg = headers
        self.version = 10 if version == "HTTP/1.0" else 11
        self.code = self.status = status
        self.reason = reason.strip()
        self.chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        self.chunk_left = None
        self.length = 0 if status in BODILESS else None if self.chunked else read_length(headers)
        self.will_close = self._check_close() or (self.length is None and not self.chunked)


def read_headers(stream: BoundedStream) -> HTTPMessage:
    """Read the fields of a head, up to the empty line; a line without a colon is no field."""
    fields: list[list[str]] = []
    for line in stream.read_lines():
        text = line.decode("latin-1")
        name, colon, value = text.partition(":")
        if text[0] in " \t":
            for field in fields[-1:]:
                field[1] += f" {text.strip()}"
        elif colon:
            fields.append([name, value.strip()])
    message = HTTPMessage()
    for name, value in fields:
        message[name] = value
    return message


def read_length(headers: HTTPMessage) -> int | None:
    """Return the number of bytes in a body, None if the head does not say it."""
    text = headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdigit() else None


class Bounded(HttpClientConnection):
    """Makes the answers of urllib3's connections BoundedResponses; `answer` is the last of them.

    urllib3 before 2.1 has no read1, which returns what has come, so bodies are read from `answer` itself.
    """

    answer: BoundedResponse
    sock: socket | None

    def __init__(self, *args: Any, patience: Patience, **options: Any) -> None:
        """Take what urllib3 passes, and the limits to waiting."""
        super().__init__(*args, **options)
        self.patience = patience

    @property
    def is_connected(self) -> bool:
        """Whether it is open: that a server has closed it shows when it is used, and Agent then opens another."""
        return self.sock is not None

    def ask(self, target: str, headers: Mapping[str, str]) -> bool:
        """Send a request on the open connection and read the head of the answer; False, and closed, if it is dead.

        Raise TimeoutError if no answer comes in time.
        """
        try:
            self.request("GET", target, headers=headers)
            HttpClientConnection.getresponse(self)
        except TimeoutError:
            self.close()
            raise
        except (OSError, HTTPException, ValueError):  # the last of numbers that are too long to read
            self.close()
            return False
        return True

    def response_class(self, *args: Any, **options: Any) -> BoundedResponse:  # type: ignore[override] # it may be any callable
        """Make the answer to the request that was just sent."""
        self.answer = BoundedResponse(*args, patience=self.patience, **options)
        return self.answer


class PlainConnection(Bounded, HTTPConnection):
    """A connection by HTTP."""


class SecureConnection(Bounded, HTTPSConnection):
    """A connection by TLS."""


class PlainPool(HTTPConnectionPool):
    """Connections to one server by HTTP."""

    ConnectionCls = PlainConnection


class SecurePool(HTTPSConnectionPool):
    """Connections to one server by TLS."""

    ConnectionCls = SecureConnection


@cache
def make_context(options: TlsOptions, *, by_address: bool = False) -> SSLContext:
    """Return the TLS context of these options. Raise ConfigError for a file that cannot be used; no key is shown.

    `by_address`: for servers that are named by their IP address. `ssl` is not told of it by urllib3 before 2, so it is urllib3
    that compares it with the certificate.
    """
    context = create_urllib3_context()
    context.check_hostname = options.verify_peer and options.verify_host and not by_address
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


def open_pool(url: str, proxy: str, patience: Patience, tls: TlsOptions | None) -> HTTPConnectionPool:
    """Return connections, not yet opened, to a URL's server or to the proxy before it; https needs `tls`.

    Raise ConfigError as make_context() does.
    """
    options: dict[str, Any] = {"timeout": Timeout(connect=patience.connect, read=patience.silence)}
    if tls:
        options["ssl_context"] = make_context(tls, by_address=is_ipaddress(urlsplit(url).hostname or ""))
        options["assert_hostname"] = None if tls.verify_host else False
    pools = ProxyManager(proxy, proxy_headers=make_proxy_headers(proxy), **options) if proxy else PoolManager(**options)
    plain: Any = partial(PlainPool, patience=patience)
    secure: Any = partial(SecurePool, patience=patience)
    pools.pool_classes_by_scheme = {"http": plain, "https": secure}
    return pools.connection_from_url(url)


def get_connection(response: BaseHTTPResponse) -> Bounded:
    """Return the connection that an answer is on."""
    return cast(Bounded, response.connection)
