from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from composelib.image.media import formats
from composelib.image.media.formats import FormatLabel
from composelib.image.media.image_check import check_image
from composelib.image.root.tar import CAPABILITY
from tests.kit.root_tars import EPOCH, member, write_tiny_root

LABEL = FormatLabel("demo-1-Base-wsl-amd64", "amd64", EPOCH)
LONG = "/".join(["usr/share", *("long" * 10 for _ in range(4))])
FILES = {"etc/hostname": b"tiny\n", "usr/lib/systemd/systemd": b"init", f"{LONG}/file": b"far", ".hidden": b"dot"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = write_tiny_root(tmp_path / "root.tar", FILES, {"bin": "usr/bin"})
    with tarfile.open(path, "a", format=tarfile.PAX_FORMAT) as tar:
        link = member("./usr/hard", tarfile.LNKTYPE, 0o644)
        link.linkname = f"./{LONG}/file"
        tar.addfile(link)
        capable = member("./usr/ping", tarfile.REGTYPE, 0o755)
        capable.uid, capable.pax_headers = 7, {CAPABILITY: "\x01\x00\x00\x02"}
        tar.addfile(capable)
    return path


def deliver(root: Path, form: str) -> Path:
    """Write a root in a format; return its path."""
    output = root.parent / f"out.{form}"
    formats.deliver(root, form, output, LABEL, root.parent)
    return output


def read_text(archive: Path, path: str) -> str:
    """Return the text of a member."""
    return subprocess.run(["tar", "-xOf", archive, path], capture_output=True, check=True).stdout.decode()


def test_wsl_gets_the_root_and_its_own_files(root: Path) -> None:
    archive = deliver(root, "wsl")
    assert check_image(archive, bootable=False) == ["gz magic"]
    assert read_text(archive, "etc/wsl.conf") == "[boot]\nsystemd = true\n"
    assert read_text(archive, "etc/wsl-distribution.conf") == f"[oobe]\ndefaultName = {LABEL.name}\n"
    assert read_text(archive, "etc/hostname") == "tiny\n"


def test_wsl_is_not_asked_for_systemd_where_there_is_none(tmp_path: Path) -> None:
    with tarfile.open(deliver(write_tiny_root(tmp_path / "root.tar"), "wsl")) as tar:
        assert "etc/wsl.conf" not in tar.getnames()


def test_the_users_own_files_for_wsl_stay(tmp_path: Path) -> None:
    root = write_tiny_root(tmp_path / "root.tar", FILES | {"etc/wsl.conf": b"[user]\ndefault = ada\n"})
    with tarfile.open(deliver(root, "wsl")) as tar:
        assert [name for name in tar.getnames() if name.endswith("wsl.conf")] == ["etc/wsl.conf"]


def test_incus_gets_the_root_below_its_description(root: Path) -> None:
    archive = deliver(root, "incus")
    assert check_image(archive, bootable=False) == ["xz magic"]
    description = json.loads(read_text(archive, "metadata.yaml"))
    assert (description["architecture"], description["creation_date"]) == ("x86_64", EPOCH)
    with tarfile.open(archive) as tar:
        members = {entry.name: entry for entry in tar}
    assert [name for name in members if not name.startswith("rootfs")] == ["metadata.yaml"]
    assert members["rootfs/usr/hard"].linkname == f"rootfs/{LONG}/file"
    assert members["rootfs/bin"].linkname == "usr/bin"
    assert members["rootfs/.hidden"].size == 3
    capable = members["rootfs/usr/ping"]
    assert (capable.uid, capable.pax_headers[CAPABILITY]) == (7, "\x01\x00\x00\x02")


@pytest.mark.parametrize("form", ["wsl", "incus"])
def test_a_root_in_each_format_is_the_same_twice(root: Path, tmp_path: Path, form: str) -> None:
    outputs = [tmp_path / "one", tmp_path / "two"]
    for output in outputs:
        formats.convert_source(root, form, output, LABEL)
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
