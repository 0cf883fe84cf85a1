"""URLs of archives: put together, shown without secrets, and turned into paths."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from composelib.errors import ConfigError, TrustError

SCHEMES = ("http", "https", "file")


def base(uri: str) -> str:
    """Give a URI that names a folder, with one slash at its end; raises ConfigError if its scheme is of no use here."""
    scheme = urlsplit(uri).scheme
    if scheme not in SCHEMES:
        raise ConfigError(f"{shown(uri)}: cannot fetch by {scheme or 'no scheme'}", "use http:, https: or file:")
    return uri.rstrip("/") + "/"


def below(folder: str, name: str) -> str:
    """Give the URL of a file below a folder's; `name` is a plain path, not yet quoted."""
    return folder + quoted(name)


def quoted(name: str) -> str:
    """Give a plain path as it stands in a URL; bytes that are no text go through unharmed."""
    return quote(name.removeprefix("./").encode(errors="surrogateescape"), safe="/~")


def dists(folder: str, suite: str) -> str:
    """Give the URL of the folder that holds a suite's Release file; of a flat repository that is the suite itself."""
    if suite.endswith("/"):
        path = suite.removeprefix("./").strip("/")
        return folder + (quote(path) + "/" if path else "")
    return f"{folder}dists/{quote(suite)}/"


def shown(url: str) -> str:
    """Give a URL for people to read: no password in it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def is_local(url: str) -> bool:
    """Tell whether a URL is of a file of this machine."""
    return url.startswith("file:")


def local_path(url: str) -> Path:
    """Give the path of a file: URL."""
    return Path(unquote(urlsplit(url).path))


def inside(path: Path, root: Path) -> Path:
    """Give the real path of a local file; raises TrustError if a link leads it out of its archive's root."""
    real = path.resolve()
    if not real.is_relative_to(root.resolve()):
        raise TrustError(f"{path}: leads outside of its archive, to {real}", "no file from there is taken")
    return real


def redirected(url: str, target: str) -> str:
    """Give the URL a server sends its caller to; raises TrustError if that would lower what the caller relies on."""
    new = urljoin(url, target)
    old_scheme, new_scheme = urlsplit(url).scheme, urlsplit(new).scheme
    if new_scheme not in {"http", "https"} or (old_scheme == "https" and new_scheme != "https"):
        raise TrustError(f"{shown(url)}: refused to be sent on to {shown(new)}")
    return new


def with_snapshot(uri: str, snapshot: str) -> str:
    """Put a snapshot's ID where a URI has `{snapshot}` or, as apt writes it, `@SNAPSHOTID@`."""
    return re.sub(r"\{snapshot\}|@SNAPSHOTID@", snapshot, uri)
