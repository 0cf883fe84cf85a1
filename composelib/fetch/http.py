"""The HTTP client: connections that are kept alive, through proxies, with apt's logins, and a limit to each wait.

It is built on urllib3, which is loaded, and `ssl` with it, by the first request: most runs of the program make none.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import field
from typing import TYPE_CHECKING, Any, NamedTuple

from composelib.dataclass import dataclass
from composelib.errors import ConfigError, TrustError
from composelib.fetch.access import DEFAULT, Access, TlsOptions
from composelib.fetch.answer import Answer, translate_faults
from composelib.fetch.retry import Patience, get_patience
from composelib.fetch.url import display_url, encode

if TYPE_CHECKING:
    from urllib3 import HTTPConnectionPool
    from urllib3.response import BaseHTTPResponse

    from composelib.fetch.connection import Bounded

MOST_REDIRECTS = 10
REDIRECTS = (301, 302, 303, 307, 308)
MOST_SERVERS = 32
"""Number of servers to which connections are kept; redirects may lead to any number of servers."""
WHOLLY_OURS: dict[str, Any] = {
    "redirect": False,
    "retries": False,
    "preload_content": False,
    "assert_same_host": False,
}
"""Options by which urllib3 leaves to us redirects, retries and reading, and accepts whole URLs, which proxies need."""
HEADERS = {"User-Agent": "deb-compose", "Accept": "*/*", "Connection": "keep-alive"}


class Route(NamedTuple):
    """What tells connections apart: requests of one route may share a connection."""

    origin: str
    """Scheme, host and port of the server."""
    proxy: str
    """The URL of the proxy before it; empty if there is none."""
    tls: TlsOptions | None
    """For https."""


@dataclass
class Agent:
    """One caller's connections, one for each server, kept alive; each thread and each process has its own."""

    patience: Patience = field(default_factory=get_patience)
    accesses: dict[str, Access] = field(default_factory=dict)
    """How the servers of some URLs are reached, by the beginning of these URLs; others as the environment says."""
    servers: dict[Route, HTTPConnectionPool] = field(default_factory=dict)
    idle: dict[Route, Bounded] = field(default_factory=dict)
    """Open connections of `servers` with no request on them: asked directly, as a pool takes as long as a small file."""
    process: int = field(default_factory=os.getpid)
    answered: set[str] = field(default_factory=set)
    """Servers that have answered: if they refuse a connection later, they are probably being restarted."""

    def __post_init__(self) -> None:
        with suppress(ValueError):  # not in the main thread, which has done this already
            signal.signal(
                signal.SIGPIPE, signal.SIG_IGN
            )  # a server that hangs up raises an error instead of killing the process

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Iterator[Answer]:
        """Request a URL, follow redirects, and yield the answer to read from.

        Raise ConfigError if the URL names no server, PassingError for a fault that may pass, NotThereError,
        NetworkError for another refusal, TrustError if the server is not who it should be or redirects where it must not.
        """
        self.forget_parent()
        current, access = url, self.find_access(url)
        for _ in range(MOST_REDIRECTS + 1):
            with self.request(current, headers or {}, access) as answer:
                if answer.status not in REDIRECTS:
                    answer.check()
                    yield answer
                    return
                current = answer.read_redirection()
                access = access.follow(url, current)
                answer.drain()
        raise TrustError(
            f"{display_url(url)}: redirected more than {MOST_REDIRECTS} times, at last to {display_url(current)}"
        )

    def find_access(self, url: str) -> Access:
        """Return how the server of a URL is reached: of several beginnings of it, the longest counts."""
        base = max(filter(url.startswith, self.accesses), key=len, default=None)
        return DEFAULT if base is None else self.accesses[base]

    @contextmanager
    def request(self, url: str, headers: Mapping[str, str], access: Access) -> Iterator[Answer]:
        """Make one request; its connection is kept if the answer was read to its end."""
        encoded = encode_or_refuse(url)
        origin = "/".join(encoded.split("/", 3)[:3])
        proxy = access.find_proxy(url)
        route = Route(origin, proxy, access.find_tls_options(encoded) if encoded.startswith("https:") else None)
        with translate_faults(url, proxy, seen=origin in self.answered):
            pool = self.get_pool(route)
            target = encoded if pool.proxy and pool.scheme == "http" else encoded.removeprefix(origin)
            connection, response = self.send(route, target, make_headers(url, access) | dict(headers))
        self.answered.add(origin)
        body = connection.answer
        try:
            yield Answer(url, body, self.patience, proxy)
        finally:
            whole = body.isclosed() or body.length == 0
            body.close()  # this does not close the connection
            if whole and not body.will_close:
                if response:
                    response.release_conn()
                self.idle[route] = connection
            else:
                (response or connection).close()

    def send(self, route: Route, target: str, headers: Mapping[str, str]) -> tuple[Bounded, BaseHTTPResponse | None]:
        """Send a request on the kept connection, or on a new one if there is none or it turns out to be dead.

        Return the connection, and urllib3's answer where a pool made the connection.
        """
        from composelib.fetch.connection import get_connection  # noqa: PLC0415 - it loads urllib3

        pool, idle = self.servers[route], self.idle.pop(route, None)
        if idle and idle.ask(target, {**headers, **pool.proxy_headers} if pool.scheme == "http" else headers):
            return idle, None
        response = pool.urlopen("GET", target, headers=headers, **WHOLLY_OURS)
        return get_connection(response), response

    def get_pool(self, route: Route) -> HTTPConnectionPool:
        """Return the connections to a server, or to the proxy before it."""
        from composelib.fetch.connection import open_pool  # noqa: PLC0415 - as above

        if route not in self.servers:
            if len(self.servers) >= MOST_SERVERS:
                self.close()
            self.servers[route] = open_pool(route.origin, route.proxy, self.patience, route.tls)
        return self.servers[route]

    def forget_parent(self) -> None:
        """Leave the connections, after a fork, to the parent, which goes on using them."""
        if self.process != os.getpid():
            self.process = os.getpid()
            self.idle.clear()
            self.servers.clear()

    def close(self) -> None:
        """Close all connections."""
        for pool in self.servers.values():
            pool.close()
        self.idle.clear()
        self.servers.clear()


def encode_or_refuse(url: str) -> str:
    """Return a URL as it is sent. Raise ConfigError if no server can be reached by it."""
    try:
        return encode(url)
    except ValueError as error:
        raise ConfigError(f"{display_url(url)}: not a URL of a server: {error}") from None


def make_headers(url: str, access: Access) -> dict[str, str]:
    """Return the headers that every request has."""
    login = access.find_authorization(url)
    return HEADERS | ({"Authorization": login} if login else {})
