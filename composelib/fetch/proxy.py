"""Proxies: what http_proxy, https_proxy and no_proxy ask for, the same for all that is fetched."""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit

from composelib.errors import ConfigError
from composelib.fetch.apt_auth import basic
from composelib.fetch.url import shown


def proxy_for(url: str) -> str:
    """Give the proxy that http_proxy, https_proxy and no_proxy ask for, or nothing.

    Raises ConfigError for a proxy that is not spoken to by plain HTTP.
    """
    parts = urlsplit(url)
    proxy = environment_proxies().get(parts.scheme, "")
    if not proxy or bypassed(parts.hostname or "", parts.port):
        return ""
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if urlsplit(proxy).scheme != "http":
        raise ConfigError(f"{parts.scheme}_proxy: cannot use the proxy {shown(proxy)}", "only http:// proxies are used")
    return proxy


def environment_proxies() -> dict[str, str]:
    """Give the proxies of the environment by scheme; http's in lower case only, as HTTP_PROXY may be a header."""
    found = {"http": os.environ.get("http_proxy", "")}
    found["https"] = os.environ.get("https_proxy") or os.environ.get("HTTPS_PROXY") or ""
    return found


def bypassed(host: str, port: int | None) -> bool:
    """Tell whether no_proxy names a host: itself, with its port, a domain it is in, or `*`."""
    for word in (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").replace(",", " ").split():
        domain = word.lower().lstrip(".")
        if word == "*" or domain in {host, f"{host}:{port}"} or host.endswith(f".{domain}"):
            return True
    return False


def proxy_headers(proxy: str) -> dict[str, str]:
    """Give the header that lets us through a proxy, when it has a login."""
    parts = urlsplit(proxy)
    if parts.username is None:
        return {}
    return {"Proxy-Authorization": basic(unquote(parts.username), unquote(parts.password or ""))}
