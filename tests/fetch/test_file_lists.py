"""The lists of the files in .debs, which are read once.

Also covers: composelib.archive.format.tar_names.
"""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from composelib.archive.format.stanza import StanzaError
from composelib.fetch.file_lists import FileLists, MemberStream
from tests.kit.tiny_archive import deb, paragraph

CONTROL = paragraph({"Package": "foo", "Version": "1", "Architecture": "all", "Maintainer": "A <a@example.org>"})
SHA256 = "ab" * 32


@pytest.fixture
def lists(tmp_path: Path) -> FileLists:
    return FileLists(tmp_path / "lists")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "foo.deb"
    path.write_bytes(deb(CONTROL, {"usr/b": b"b" * 3000, "usr/a": b"", "a\nb": b""}))
    return path


def test_files_are_sorted_and_a_name_that_no_line_can_hold_is_left_out(lists: FileLists, package: Path) -> None:
    assert lists.read(SHA256, package).paths == [b"usr/a", b"usr/b"]


def test_a_package_is_opened_once(lists: FileLists, package: Path) -> None:
    lists.read(SHA256, package)
    package.unlink()
    assert lists.read(SHA256, package).paths == [b"usr/a", b"usr/b"]


def test_lists_of_packages_that_are_gone_are_removed(lists: FileLists, package: Path) -> None:
    for sha256 in (SHA256, "cd" * 32):
        lists.read(sha256, package)
    lists.retain({SHA256})
    assert [path.name for path in lists.folder.glob("*/*")] == [SHA256]


@pytest.mark.parametrize("cut", [0, 1, 40, 70])
def test_a_damaged_list_is_made_anew(lists: FileLists, package: Path, cut: int) -> None:
    lists.read(SHA256, package)
    content = lists.locate(SHA256).read_bytes()
    lists.locate(SHA256).write_bytes(content[:cut])
    assert lists.read(SHA256, package).paths == [b"usr/a", b"usr/b"]
    assert lists.locate(SHA256).read_bytes() == content


@pytest.mark.parametrize("compression", ["none", "gzip", "xz", "zstd"])
def test_whatever_dpkg_deb_compresses_with_is_read(tmp_path: Path, lists: FileLists, compression: str) -> None:
    expected = [b"opt/deep", b"usr/bin/foo", b"usr/bin/link", b"usr/lib/" + b"x" * 120 + b"/foo"]
    assert lists.read(SHA256, make_package(tmp_path, compression)).paths == expected


def make_package(folder: Path, compression: str) -> Path:
    """Return a .deb that dpkg-deb made."""
    tree, package = folder / "tree", folder / "foo.deb"
    for name in ("DEBIAN/control", "usr/bin/foo", f"usr/lib/{'x' * 120}/foo", "opt/deep"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(CONTROL)
    (tree / "usr/bin/link").symlink_to("foo")
    command = ["dpkg-deb", "--root-owner-group", f"-Z{compression}", "-b", str(tree), str(package)]
    subprocess.run(command, check=True, capture_output=True)
    return package


def test_a_tar_that_is_cut_off_is_an_error(lists: FileLists, package: Path) -> None:
    content = package.read_bytes()
    package.write_bytes(content[:-40])
    with pytest.raises(StanzaError):
        lists.read(SHA256, package)


@pytest.mark.parametrize("size", [b"-0000001750", b"+0000000010", b"0_000000010"])
def test_a_size_that_is_no_number_of_octal_digits_is_an_error(
    lists: FileLists, package: Path, tmp_path: Path, size: bytes
) -> None:
    tar = (b"usr/a".ljust(124, b"\0") + size + b"\0").ljust(512, b"\0")
    (tmp_path / "debian-binary").write_text("2.0\n")
    (tmp_path / "data.tar").write_bytes(tar + bytes(1024))
    package.unlink()
    subprocess.run(["ar", "rc", package, "debian-binary", "data.tar"], check=True, cwd=tmp_path)
    with pytest.raises(StanzaError, match="is not a size"):
        lists.read(SHA256, package)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_is_no_damage_to_the_package(
    lists: FileLists, package: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(_stream: MemberStream, _size: int) -> bytes:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(MemberStream, "read", fail)
    with pytest.raises(OSError, match=os.strerror(number)) as raised:
        lists.read(SHA256, package)
    assert raised.value.errno == number


@pytest.mark.parametrize("compression", ["gzip", "xz"])
def test_a_member_that_is_damaged_is_named(tmp_path: Path, lists: FileLists, compression: str) -> None:
    path = make_package(tmp_path, compression)
    content = bytearray(path.read_bytes())
    start = content.index(b"data.tar") + 60  # the header of a member (ar(5))
    content[start : start + 20] = bytes(20)
    path.write_bytes(content)
    with pytest.raises(StanzaError, match=r"its data\.tar.* is damaged: "):
        lists.read(SHA256, path)
