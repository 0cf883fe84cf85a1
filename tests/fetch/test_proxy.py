from __future__ import annotations

import pytest

from composelib.errors import ConfigError
from composelib.fetch import proxy
from composelib.fetch.proxy import find_proxy, make_proxy_headers


@pytest.mark.parametrize(
    ("words", "bypassed"),
    [
        ("example.org", True),
        (".example.org", True),
        ("org", True),
        ("other.net, deb.example.org:80", True),
        ("*", True),
        ("ample.org", False),
        ("deb.example.org:8080", False),
        ("", False),
    ],
)
def test_row_23_no_proxy_names_hosts_and_domains(words: str, bypassed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", words)
    assert proxy.is_bypassed("deb.example.org", 80) is bypassed


def test_each_scheme_has_its_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://plain:1")
    monkeypatch.setenv("HTTPS_PROXY", "http://secure:2")
    assert find_proxy("http://x/") == "http://plain:1"
    assert find_proxy("https://x/") == "http://secure:2"


def test_http_proxy_in_capitals_may_be_a_header_of_a_web_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://evil:1")
    assert not find_proxy("http://x/")


def test_a_proxy_may_lack_its_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "plain:3128")
    assert find_proxy("http://x/") == "http://plain:3128"


@pytest.mark.parametrize(
    "value", ["socks5://me:secret@x:1", "http://me:secret@x:99999", "http://me:secret@[::1", "http://"]
)
def test_a_proxy_that_is_not_a_url_of_http_is_refused_without_its_password(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", value)
    with pytest.raises(ConfigError, match="http_proxy: cannot use the proxy") as caught:
        find_proxy("http://somewhere/")
    assert "secret" not in str(caught.value)


def test_a_login_of_a_proxy_is_decoded() -> None:
    assert make_proxy_headers("http://me:a%40b@x") == {"Proxy-Authorization": "Basic bWU6YUBi"}
    assert not make_proxy_headers("http://x")
