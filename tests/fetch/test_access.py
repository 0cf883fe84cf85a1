from __future__ import annotations

from pathlib import Path

import pytest

from composelib.errors import ConfigError
from composelib.fetch.access import DEFAULT, Access, TlsOptions, open_access, open_accesses
from composelib.model.archive import ArchiveAccess, ClientCertificate
from tests.kit.archive_stages import ORIGIN

URL = "https://deb.example.org/debian/x"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take proxies out of the environment."""
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


def apt(**settings: str) -> Access:
    return Access(
        {f"acquire::{name.replace('__', '::').replace('_', '-')}".lower(): value for name, value in settings.items()}
    )


@pytest.mark.parametrize(
    ("access", "proxy"),
    [
        (apt(), ""),
        (apt(http__Proxy="http://p:1"), "http://p:1"),
        (apt(http__Proxy="http://p:1", https__Proxy="http://s:1"), "http://s:1"),
        (apt(http__Proxy="http://p:1", https__Proxy="DIRECT"), ""),
        (Access({"acquire::http::proxy": "http://p:1", "acquire::http::proxy::deb.example.org": "DIRECT"}), ""),
        (
            Access({"acquire::http::proxy": "DIRECT", "acquire::https::proxy::deb.example.org": "http://h:1"}),
            "http://h:1",
        ),
        (apt(http__Proxy_Auto_Detect="/bin/false-is-not-run", https__Proxy="http://s:1"), None),
        (apt(http__ProxyAutoDetect="/usr/bin/env echo"), None),
    ],
)
def test_the_proxy_is_the_one_that_apt_would_use(access: Access, proxy: str | None, tmp_path: Path) -> None:
    if proxy is None:
        program = tmp_path / "detect"
        program.write_text("#!/bin/sh\necho http://detected:$#\n")
        program.chmod(0o755)
        access = Access(
            {name: str(program) if "detect" in name else value for name, value in (access.settings or {}).items()}
        )
        proxy = "http://detected:1"
    assert access.find_proxy(URL) == proxy


def test_the_program_that_names_proxies_is_told_no_login(tmp_path: Path) -> None:
    program = tmp_path / "detect"
    program.write_text("#!/bin/sh\necho $* >> $0.log; echo DIRECT\n")
    program.chmod(0o755)
    access = apt(http__Proxy_Auto_Detect=str(program))
    for url in ("http://me:secret@h:81/x?y", "http://h:81/z"):
        assert access.find_proxy(url) == ""
    assert (tmp_path / "detect.log").read_text() == "http://h:81/x?y\n"


def test_where_apt_has_no_proxy_the_environment_has_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://env:1")
    assert apt().find_proxy(URL) == "http://env:1"
    assert apt(https__Proxy="DIRECT").find_proxy(URL) == ""
    monkeypatch.setenv("no_proxy", "example.org")
    assert apt(https__Proxy="http://s:1").find_proxy(URL) == ""


def test_a_proxy_of_apt_that_cannot_be_used_is_named_by_its_setting() -> None:
    with pytest.raises(ConfigError, match=r"Acquire::https::Proxy of apt.conf: cannot use the proxy socks5h://p:1"):
        apt(http__Proxy="socks5h://p:1").find_proxy(URL)


def test_tls_is_as_apt_has_it_for_each_host() -> None:
    access = Access(
        {
            "acquire::https::cainfo": "/ca.pem",
            "acquire::https::cainfo::deb.example.org": "/own.pem",
            "acquire::https::verify-host::deb.example.org": "false",
            "acquire::https::sslcert": "/c.pem",
        }
    )
    expected = TlsOptions(Path("/own.pem"), Path("/c.pem"), Path("/c.pem"), verify_peer=True, verify_host=False)
    assert access.find_tls_options(URL) == expected
    assert access.find_tls_options("https://other/").authorities == Path("/ca.pem")


def test_an_archives_own_certificate_is_shown_to_its_own_server_alone(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.touch(0o600)
    own = open_access(ArchiveAccess(certificate=ClientCertificate(ORIGIN, tmp_path / "c.pem", key)))
    assert own.find_tls_options(URL).key == key
    assert own.follow(URL, "https://deb.example.org/elsewhere") is own
    assert own.follow(URL, "https://cdn.example.net/") is DEFAULT
    assert open_accesses([(ArchiveAccess(), ["http://a/"])]) == {"http://a/": DEFAULT}


def test_a_key_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "SECRET.pem"
    key.touch()
    key.chmod(0o644)
    with pytest.raises(ConfigError, match=r"tiny.yaml:3:5: client-certificate: the key may be read") as caught:
        open_access(ArchiveAccess(certificate=ClientCertificate(ORIGIN, key, key)))
    assert "SECRET" not in str(caught.value)
