from __future__ import annotations

import os
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.image.filesystems.ext4 import write_ext4
from composelib.image.media import boot, disk_layout, formats
from composelib.image.media.formats import FormatLabel
from composelib.image.media.image_check import BadImageError
from composelib.image.media.iso_image import write_iso
from composelib.image.media.written_check import check_initramfs, check_squashfs, check_template, check_unpacked
from composelib.image.root.tar import require_end
from composelib.tools import compress, jigdo_file, mkfs, squashfs
from composelib.tools.run import run
from tests.kit.cutting_tool import cut_output
from tests.kit.demo_compose import Demo

EPOCH = 1_700_000_000
LABEL = FormatLabel("demo-1-Base-cloud-amd64", "amd64", EPOCH)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    path = tmp_path / "disk.raw"
    path.write_bytes(os.urandom(3 << 20))
    return path


@pytest.mark.parametrize("boots", [False, True])
def test_an_iso_that_xorriso_leaves_cut_does_not_appear(
    tmp_path: Path, raw: Path, monkeypatch: pytest.MonkeyPatch, *, boots: bool
) -> None:
    cut_output(monkeypatch, tmp_path / "bin", "xorriso", ".new")
    with pytest.raises(BadImageError, match=r"^xorriso ended with exit status 0, but .*cut off"):
        write_iso(tmp_path / "out.iso", [("x", raw)], "V", EPOCH, tmp_path / "paths", durable=boots)
    assert not list(tmp_path.glob("*.iso*"))
    assert not list(tmp_path.glob(".*.iso*"))


def test_a_run_in_which_xorriso_leaves_a_cut_iso_ends_with_1_and_the_next_one_makes_it(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    iso = demo.tree / "Server/amd64/iso/tiny-1.10-Server-dvd-amd64.iso"
    content = iso.read_bytes()
    iso.unlink()
    with monkeypatch.context() as patched:
        cut_output(patched, tmp_path / "bin", "xorriso", ".new")
        ran = demo.doit()
    assert ran.status == 1
    assert "xorriso ended with exit status 0, but " in ran.out
    assert not list(iso.parent.glob("*.iso")) + list(iso.parent.glob(".*"))
    assert (
        "createiso:Server:amd64:dvd will run\n    never made, or its last run did not end well\n"
        in demo.doit("plan").out
    )
    assert demo.doit().status == 0
    assert iso.read_bytes() == content


@pytest.mark.parametrize("form", ["qcow2", "vmdk", "vdi", "vhd"])
def test_a_disk_that_qemu_img_leaves_cut_is_not_delivered(
    tmp_path: Path, raw: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    cut_output(monkeypatch, tmp_path / "bin", "qemu-img", f".{form}", "convert")
    with pytest.raises((BadImageError, OSError)):
        formats.deliver(raw, form, tmp_path / f"out.{form}", LABEL, tmp_path)
    assert not (tmp_path / f"out.{form}").exists()


@pytest.mark.parametrize(
    ("form", "program", "level"), [("gz", "gzip", "-9"), ("xz", "xz", "-6"), ("zst", "zstd", "-9")]
)
def test_a_file_that_is_not_compressed_to_its_end_is_not_delivered(
    tmp_path: Path, raw: Path, monkeypatch: pytest.MonkeyPatch, form: str, program: str, level: str
) -> None:
    cut_output(monkeypatch, tmp_path / "bin", program, "-", level)
    with pytest.raises(BadImageError, match=f"^{program} ended with exit status 0, but "):
        formats.deliver(raw, f"raw.{form}", tmp_path / f"out.raw.{form}", LABEL, tmp_path)
    assert not (tmp_path / f"out.raw.{form}").exists()


def test_a_compressor_that_read_half_of_its_input_is_found_out(
    tmp_path: Path, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "bin" / "gzip"
    shim.parent.mkdir()
    shim.write_text('#!/bin/sh\ncase $1 in -d) exec /bin/gzip "$@" ;; esac\nhead -c 1000000 | exec /bin/gzip "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    with pytest.raises(BadImageError, match=r"not the whole of disk\.raw"):
        formats.deliver(raw, "raw.gz", tmp_path / "out.raw.gz", LABEL, tmp_path)


@pytest.mark.parametrize("platform", ["i386-pc", "i386-pc-eltorito", "x86_64-efi"])
def test_a_core_image_that_is_left_cut_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    config = tmp_path / "config"
    config.write_text("exit\n")
    boot.make_core(platform, config, tmp_path / "good.img")
    cut_output(monkeypatch, tmp_path / "bin", "grub-mkimage", "core.img")
    with pytest.raises(BadImageError, match=r"^grub-mkimage ended with exit status 0, but .* not a whole core image"):
        boot.make_core(platform, config, tmp_path / "core.img")


def test_a_boot_image_whose_files_were_not_copied_is_found_out(
    tmp_path: Path, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boot.make_esp(tmp_path / "good.img", {"EFI/BOOT/X": raw}, "12345678", EPOCH)
    cut_output(monkeypatch, tmp_path / "bin", "mcopy", "esp.img")
    with pytest.raises(BadImageError, match=r"^mcopy ended .*disk\.raw is not whole in it"):
        boot.make_esp(tmp_path / "esp.img", {"EFI/BOOT/X": raw}, "12345678", EPOCH)


def lay_disk(folder: Path, raw: Path) -> None:
    """Make the root file system of a small disk, of a tree with a link and a hard link."""
    tree = folder / "tree"
    (tree / "etc").mkdir(parents=True)
    (tree / "etc/file").write_text("x")
    (tree / "etc/twin").hardlink_to(tree / "etc/file")
    (tree / "link").symlink_to("nowhere")
    disk = disk_layout.lay_out_disk("x", "amd64", 256 << 20)
    with raw.open("wb") as stream:
        stream.truncate(disk.size)
    write_ext4(disk.root, tree, raw, folder, EPOCH)


def test_a_file_system_without_all_files_of_its_tree_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_disk(tmp_path / "good", tmp_path / "good.raw")
    shim = tmp_path / "bin" / "mke2fs"
    shim.parent.mkdir()
    shim.write_text('#!/bin/sh\nmkdir half\nexec /sbin/mke2fs $(echo "$@" | sed "s,[^ ]*/tree,half,")\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadImageError, match=r"^mke2fs ended .* [01] files and folders of 3"):
        lay_disk(tmp_path / "bad", tmp_path / "bad.raw")


def test_a_file_system_that_is_cut_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_output(monkeypatch, tmp_path / "bin", "debugfs", ".raw")
    with pytest.raises(BadImageError, match=r"^mke2fs ended .* e2fsck"):
        lay_disk(tmp_path / "bad", tmp_path / "bad.raw")


def test_a_file_system_that_is_damaged_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mkfs, "write_time_orders", lambda *_: "clri <2>\n")
    with pytest.raises(BadImageError, match=r"^mke2fs ended .* e2fsck"):
        lay_disk(tmp_path / "bad", tmp_path / "bad.raw")


def make_tar(path: Path, names: int) -> None:
    """Make a tar of so many files."""
    with tarfile.open(path, "w") as tar:
        for number in range(names):
            info = tarfile.TarInfo(f"file{number}")
            info.size = 5000
            tar.addfile(info, BytesIO(os.urandom(5000)))


def squash(tar: Path, image: Path) -> Path:
    with tar.open("rb") as stream:
        run(squashfs.tar2sqfs(image), stdin=stream)
    return image


def test_a_squashfs_that_is_cut_or_lacks_files_is_found_out(tmp_path: Path) -> None:
    make_tar(tmp_path / "tar", 20)
    image = squash(tmp_path / "tar", tmp_path / "image")
    check_squashfs(image, 20)
    with pytest.raises(BadImageError, match=r"^tar2sqfs ended with exit status 0, but .* files and folders of 30"):
        check_squashfs(image, 30)
    os.truncate(image, 50_000)
    with pytest.raises(BadImageError, match="cut off"):
        check_squashfs(image, 20)
    os.truncate(image, 50)
    with pytest.raises(BadImageError):
        check_squashfs(image, 0)


def test_a_tar_that_was_unpacked_in_part_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "tree/etc").mkdir(parents=True)
    check_unpacked(tmp_path / "tree", 1)
    with pytest.raises(BadImageError, match=r"^tar ended .* 1 files and folders of 2"):
        check_unpacked(tmp_path / "tree", 2)


def test_a_template_that_is_cut_is_found_out(tmp_path: Path, raw: Path) -> None:
    files, jigdo, template = (tmp_path / name for name in ("files", "x.jigdo", "x.template"))
    files.write_text("")
    run(jigdo_file.make_template(raw, jigdo, template, files, {}))
    check_template(raw, template)
    os.truncate(template, template.stat().st_size // 2)
    with pytest.raises(ComposeError, match=r"^jigdo-file ended"):
        check_template(raw, template)


@pytest.mark.parametrize("early", [b"", b"070701 microcode TRAILER!!!" + bytes(300)])
@pytest.mark.parametrize("form", ["zst", "gz"])
def test_an_initramfs_that_is_cut_is_found_out(tmp_path: Path, raw: Path, form: str, early: bytes) -> None:
    image = tmp_path / "initramfs"
    packed = run(compress.to_stdout(form), input=raw.read_bytes(), capture=True).stdout
    image.write_bytes(early + packed)
    check_initramfs(image)
    image.write_bytes(early + packed[: len(packed) // 2])
    with pytest.raises(BadImageError, match=r"^dracut ended"):
        check_initramfs(image)
    image.write_bytes(early + bytes(300))
    with pytest.raises(BadImageError, match="not compressed in a way that is known"):
        check_initramfs(image)


def test_a_tar_without_its_end_is_found_out(tmp_path: Path) -> None:
    make_tar(tmp_path / "tar", 3)
    require_end(tmp_path / "tar", "git")
    os.truncate(tmp_path / "tar", 5632)  # a header and its file
    with pytest.raises(ComposeError, match=r"^git ended with exit status 0, but .*tar: cut off: 5632 bytes"):
        require_end(tmp_path / "tar", "git")
