"""What packages' scripts leave in a root is told by file; what packages have themselves is not.

Also covers: composelib.image.root.packed_files.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.image.media.cpio import CpioEntry, write_cpio
from composelib.image.root import guard
from composelib.image.root.builder import RootJob
from composelib.model.customize import Customize
from tests.kit.root_tars import write_tiny_root

UUID = b"20c6500a-1fa8-4f9f-8948-b7b20d7ebb0f"
SECRET_KEY = b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n"
PACKAGED = {
    "usr/share/doc/tool/key.pem": SECRET_KEY,
    "usr/share/tool/uuids": b"the device " + UUID + b" is ours\n",
    "usr/lib/python3/tool.py": b"ID = '20c6500a1fa8'\n",
}
STATUS = "Package: tool\nStatus: install ok installed\nConffiles:\n /etc/tool.conf {}\nVersion: 1\n"


def check(folder: Path, files: dict[str, bytes], *keep: str) -> str:
    """Return what the guard says of a root that has the files beside those of a package."""
    (folder / "epoch").write_text("1700000000\n")
    sums = "".join(f"{hashlib.md5(content).hexdigest()}  {path}\n" for path, content in PACKAGED.items())  # noqa: S324 - dpkg's
    conffile = b"token: 5b7633648f625b7633648f62\n"
    status = STATUS.format(hashlib.md5(conffile).hexdigest())  # noqa: S324 - dpkg's
    database = {"var/lib/dpkg/info/tool.md5sums": sums.encode(), "var/lib/dpkg/status": status.encode()}
    root = write_tiny_root(folder / "root.tar", {**PACKAGED, **database, "etc/tool.conf": conffile, **files})
    job = RootJob(
        label="Server's image small", arch="amd64", foreign=(), suite="bookworm", tree=folder, store=folder, repositories=(),
        key=folder, packages=folder, epoch=folder / "epoch", identity=None, hostname="h", customize=Customize(), files=None, scripts=(), network=False, record=None, keep=keep,
        address="", initramfs=False,
    )  # fmt: skip
    try:
        guard.check_root(job, root, time.time())
    except ComposeError as error:
        return error.message
    return ""


def test_what_packages_have_is_no_secret(tmp_path: Path) -> None:
    assert check(tmp_path, {}) == ""


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("etc/a/key", SECRET_KEY.replace(b"J1hs", b"J2hs"), "a private key (PEM: PRIVATE KEY)"),
        ("var/lib/x", UUID.replace(b"20c6", b"20c7"), "a UUID"),
        ("usr/share/doc/tool/key.pem", SECRET_KEY.replace(b"J1hs", b"J2hs"), "a private key (PEM: PRIVATE KEY)"),
        ("etc/tool.conf", b"token: 4b7633648f625b7633648f63\n", "a secret or identifier"),
    ],
)
def test_what_is_made_in_the_root_is_told_with_its_file(tmp_path: Path, path: str, content: bytes, words: str) -> None:
    message = f"Server's image small for amd64: every copy would have the same: /{path} ({words})"
    assert check(tmp_path, {path: content}) == message


OTHER_UUID = UUID.replace(b"20c6", b"20c7")
OTHER_KEY = SECRET_KEY.replace(b"J1hs", b"J2hs")
MICROCODE = write_cpio([CpioEntry("kernel/x86/microcode/x.bin", 0o100644, b"microcode")], 0)


def zstd(content: bytes) -> bytes:
    return subprocess.run(["zstd", "-q", "-c"], input=content, capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    "pack",
    [gzip.compress, lzma.compress, partial(lzma.compress, format=lzma.FORMAT_ALONE), bz2.compress, zstd, bytes],
    ids=["gzip", "xz", "lzma", "bzip2", "zstd", "plain"],
)
def test_what_is_made_in_an_initramfs_is_told_with_its_file(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    packaged, made = (CpioEntry(name, 0o100600, key) for name, key in (("etc/a", SECRET_KEY), ("etc/b", OTHER_KEY)))
    label = "Server's image small for amd64: every copy would have the same"
    for entries, message in (
        ([packaged, made], f"{label}: /boot/initrd.img-6.1 (a private key (PEM: PRIVATE KEY) in its /etc/b)"),
        ([packaged], ""),
        (
            [packaged, CpioEntry("etc/id", 0o100600, OTHER_UUID)],
            f"{label}: /boot/initrd.img-6.1 (a UUID in its /etc/id)",
        ),
    ):
        initramfs = MICROCODE + bytes(512) + pack(write_cpio(entries, 0))
        assert check(tmp_path, {"boot/initrd.img-6.1": initramfs}) == message


def test_a_key_in_a_large_file_is_told_and_one_in_a_compressed_file(tmp_path: Path) -> None:
    large = b"x\n" * (1 << 20) + OTHER_KEY
    assert "/var/lib/store (a private key (PEM: PRIVATE KEY))" in check(tmp_path, {"var/lib/store": large})
    packed = gzip.compress(b"id " + UUID + b"\n" + OTHER_KEY)
    assert "/var/backups/a.gz (a private key (PEM: PRIVATE KEY))" in check(tmp_path, {"var/backups/a.gz": packed})


def test_what_cannot_be_unpacked_is_passed_over(tmp_path: Path) -> None:
    broken = (b"\x1f\x8bbroken", b"\x28\xb5\x2f\xfdbroken", b"070701broken", gzip.compress(b"cut off")[:-9])
    assert check(tmp_path, {f"boot/{number}": content for number, content in enumerate(broken)}) == ""


def test_a_file_that_the_config_keeps_may_ship(tmp_path: Path) -> None:
    files = {"etc/a/key": SECRET_KEY.replace(b"J1hs", b"J2hs"), "etc/b": UUID.replace(b"20c6", b"20c7")}
    assert check(tmp_path, files, "/etc/a/*", "/etc/b") == ""
    assert "/etc/b" in check(tmp_path, files, "/etc/a/*")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("etc/copied-key", SECRET_KEY),
        ("etc/merged", b"a line\n" + SECRET_KEY),
        ("etc/device", b"id=" + UUID),
        ("usr/lib/python3/__pycache__/tool.cpython-311.pyc", b"\0\0" + UUID.replace(b"20c6", b"20c7")),
        ("usr/lib/modules/6.1/modules.alias", UUID.replace(b"20c6", b"20c7")),
    ],
)
def test_what_is_taken_from_a_package_may_ship(tmp_path: Path, path: str, content: bytes) -> None:
    assert check(tmp_path, {path: content}) == ""
