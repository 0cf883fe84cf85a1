from __future__ import annotations

from pathlib import Path

import pytest

from composelib.errors import ConfigError, TrustError
from composelib.fetch.url import (
    check_base,
    display_url,
    encode,
    find_local_path,
    insert_snapshot,
    join_url,
    locate_dists,
    redirect,
    resolve_inside,
    to_path,
)


def test_a_redirect_may_be_relative() -> None:
    assert redirect("http://a/b/c", "../d") == "http://a/d"


def test_a_url_is_shown_without_its_password() -> None:
    assert display_url("https://me:secret@example.org/debian?x=1") == "https://example.org/debian?x=1"


def test_a_url_that_a_server_has_signed_is_shown_without_its_signature() -> None:
    assert (
        display_url("https://host/f?X-Amz-Date=1&X-Amz-Signature=ab12")
        == "https://host/f?X-Amz-Date=1&X-Amz-Signature=***"
    )


def test_a_url_is_shown_without_its_password_though_it_cannot_be_read() -> None:
    assert display_url("http://me:secret@[::1/x") == "http://[::1/x"


def test_a_url_is_shown_without_control_characters() -> None:
    assert display_url("http://x/\x1b[2J\u202e") == "http://x/\\x1b[2J\\u202e"


@pytest.mark.parametrize("uri", ["http://x/debian", "http://x/debian/", "http://x/debian//"])
def test_a_base_ends_with_one_slash(uri: str) -> None:
    assert check_base(uri) == "http://x/debian/"


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("ftp://x/", "cannot fetch by ftp"),
        ("debian", "cannot fetch by no scheme"),
        ("http://127.0.0.1:99999/", "not a URL"),
        ("http://[::1/x", "not a URL"),
        ("http:///x", "it names no host"),
        (f"http://{'a' * 300}/", "it names no host"),
    ],
)
def test_a_base_that_is_of_no_use_is_a_config_error(uri: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_base(uri)


def test_names_are_quoted_once() -> None:
    assert join_url("http://x/", "./pool/a+b 1%.deb") == "http://x/pool/a%2Bb%201%25.deb"


@pytest.mark.parametrize(
    ("suite", "url"),
    [("stable", "x/dists/stable/"), ("./", "x/"), ("a b/", "x/a%20b/"), ("s/updates", "x/dists/s/updates/")],
)
def test_the_folder_of_a_suite(suite: str, url: str) -> None:
    assert locate_dists("x/", suite) == url


@pytest.mark.parametrize(
    ("url", "encoded"),
    [
        ("http://x", "http://x/"),
        ("http://me:secret@X:8080/a?b#c", "http://x:8080/a?b"),
        ("http://x/a b?c d", "http://x/a%20b?c%20d"),
        ("http://x/a%20b%2B+~", "http://x/a%20b%2B+~"),
        ("http://[::1]:80/", "http://[::1]:80/"),
        ("http://b\u00fccher.example/\u00fc", "http://xn--bcher-kva.example/%C3%BC"),
    ],
)
def test_a_url_is_encoded_for_the_wire(url: str, encoded: str) -> None:
    assert encode(url) == encoded


def test_an_encoded_url_stays_as_it_is() -> None:
    assert encode(encode("http://x/\u00fc b?%")) == encode("http://x/\u00fc b?%")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://x/", "http://x/", "gopher:x"])
def test_a_redirect_may_not_lower_the_trust(target: str) -> None:
    with pytest.raises(TrustError, match="refused to be redirected to"):
        redirect("https://a/b", target)


def test_a_redirect_may_raise_the_trust() -> None:
    assert redirect("http://a/b", "https://c/d") == "https://c/d"
    assert redirect("https://a/b", "//c/d") == "https://c/d"


def test_a_local_path_is_decoded() -> None:
    assert to_path("file:///a%20b") == Path("/a b")


def test_a_link_within_a_root_is_followed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("file")
    assert resolve_inside(tmp_path / "link", tmp_path) == (tmp_path / "file").resolve()


def test_a_link_out_of_a_root_is_refused(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root/link").symlink_to("../file")
    with pytest.raises(TrustError, match="leads outside of its archive"):
        resolve_inside(tmp_path / "root/link", tmp_path / "root")


@pytest.mark.parametrize("uri", ["http://x/{snapshot}/", "http://x/@SNAPSHOTID@/"])
def test_a_snapshot_goes_where_the_uri_has_room_for_it(uri: str) -> None:
    assert insert_snapshot(uri, "20260101T000000Z") == "http://x/20260101T000000Z/"


def test_only_a_file_url_names_a_path_of_this_machine() -> None:
    assert find_local_path("file:///a%20b") == Path("/a b")
    assert find_local_path("http://mirror/a") is None
