from __future__ import annotations

import gzip
import io
import tarfile

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


def make_tar(*entries: tuple[str, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    """Return a tar of entries whose names may repeat; one without content is a link to /etc/passwd."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as tar:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.mtime = 0.5 if form == tarfile.PAX_FORMAT else 0
            if not content:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def wrap(control: bytes) -> bytes:
    """Return a .deb with this tar of control files."""
    head = CONTENT.partition(b"control.tar.gz")[0]
    size = int(CONTENT[len(head) + 48 :][:10])
    rest = CONTENT[len(head) + 60 + size + size % 2 :]
    packed = gzip.compress(control, mtime=0)
    header = CONTENT[len(head) : len(head) + 48] + str(len(packed)).encode().ljust(10) + b"`\n"
    return head + header + packed + b"\n" * (len(packed) % 2) + rest


TEXT = CONTROL.encode()
EVIL = TEXT.replace(b"Package: a", b"Package: evil")


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize(
    "entries", [(("./control", TEXT), ("./md5sums", b"x")), (("md5sums", b"x"), ("control", TEXT))]
)
def test_the_control_file_may_be_anywhere_in_any_tar(entries: tuple[tuple[str, bytes], ...], form: int) -> None:
    content = wrap(make_tar(*entries, form=form))
    assert deb.read_control(io.BytesIO(content), len(content)) == TEXT


@pytest.mark.parametrize("second", ["./control", "control", "././control", ".//control", "x/../control"])
def test_row_37_two_control_files_are_refused_as_programs_differ_in_which_they_read(second: str) -> None:
    content = wrap(make_tar(("./control", TEXT), (second, EVIL)))
    with pytest.raises(StanzaError, match=r"has two files control"):
        deb.read_control(io.BytesIO(content), len(content))


def test_row_37_a_control_file_that_is_a_link_is_refused() -> None:
    content = wrap(make_tar(("./control", b"")))
    with pytest.raises(StanzaError, match="not a regular file"):
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
