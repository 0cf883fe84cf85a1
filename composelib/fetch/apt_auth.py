"""Logins to archives, read from apt's auth.conf and auth.conf.d (apt_auth.conf(5))."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from composelib.dataclass import dataclass
from composelib.errors import MachineError

APT = Path("/etc/apt")
SNIPPET = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_-]*(?:\.conf)?|[A-Za-z0-9_-][A-Za-z0-9_.-]*\.conf")


@dataclass(frozen=True)
class Login:
    """An entry of auth.conf: the login for a machine. The password appears in no message."""

    machine: str
    name: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Login({self.machine!r})"

    def fits(self, url: str) -> bool:
        """Return whether this entry is for a URL; an entry without a scheme is for https only."""
        scheme, has_scheme, rest = self.machine.rpartition("://")
        host, slash, path = rest.partition("/")
        target = urlsplit(url)
        port = target.port or {"http": 80, "https": 443}.get(target.scheme)
        return (
            target.scheme == (scheme if has_scheme else "https")
            and host.lower() in {target.hostname or "", f"{target.hostname or ''}:{port}"}
            and (target.path or "/").startswith(slash + path)
        )


def parse(text: str) -> Iterator[Login]:
    """Read entries of the netrc-like format; unknown words are skipped."""
    words = iter(text.split())
    machine, values = "", dict[str, str]()
    for word in words:
        if word == "machine":
            if machine:
                yield Login(machine, values.get("login", ""), values.get("password", ""))
            machine, values = next(words, ""), {}
        elif word in {"login", "password"}:
            values[word] = next(words, "")
    if machine:
        yield Login(machine, values.get("login", ""), values.get("password", ""))


@cache
def read_logins(file: Path = APT / "auth.conf", folder: Path = APT / "auth.conf.d") -> tuple[Login, ...]:
    """Return all entries of apt's auth.conf and auth.conf.d; skip a file without read permission, with a message.

    Raise MachineError if a file is not text.
    """
    return tuple(login for path in list_auth_files(file, folder) for login in read(path))


def list_auth_files(file: Path, folder: Path) -> list[Path]:
    """Return the files that apt reads, in its order: of a folder those with the suffix .conf or none."""
    snippets = sorted(path for path in folder.glob("*") if SNIPPET.fullmatch(path.name))
    return [path for path in (file, *snippets) if path.is_file()]


def read(file: Path) -> Iterable[Login]:
    """Read one file of entries."""
    try:
        return tuple(parse(file.read_text()))
    except PermissionError:
        print(f"{file}: not readable; its logins are not used", flush=True)
        return ()
    except UnicodeDecodeError:
        raise MachineError(f"{file}: not text") from None


def find_authorization(url: str, entries: Iterable[Login] | None = None) -> str | None:
    """Return the value of the header Authorization for a URL: its own login, else that of the first entry that fits."""
    target = urlsplit(url)
    if target.username is not None:
        return encode_basic(unquote(target.username), unquote(target.password or ""))
    for entry in read_logins() if entries is None else entries:
        if entry.fits(url):
            return encode_basic(entry.name, entry.password)
    return None


def encode_basic(name: str, password: str) -> str:
    """Return a name and password as HTTP's basic scheme writes them (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
