from __future__ import annotations

from pathlib import Path

import pytest

from composelib.fetch.apt_auth import Login, find_authorization, parse, read_logins

URL = "https://example.org/debian/dists/x"


@pytest.mark.parametrize(
    "machine",
    ["example.org", "example.org/deb", "example.org/debian", "example.org/debian/", "example.org:443", "EXAMPLE.org"],
)
def test_an_entry_that_fits(machine: str) -> None:
    assert Login(machine).fits(URL)


@pytest.mark.parametrize(
    "machine",
    ["example.org:8443", "example.org/deb/", "example.org/ubuntu", "example.orga", "example.net", "http://example.org"],
)
def test_an_entry_that_does_not_fit(machine: str) -> None:
    assert not Login(machine).fits(URL)


def test_an_entry_without_a_scheme_is_not_for_http() -> None:
    assert not Login("example.org").fits("http://example.org/debian")
    assert Login("http://example.org").fits("http://example.org/debian")


def test_entries_may_stand_on_a_line_or_over_several() -> None:
    text = "machine a login b password c\nmachine d\n  login e\n  account ignored\n  password f\n"
    assert [(entry.machine, entry.name, entry.password) for entry in parse(text)] == [("a", "b", "c"), ("d", "e", "f")]


def test_the_files_of_apt_are_read_in_its_order(tmp_path: Path) -> None:
    (tmp_path / "auth.conf.d").mkdir()
    (tmp_path / "auth.conf").write_text("machine first login a password b\n")
    (tmp_path / "auth.conf.d" / "20.conf").write_text("machine third login a password b\n")
    (tmp_path / "auth.conf.d" / "10.conf").write_text("machine second login a password b\n")
    (tmp_path / "auth.conf.d" / "note").write_text("machine fourth login a password b\n")
    for name in ("30.conf.bak", "30.disabled", ".conf", "30~"):
        (tmp_path / "auth.conf.d" / name).write_text("machine never login a password b\n")
    logins = read_logins(tmp_path / "auth.conf", tmp_path / "auth.conf.d")
    assert [entry.machine for entry in logins] == ["first", "second", "third", "fourth"]


def test_the_first_entry_that_fits_counts() -> None:
    entries = [Login("example.org/other", "x", "y"), Login("example.org", "a", "b"), Login("example.org", "c", "d")]
    assert find_authorization(URL, entries) == "Basic YTpi"


def test_what_fits_nothing_has_no_login() -> None:
    assert find_authorization("http://example.org/", [Login("example.org", "a", "b")]) is None
