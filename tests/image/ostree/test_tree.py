from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.image.ostree import tree
from composelib.image.ostree.layout import TMPFILES
from composelib.image.root.tar import CAPABILITY

CAPABLE = "./usr/bin/ping"
BOOTABLE = ("./boot/vmlinuz-6.1", "./usr/lib/modules/6.1/initramfs.img")


def make_root(path: Path, *names: str) -> Path:
    """Write the tar of a root with files of these names; CAPABLE has capabilities."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(name)
            info.pax_headers = {CAPABILITY: "x"} if name == CAPABLE else {}
            tar.addfile(info, io.BytesIO(name.encode()))
    return path


def commit_members(root: Path, added: dict[str, str]) -> dict[str, tarfile.TarInfo]:
    """Return the members of the tar that is committed of a root."""
    sink = io.BytesIO()
    tree.write_commit_tar(root, added, sink)
    with tarfile.open(fileobj=io.BytesIO(sink.getvalue())) as tar:
        return {member.name: member for member in tar}


def test_the_kernel_of_a_root_is_found(tmp_path: Path) -> None:
    assert tree.find_kernel(make_root(tmp_path / "root.tar", *BOOTABLE), "edge") == "6.1"


def test_a_root_that_cannot_be_booted_is_an_error_with_its_label(tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match=r"edge: its kernel 6\.1 has no initramfs"):
        tree.find_kernel(make_root(tmp_path / "root.tar", BOOTABLE[0]), "edge")


def test_a_root_is_written_in_ostrees_layout_with_the_added_files(tmp_path: Path) -> None:
    root = make_root(tmp_path / "root.tar", *BOOTABLE, "./etc/passwd", "./var/lib/dpkg/status")
    members = commit_members(root, {"usr/share/note": "text"})
    assert {"usr/lib/modules/6.1/vmlinuz", "usr/etc/passwd", "usr/lib/sysimage/dpkg/status"} <= members.keys()
    assert {"usr/share/note", TMPFILES, "sysroot", "ostree"} <= members.keys()
    assert not {"etc/passwd", "boot/vmlinuz-6.1"} & members.keys()


def test_a_commits_tar_has_no_capabilities(tmp_path: Path) -> None:
    assert commit_members(make_root(tmp_path / "root.tar", CAPABLE), {})["usr/bin/ping"].pax_headers == {}


def test_without_capabilities_nothing_is_extracted(tmp_path: Path) -> None:
    (tmp_path / "over").mkdir()
    tree.extract_capable(make_root(tmp_path / "root.tar", *BOOTABLE), tmp_path / "over")
    assert list((tmp_path / "over").iterdir()) == []
