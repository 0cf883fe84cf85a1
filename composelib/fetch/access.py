"""How the servers of an archive are reached: their proxy, whom to trust by TLS, which certificate to show, which login to send.

An archive with `uri: host` is reached as this machine's apt reaches it (apt-transport-http(1), apt-transport-https(1)); any
other as the environment says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from composelib.dataclass import dataclass
from composelib.errors import ConfigError
from composelib.fetch.apt_auth import find_authorization, read_logins
from composelib.fetch.proxy import find_proxy, is_bypassed, use_proxy
from composelib.fetch.url import encode

if TYPE_CHECKING:
    from composelib.model.archive import ArchiveAccess, ClientCertificate

DIRECT = "DIRECT"
OTHERS = 0o007
YES = ("yes", "true", "with", "on", "enable", "1")


@dataclass(frozen=True)
class TlsOptions:
    """What a TLS connection needs: files of authorities and of a certificate with its key, and what is checked."""

    authorities: Path | None = None
    """Without it, the machine's own."""
    certificate: Path | None = None
    key: Path | None = None
    verify_peer: bool = True
    verify_host: bool = True


@dataclass(frozen=True)
class Access:
    """How an archive's servers are reached; `settings` are apt's, by name in lower case, and None if apt's do not count."""

    settings: Mapping[str, str] | None = None
    certificate: TlsOptions = TlsOptions()
    """The archive's own client certificate."""
    proxies: dict[str, str] = field(default_factory=dict, compare=False)
    """What apt's program for it said, by scheme, host and port."""

    def find(self, url: str, option: str) -> str:
        """Return the setting of apt for a URL's host, else that for all hosts; https has http's where it has none of its own."""
        target, settings = urlsplit(url), self.settings or {}
        schemes = ("https", "http") if target.scheme == "https" else (target.scheme,)
        for suffix in (f"::{target.hostname}", ""):
            for scheme in schemes:
                value = settings.get(f"acquire::{scheme}::{option}{suffix}".lower(), "")
                if value:
                    return value
        return ""

    def find_proxy(self, url: str) -> str:
        """Return the URL of the proxy for a URL, empty if there is none. Raise ConfigError for one that cannot be used."""
        if self.settings is None:
            return find_proxy(url)
        target = urlsplit(url)
        scheme, host = target.scheme, target.hostname or ""
        name = f"Acquire::{scheme}::Proxy"
        if f"{name}::{host}".lower() not in self.settings:
            detected = self.detect_proxy(url)
            if detected:
                return "" if detected == DIRECT else use_proxy(detected, f"{name}-Auto-Detect of apt.conf")
        proxy = self.find(url, "Proxy")
        if not proxy:
            return find_proxy(url)
        if proxy == DIRECT or is_bypassed(host, target.port):
            return ""
        return use_proxy(proxy, f"{name} of apt.conf")

    def detect_proxy(self, url: str) -> str:
        """Return what the program says that apt asks for its proxies, empty if there is none or it says nothing."""
        program = self.find(url, "Proxy-Auto-Detect") or self.find(url, "ProxyAutoDetect")
        if not program:
            return ""
        target = urlsplit(encode(url))  # without its login: all users of the machine see the arguments of programs
        origin = f"{target.scheme}://{target.netloc}"
        if origin not in self.proxies:
            from composelib.tools.run import run  # noqa: PLC0415 - few machines have such a program

            printed = run([program, target.geturl()], capture=True, timeout=30).stdout.decode(errors="replace")
            self.proxies[origin] = printed.strip().partition("\n")[0].strip()
        return self.proxies[origin]

    def find_tls_options(self, url: str) -> TlsOptions:
        """Return the options of TLS for a URL."""
        if self.settings is None:
            return self.certificate
        certificate = self.find(url, "SslCert")
        return TlsOptions(
            authorities=as_path(self.find(url, "CaInfo")),
            certificate=as_path(certificate),
            key=as_path(self.find(url, "SslKey") or certificate),
            verify_peer=is_yes(self.find(url, "Verify-Peer")),
            verify_host=is_yes(self.find(url, "Verify-Host")),
        )

    def follow(self, url: str, target: str) -> Access:
        """Return how a URL is reached that `url` redirects to: an archive's own certificate is for its own server alone."""
        same = urlsplit(url)[:2] == urlsplit(target)[:2]
        return self if same or self.settings is not None else DEFAULT

    def find_authorization(self, url: str) -> str | None:
        """Return the value of the header Authorization for a URL; None if there is no login for it."""
        if self.settings is None or not self.settings.get("netrc"):
            return find_authorization(url)
        return find_authorization(url, read_logins(Path(self.settings["netrc"]), Path(self.settings["netrcparts"])))


DEFAULT = Access()
"""For archives that say nothing of it: as the environment says."""


def as_path(text: str) -> Path | None:
    """Return the path in a setting, None if it is empty."""
    return Path(text) if text else None


def is_yes(text: str) -> bool:
    """Return whether a setting of apt, true by default, is on."""
    return not text or text.lower() in YES


def open_access(access: ArchiveAccess, settings: Mapping[str, str] | None = None) -> Access:
    """Return how an archive is reached; `settings` are apt's where the caller has them already."""
    if access.host:
        from composelib.tools import apt  # noqa: PLC0415 - only such archives are reached as apt reaches them

        return Access(settings=apt.read_settings() if settings is None else settings)
    certificate = access.certificate
    if certificate is None:
        return DEFAULT
    check_private(certificate)
    return Access(certificate=TlsOptions(certificate=certificate.cert, key=certificate.key_file))


def open_accesses(urls: Iterable[tuple[ArchiveAccess, Iterable[str]]]) -> dict[str, Access]:
    """Return how the servers below each URL are reached, for archives with their URLs."""
    return {url: opened for access, bases in urls for opened in [open_access(access)] for url in bases}


def check_private(certificate: ClientCertificate) -> None:
    """Raise ConfigError if others than its owner and group can read or change the key of a certificate."""
    if certificate.key_file.exists() and certificate.key_file.stat().st_mode & OTHERS:
        raise ConfigError(
            f"{certificate.origin}: client-certificate: the key may be read or changed by everybody on this machine",
            "`chmod o= FILE` keeps it private; whoever may have read it should not have had it: consider a new one",
        )
