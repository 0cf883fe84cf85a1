from __future__ import annotations

from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.image.root import tar
from composelib.image.root.tar import normalize_path
from tests.kit.root_tars import FILES, LINKS, VERSION, write_tiny_root


def test_the_linked_kernel_is_the_one_to_boot() -> None:
    listed = [f"boot/{kind}-{version}" for kind in ("vmlinuz", "initrd.img") for version in ("6.1", "6.12")]
    kernel = tar.choose_kernel(listed, {"vmlinuz": "boot/vmlinuz-6.1", "initrd.img": "boot/initrd.img-6.1"})
    assert (kernel.version, kernel.menu_kernel, kernel.menu_initrd) == ("6.1", "/vmlinuz", "/initrd.img")


def test_without_a_link_the_highest_version_boots_under_its_own_name() -> None:
    listed = [f"boot/{kind}-6.1.0-{version}" for kind in ("vmlinuz", "initrd.img") for version in (9, 10)]
    kernel = tar.choose_kernel(listed, {})
    assert kernel.menu_kernel == "/boot/vmlinuz-6.1.0-10"


def test_a_root_without_a_kernel_says_what_to_add() -> None:
    with pytest.raises(ComposeError, match="no kernel") as caught:
        tar.choose_kernel(["etc/passwd"], {})
    assert "linux-image" in caught.value.hint


def test_a_kernel_without_an_initramfs_says_what_to_add() -> None:
    with pytest.raises(ComposeError, match=r"initrd\.img-6\.1") as caught:
        tar.choose_kernel(["boot/vmlinuz-6.1"], {})
    assert "initramfs-tools" in caught.value.hint


def test_a_tar_is_listed_by_plain_paths_and_gives_single_files(tmp_path: Path) -> None:
    root = write_tiny_root(tmp_path / "root.tar")
    members = tar.list_members(root)
    assert set(members) >= {*FILES, *LINKS, "."}
    tar.extract(root, members[f"boot/vmlinuz-{VERSION}"], tmp_path / "kernel")
    assert (tmp_path / "kernel").read_bytes() == FILES[f"boot/vmlinuz-{VERSION}"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (".", ""),
        ("./", ""),
        ("./usr/", "usr"),
        ("usr/bin", "usr/bin"),
        ("./.hidden", ".hidden"),
        (".hidden", ".hidden"),
    ],
)
def test_a_members_path_has_no_dot_before_it_but_its_own(name: str, path: str) -> None:
    assert normalize_path(name) == path
