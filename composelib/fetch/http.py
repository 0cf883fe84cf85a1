"""HTTP: connections that are kept alive, through proxies, with apt's logins, and never waiting for ever."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from socket import EAI_AGAIN, gaierror
from ssl import SSLCertVerificationError, SSLContext, SSLError, create_default_context
from urllib.parse import urlsplit, urlunsplit

from composelib.errors import ComposeError, ConfigError, TrustError
from composelib.fetch.apt_auth import authorization
from composelib.fetch.proxy import proxy_for, proxy_headers
from composelib.fetch.retry import PassingError, Patience, usual
from composelib.fetch.url import redirected, shown

BLOCK = 256 * 1024
MOST_REDIRECTS = 10
REDIRECTS = (301, 302, 303, 307, 308)
PASSING = (408, 425, 429, 500, 502, 503, 504)
MAY_BE_TAKEN_AGAIN = (HTTPException, OSError)
AGENT = "deb-compose"


class NetworkError(ComposeError):
    """A server could not be reached or did not give what it was asked for."""


class NotThereError(NetworkError):
    """A server says that it does not have a file."""


@dataclass
class Agent:
    """One caller's connections, one for each server, kept alive; each thread and each process has its own."""

    patience: Patience = field(default_factory=usual)
    connections: dict[str, HTTPConnection] = field(default_factory=dict)
    process: int = field(default_factory=os.getpid)
    answered: set[str] = field(default_factory=set)
    """Servers that are known to be there: one of them that refuses is only being restarted."""

    def __post_init__(self) -> None:
        with suppress(ValueError):  # not the main thread, which has seen to it
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # a server that hangs up is an error, not an end

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Iterator[Answer]:
        """Ask for a URL, follow where the server sends, and give the answer to read from.

        Raises PassingError for what may be gone at another try, NotThereError, NetworkError for another refusal,
        TrustError when the server is not who it should be or sends its caller astray.
        """
        self.forget_parent()
        asked = url
        for _ in range(MOST_REDIRECTS + 1):
            with self.ask(asked, headers or {}) as answer:
                if answer.status not in REDIRECTS:
                    answer.check()
                    yield answer
                    return
                asked = redirected(asked, answer.header("Location"))
                answer.drain()
        raise TrustError(f"{shown(url)}: sent on more than {MOST_REDIRECTS} times, at last to {shown(asked)}")

    @contextmanager
    def ask(self, url: str, headers: Mapping[str, str]) -> Iterator[Answer]:
        """Make one request; its connection is kept if the answer was read to its end."""
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        with faults(url, seen=origin in self.answered):
            response = self.send(origin, url, headers)
        self.answered.add(origin)
        answer = Answer(url, response, self.patience)
        try:
            yield answer
        finally:
            whole = response.isclosed() or response.length == 0
            response.close()  # this gives back the connection, it does not close it
            if not whole or response.will_close:
                self.drop(origin)

    def send(self, origin: str, url: str, headers: Mapping[str, str]) -> HTTPResponse:
        """Send a request, once more on a new connection if a kept one turns out to be dead."""
        kept = origin in self.connections
        try:
            return self.send_once(origin, url, headers)
        except MAY_BE_TAKEN_AGAIN as error:
            self.drop(origin)
            if not kept or isinstance(error, TimeoutError):
                raise
            return self.send_once(origin, url, headers)

    def send_once(self, origin: str, url: str, headers: Mapping[str, str]) -> HTTPResponse:
        """Send a request on the connection to its server, making one if there is none."""
        proxy = proxy_for(url)
        connection = self.connections.get(origin)
        if connection is None:
            connection = self.connections[origin] = connect(url, proxy, self.patience)
        if connection.sock is None:
            connection.timeout = self.patience.connect
            connection.connect()
            if connection.sock is not None:
                connection.sock.settimeout(self.patience.silence)
        connection.request("GET", target(url, proxy), headers=request_headers(url, proxy) | dict(headers))
        return connection.getresponse()

    def drop(self, origin: str) -> None:
        """Close the connection to a server."""
        connection = self.connections.pop(origin, None)
        if connection is not None:
            connection.close()

    def forget_parent(self) -> None:
        """After a fork, leave the connections to the parent, who goes on using them."""
        if self.process != os.getpid():
            self.process = os.getpid()
            self.connections.clear()

    def close(self) -> None:
        """Close all connections."""
        for origin in list(self.connections):
            self.drop(origin)


@dataclass
class Answer:
    """What a server answered; reading it raises PassingError when it stalls, drips or breaks off."""

    url: str
    response: HTTPResponse
    patience: Patience

    @property
    def status(self) -> int:
        """The status code."""
        return self.response.status

    def header(self, name: str) -> str:
        """Give a header's value, empty if there is none."""
        return self.response.headers.get(name) or ""

    def blocks(self) -> Iterator[bytes]:
        """Give the body, block by block; it may be left early."""
        watch = Watch(self.url, self.patience)
        with faults(self.url):
            while block := self.response.read1(BLOCK):
                watch.saw(len(block))
                yield block
            if self.response.length:
                raise PassingError(
                    TrustError(f"{shown(self.url)}: broke off, {self.response.length} bytes are missing")
                )

    def drain(self) -> None:
        """Read what little is left, so that the connection can be used again; if it is much, leave it."""
        with suppress(PassingError, *MAY_BE_TAKEN_AGAIN):
            self.response.read(BLOCK)

    def check(self) -> None:
        """Raise what a status that is no answer stands for."""
        if self.status in {200, 206, 304, 416}:
            return
        self.drain()
        said = f"{shown(self.url)}: {self.status} {self.response.reason}"
        if self.status in PASSING:
            raise PassingError(NetworkError(said), retry_after(self.header("Retry-After")))
        if self.status in {404, 410}:
            raise NotThereError(said)
        hint = "write its login into /etc/apt/auth.conf.d/ (apt_auth.conf(5))" if self.status in {401, 403} else ""
        raise NetworkError(said, hint)


@dataclass
class Watch:
    """Notices an answer that comes too slowly for too long."""

    url: str
    patience: Patience
    since: float = field(default_factory=time.monotonic)
    count: int = 0

    def saw(self, size: int) -> None:
        """Count bytes; raises PassingError when a whole period brought too few."""
        self.count += size
        passed = time.monotonic() - self.since
        if passed < self.patience.slow:
            return
        if self.count < self.patience.rate * passed:
            speed = f"{self.count / passed:.0f} bytes a second"
            raise PassingError(NetworkError(f"{shown(self.url)}: too slow, {speed} for {passed:.0f} s"))
        self.since, self.count = time.monotonic(), 0


@contextmanager
def faults(url: str, *, seen: bool = True) -> Iterator[None]:
    """Put what can go wrong on a connection in our words; a server never `seen` that refuses will go on refusing."""
    place = shown(url)
    try:
        yield
    except SSLCertVerificationError as error:
        raise TrustError(f"{place}: its certificate is not trusted: {error.verify_message}") from None
    except TimeoutError:
        raise PassingError(NetworkError(f"{place}: no answer in time")) from None
    except ConnectionRefusedError:
        refused = NetworkError(f"{place}: connection refused")
        raise (PassingError(refused) if seen else refused) from None
    except gaierror as error:
        host = urlsplit(proxy_for(url) or url).hostname
        unknown = NetworkError(f"{place}: the name {host} is not found: {error.strerror}")
        raise (PassingError(unknown) if seen or error.errno == EAI_AGAIN else unknown) from None
    except SSLError as error:
        raise PassingError(NetworkError(f"{place}: {error.reason or error}")) from None
    except OSError as error:
        raise PassingError(NetworkError(f"{place}: {error.strerror or error}")) from None
    except HTTPException as error:
        raise PassingError(NetworkError(f"{place}: not an answer in HTTP: {type(error).__name__} {error}")) from None


def connect(url: str, proxy: str, patience: Patience) -> HTTPConnection:
    """Give a connection, not yet opened, to a URL's server or to the proxy before it."""
    parts, via = urlsplit(url), urlsplit(proxy or url)
    if not via.hostname:
        raise ConfigError(f"{shown(url)}: names no host")
    if parts.scheme == "http":
        return HTTPConnection(via.hostname, via.port or 80, timeout=patience.connect)
    connection = HTTPSConnection(via.hostname, via.port or (80 if proxy else 443), context=trusted_authorities())
    if proxy:
        connection.set_tunnel(parts.hostname or "", parts.port or 443, headers=proxy_headers(proxy))
    return connection


CONTEXTS: list[SSLContext] = []


def trusted_authorities() -> SSLContext:
    """Give the machine's certificate authorities, read once."""
    if not CONTEXTS:
        CONTEXTS.append(create_default_context())
    return CONTEXTS[0]


def target(url: str, proxy: str) -> str:
    """Give what stands in the request line: the path, or for a proxy of http the whole URL."""
    parts = urlsplit(url)
    if proxy and parts.scheme == "http":
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
    return urlunsplit(("", "", parts.path or "/", parts.query, ""))


def request_headers(url: str, proxy: str) -> dict[str, str]:
    """Give the headers of every request."""
    headers = {"User-Agent": AGENT, "Accept": "*/*", "Connection": "keep-alive"}
    login = authorization(url)
    if login:
        headers["Authorization"] = login
    return headers | (proxy_headers(proxy) if proxy and url.startswith("http:") else {})


def retry_after(value: str, now: Callable[[], float] = time.time) -> float:
    """Give the seconds that the header Retry-After asks to wait: it is a number or a date."""
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now())
    except ValueError:
        return 0.0
