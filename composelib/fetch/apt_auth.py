"""Names and passwords for archives, from where apt has them: auth.conf and auth.conf.d (apt_auth.conf(5))."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from composelib.errors import MachineError

APT = Path("/etc/apt")


@dataclass(frozen=True)
class Login:
    """Who to be where: an entry of auth.conf. Its password is in no message."""

    machine: str
    name: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Login({self.machine!r})"

    def fits(self, url: str) -> bool:
        """Tell whether this entry is for a URL; without a scheme it is for https only."""
        scheme, has_scheme, rest = self.machine.rpartition("://")
        host, slash, path = rest.partition("/")
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        return (
            parts.scheme == (scheme if has_scheme else "https")
            and host.lower() in {(parts.hostname or "").lower(), f"{(parts.hostname or '').lower()}:{port}"}
            and (parts.path or "/").startswith(slash + path)
        )


def parse(text: str) -> Iterator[Login]:
    """Read entries of the netrc-like format; unknown words are skipped."""
    words = iter(text.split())
    machine, found = "", dict[str, str]()
    for word in words:
        if word == "machine":
            if machine:
                yield Login(machine, found.get("login", ""), found.get("password", ""))
            machine, found = next(words, ""), {}
        elif word in {"login", "password"}:
            found[word] = next(words, "")
    if machine:
        yield Login(machine, found.get("login", ""), found.get("password", ""))


@cache
def logins(apt: Path = APT) -> tuple[Login, ...]:
    """Give all entries of apt's auth.conf and auth.conf.d; a file that may not be read is left out with a word.

    Raises MachineError if a file is there but not text.
    """
    return tuple(login for file in auth_files(apt) for login in read(file))


def auth_files(apt: Path) -> list[Path]:
    """Give the files that apt would read, in its order."""
    parts = sorted(apt.glob("auth.conf.d/*.conf"))
    return [file for file in (apt / "auth.conf", *parts) if file.is_file()]


def read(file: Path) -> Iterable[Login]:
    """Read one file of entries."""
    try:
        return tuple(parse(file.read_text()))
    except PermissionError:
        print(f"{file}: may not be read; its logins are not used", flush=True)
        return ()
    except UnicodeDecodeError:
        raise MachineError(f"{file}: not text") from None


def authorization(url: str, entries: Iterable[Login] | None = None) -> str | None:
    """Give the value of the header Authorization for a URL: of the URL itself, else of the first entry that fits."""
    parts = urlsplit(url)
    if parts.username is not None:
        return basic(unquote(parts.username), unquote(parts.password or ""))
    for entry in logins() if entries is None else entries:
        if entry.fits(url):
            return basic(entry.name, entry.password)
    return None


def basic(name: str, password: str) -> str:
    """Give a name and password as HTTP's basic scheme writes them."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
