"""The proxies that http_proxy, https_proxy and no_proxy name, the same for every request."""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit

from composelib.errors import ConfigError
from composelib.fetch.apt_auth import encode_basic
from composelib.fetch.url import display_url, encode


def find_proxy(url: str) -> str:
    """Return the URL of the proxy for a URL, empty if there is none.

    Raise ConfigError for a proxy that is not a URL of http.
    """
    target = urlsplit(url)
    proxy = read_environment().get(target.scheme, "")
    if not proxy or is_bypassed(target.hostname or "", target.port):
        return ""
    return use_proxy(proxy, f"{target.scheme}_proxy")


def use_proxy(proxy: str, source: str) -> str:
    """Return the URL of a proxy. Raise ConfigError, which names the source, for one that is not a URL of http."""
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    try:
        usable = urlsplit(proxy).scheme == "http" and encode(proxy)
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(f"{source}: cannot use the proxy {display_url(proxy)}", "use an http:// proxy")
    return proxy


def read_environment() -> dict[str, str]:
    """Return the environment's proxies by scheme; HTTP_PROXY is ignored, as in a CGI script it may be a client's header."""
    https = os.environ.get("https_proxy") or os.environ.get("HTTPS_PROXY") or ""
    return {"http": os.environ.get("http_proxy", ""), "https": https}


def is_bypassed(host: str, port: int | None) -> bool:
    """Return whether no_proxy names a host: itself, with its port, a domain it is in, or `*`."""
    for word in (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").replace(",", " ").split():
        domain = word.lower().lstrip(".")
        if word == "*" or domain in {host, f"{host}:{port}"} or host.endswith(f".{domain}"):
            return True
    return False


def make_proxy_headers(proxy: str) -> dict[str, str]:
    """Return the header with a proxy's login, if its URL has one."""
    server = urlsplit(proxy)
    if server.username is None:
        return {}
    return {"Proxy-Authorization": encode_basic(unquote(server.username), unquote(server.password or ""))}
