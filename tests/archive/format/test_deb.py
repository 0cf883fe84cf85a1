from __future__ import annotations

import io

import pytest

from composelib.archive.format import deb
from composelib.archive.format.stanza import StanzaError
from tests.kit.tiny_archive import DATE
from tests.kit.tiny_archive import deb as make_deb

CONTROL = "Package: a\nVersion: 1\nArchitecture: all\n"
CONTENT = make_deb(CONTROL, {"usr/share/a": b"content"})


def test_the_control_stanza_is_read_as_it_is() -> None:
    assert deb.read_control(io.BytesIO(CONTENT), len(CONTENT)).decode() == CONTROL


def test_the_newest_member_dates_the_package() -> None:
    assert deb.read_newest_time(io.BytesIO(CONTENT), len(CONTENT)) == DATE


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"junk", "does not begin as an ar archive"),
        (CONTENT[:200], "cut off: its member control.tar.gz"),
        (CONTENT.replace(b"control.tar.gz", b"control.tar.7z"), "expected the member control.tar, got control.tar.7z"),
        (CONTENT.replace(b"data.tar.gz", b"more.tar.gz"), "expected the member data.tar, got more.tar.gz"),
        (CONTENT.replace(b"\n2.0\n", b"\n3.0\n"), "not a .deb of format 2: its debian-binary says b'3.0"),
    ],
)
def test_what_is_not_a_deb_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(StanzaError, match=message):
        deb.read_control(io.BytesIO(content), len(content))


def test_a_time_with_fractions_of_a_second_is_read() -> None:
    time = str(DATE).encode()
    content = CONTENT.replace(time.ljust(12), (time + b".4").ljust(12))
    assert content != CONTENT
    assert deb.read_newest_time(io.BytesIO(content), len(content)) == DATE


def test_other_compressions_are_left_to_dpkg_deb() -> None:
    content = CONTENT.replace(b"control.tar.gz ", b"control.tar.zst")
    with pytest.raises(deb.UnreadableError):
        deb.read_control(io.BytesIO(content), len(content))
