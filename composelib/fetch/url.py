"""URLs of archives: put together, checked, encoded, shown without secrets, and turned into paths."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit, urlunsplit

from composelib.errors import ConfigError, TrustError
from composelib.text.escape import escape, excerpt
from composelib.text.local_url import is_local

SCHEMES = ("http", "https", "file")
HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
LONGEST_HOST = 253
RESERVED = "!#$%&'()*+,/:;=?@[]~"
"""Characters that are not encoded in a URL, among them the `%` of what is encoded already."""


def check_base(uri: str) -> str:
    """Return a URI that names a folder, with one slash at its end. Raise ConfigError if nothing can be fetched by it."""
    try:
        scheme = urlsplit(uri).scheme
        if scheme in {"http", "https"}:
            encode(uri)
    except ValueError as error:
        raise ConfigError(f"{display_url(uri)}: not a URL: {error}") from None
    if scheme not in SCHEMES:
        raise ConfigError(f"{display_url(uri)}: cannot fetch by {scheme or 'no scheme'}", "use http:, https: or file:")
    return uri.rstrip("/") + "/"


def join_url(folder: str, name: str) -> str:
    """Return the URL of a file below a folder's; `name` is a plain path, not yet quoted."""
    return folder + quote_path(name)


def quote_path(name: str) -> str:
    """Return a plain path, quoted for a URL; bytes that are not UTF-8 are kept."""
    return quote(name.removeprefix("./").encode(errors="surrogateescape"), safe="/~")


def locate_dists(folder: str, suite: str) -> str:
    """Return the URL of the folder that holds a suite's Release file; of a flat repository that is the suite itself."""
    if suite.endswith("/"):
        path = suite.removeprefix("./").strip("/")
        return folder + (quote(path) + "/" if path else "")
    return f"{folder}dists/{quote(suite)}/"


def display_url(url: str) -> str:
    """Return a URL for people to read: without its login, other secrets and control characters."""
    from composelib.text.secret import conceal_rest  # noqa: PLC0415 - its patterns take time to compile, and few URLs are shown

    try:
        split = urlsplit(url)
        return escape(conceal_rest(urlunsplit(split._replace(netloc=split.netloc.rpartition("@")[2]))))
    except ValueError:
        return excerpt(conceal_rest(re.sub(r"//[^/]*@", "//", url)))


def to_path(url: str) -> Path:
    """Return the path that a `file:` URL names."""
    return Path(unquote(urlsplit(url).path))


def find_local_path(url: str) -> Path | None:
    """Return the path that a URL names; None if it is on another machine."""
    return to_path(url) if is_local(url) else None


def resolve_inside(path: Path, root: Path) -> Path:
    """Return the real path of a local file. Raise TrustError if a link leads it out of its archive's root."""
    real = path.resolve()
    if not real.is_relative_to(root.resolve()):
        raise TrustError(f"{path}: leads outside of its archive, to {real}", "files outside of it are refused")
    return real


def encode(url: str) -> str:
    """Return a URL of http or https as it is sent: in ASCII, blanks encoded, without login and fragment.

    Raise ValueError if it names no server.
    """
    split = urlsplit(url)
    path, query = quote(split.path or "/", safe=RESERVED), quote(split.query, safe=RESERVED)
    return urlunsplit((split.scheme, encode_server(split), path, query, ""))


def encode_server(split: SplitResult) -> str:
    """Return host and port in ASCII. Raise ValueError if there is no host or no such port."""
    try:
        host = (split.hostname or "").encode("idna").decode()
    except UnicodeError:
        host = ""
    if len(host) > LONGEST_HOST or not HOST.fullmatch(host):
        raise ValueError("it names no host")
    name = f"[{host}]" if ":" in host else host
    return name if split.port is None else f"{name}:{split.port}"


def redirect(url: str, target: str) -> str:
    """Return the URL that a server redirects to; `target` may be relative, with bytes read as Latin-1 (RFC 9110).

    Raise TrustError if it names no server, is not of HTTP, or leads from https to http.
    """
    try:
        new = urljoin(url, quote(target, safe=RESERVED, encoding="latin-1", errors="replace"))
        scheme = urlsplit(new).scheme
    except ValueError as error:
        raise refuse_redirect(url, target, str(error)) from None
    if scheme not in {"http", "https"} or (scheme == "http" and urlsplit(url).scheme == "https"):
        raise TrustError(f"{display_url(url)}: refused to be redirected to {display_url(new)}")
    try:
        encode(new)
    except ValueError as error:
        raise refuse_redirect(url, target, str(error)) from None
    return new


def refuse_redirect(url: str, target: str, reason: str) -> TrustError:
    """Return the error for a redirect to a text that is not a URL."""
    from composelib.text.secret import conceal  # noqa: PLC0415 - its patterns take time to compile, and few URLs are shown

    return TrustError(
        f"{display_url(url)}: redirected to {excerpt(conceal(target))}, which is not a URL: {excerpt(conceal(reason))}"
    )


def insert_snapshot(uri: str, snapshot: str) -> str:
    """Put a snapshot's ID where a URI has `{snapshot}` or, as apt writes it, `@SNAPSHOTID@`."""
    return re.sub(r"\{snapshot\}|@SNAPSHOTID@", snapshot, uri)
