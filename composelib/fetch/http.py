"""HTTP: connections that are kept alive, through proxies, with apt's logins, and never waiting for ever.

urllib3 does the talking; it and `ssl` are loaded with the first request, for most runs of the program make none.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from composelib.errors import ConfigError, TrustError
from composelib.fetch.answer import Answer, faults
from composelib.fetch.apt_auth import authorization
from composelib.fetch.proxy import proxy_for
from composelib.fetch.retry import Patience, usual
from composelib.fetch.url import encode, shown

if TYPE_CHECKING:
    from ssl import SSLContext

    from urllib3 import PoolManager
    from urllib3.response import BaseHTTPResponse

MOST_REDIRECTS = 10
REDIRECTS = (301, 302, 303, 307, 308)
HEADERS = {"User-Agent": "deb-compose", "Accept": "*/*", "Connection": "keep-alive"}


@dataclass
class Agent:
    """One caller's connections, one for each server, kept alive; each thread and each process has its own."""

    patience: Patience = field(default_factory=usual)
    context: SSLContext | None = None
    """For https: whom to trust and which certificate to show; without it, the machine's authorities and none."""
    pools: dict[tuple[str, str], PoolManager] = field(default_factory=dict)
    """By scheme, and proxy if there is one."""
    process: int = field(default_factory=os.getpid)
    answered: set[str] = field(default_factory=set)
    """Servers that are known to be there: one of them that refuses is only being restarted."""

    def __post_init__(self) -> None:
        with suppress(ValueError):  # not the main thread, which has seen to it
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # a server that hangs up is an error, not an end

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Iterator[Answer]:
        """Request a URL, follow redirects, and yield the answer to read from.

        Raise ConfigError if the URL names no server, PassingError for what may be gone at another try, NotThereError,
        NetworkError for another refusal, TrustError if the server is not who it should be or redirects where it must not.
        """
        self.forget_parent()
        current = url
        for _ in range(MOST_REDIRECTS + 1):
            with self.request(current, headers or {}) as answer:
                if answer.status not in REDIRECTS:
                    answer.check()
                    yield answer
                    return
                current = answer.redirection()
                answer.drain()
        raise TrustError(f"{shown(url)}: redirected more than {MOST_REDIRECTS} times, at last to {shown(current)}")

    @contextmanager
    def request(self, url: str, headers: Mapping[str, str]) -> Iterator[Answer]:
        """Make one request; its connection is kept if the answer was read to its end."""
        from composelib.fetch.connection import body_of  # noqa: PLC0415 - it loads urllib3

        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        with faults(url, seen=origin in self.answered):
            response = self.send(url, request_headers(url) | dict(headers))
        self.answered.add(origin)
        body = body_of(response)
        try:
            yield Answer(url, body, self.patience)
        finally:
            whole = body.isclosed() or body.length == 0
            body.close()  # this gives back the connection, it does not close it
            if whole and not body.will_close:
                response.release_conn()
            else:
                response.close()

    def send(self, url: str, headers: Mapping[str, str]) -> BaseHTTPResponse:
        """Send a request, once more on a new connection if a kept one turns out to be dead."""
        from urllib3.exceptions import ProtocolError  # noqa: PLC0415 - as above

        encoded = encode_or_refuse(url)
        pools = self.pools_for(url)
        pool = pools.connection_from_url(encoded)
        connections = pool.num_connections
        options: dict[str, Any] = {"redirect": False, "retries": False, "preload_content": False}
        try:
            return pools.urlopen("GET", encoded, headers=headers, **options)
        except ProtocolError:
            if pool.num_connections > connections:
                raise
            return pools.urlopen("GET", encoded, headers=headers, **options)

    def pools_for(self, url: str) -> PoolManager:
        """Return the connections for a URL's scheme and proxy."""
        from composelib.fetch.connection import open_pools, trust  # noqa: PLC0415 - as above

        scheme, proxy = urlsplit(url).scheme, proxy_for(url)
        if (scheme, proxy) not in self.pools:
            context = (self.context or trust()) if scheme == "https" else None
            self.pools[scheme, proxy] = open_pools(proxy, self.patience, context)
        return self.pools[scheme, proxy]

    def forget_parent(self) -> None:
        """After a fork, leave the connections to the parent, who goes on using them."""
        if self.process != os.getpid():
            self.process = os.getpid()
            self.pools.clear()

    def close(self) -> None:
        """Close all connections."""
        for pools in self.pools.values():
            pools.clear()
        self.pools.clear()


def encode_or_refuse(url: str) -> str:
    """Return a URL as it is sent. Raise ConfigError if no server can be reached by it."""
    try:
        return encode(url)
    except ValueError as error:
        raise ConfigError(f"{shown(url)}: not a URL of a server: {error}") from None


def request_headers(url: str) -> dict[str, str]:
    """Return the headers of every request."""
    login = authorization(url)
    return HEADERS | ({"Authorization": login} if login else {})
