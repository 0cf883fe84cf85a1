"""AppStream's data: tars of icons, whatever is in them."""

from __future__ import annotations

import io
import tarfile

import pytest

from composelib.archive.format.appstream import select_icons


def pack(*names: str, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return a tar of files with two bytes each, with names as given."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size, member.type = 2, kind
            tar.addfile(member, io.BytesIO(b"ab"))
    return stream.getvalue()


def select(tar: bytes) -> list[str]:
    selected = select_icons([tar], {b"foo"})
    with tarfile.open(fileobj=io.BytesIO(selected)) as result:
        return result.getnames()


@pytest.mark.parametrize("name", ["bar_a.png", "foo_/../../a.png", "icons/foo_a.png"])
def test_only_icons_of_the_packages_are_taken_and_none_by_a_path(name: str) -> None:
    assert select(pack(name, "./foo_a.png")) == ["foo_a.png"]


def test_a_sparse_file_is_no_icon() -> None:
    assert select(pack("foo_b.png", kind=tarfile.GNUTYPE_SPARSE) + pack("foo_a.png")) == ["foo_a.png"]
