"""Deploy a commit into a folder that becomes the root file system of a disk, with the boot loader's files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from composelib.files import scratch_folder
from composelib.image.media.grub_menu import HEADER
from composelib.image.ostree import commit_copy
from composelib.image.ostree.source import CommitSource
from composelib.text.json_file import read_json
from composelib.tools import ostree_admin
from composelib.tools.run import run

BLOCK = 4096
MENU_FUNCTIONS = """\
function DEFAULT { true; }
function LABEL { set title="$*"; }
function KERNEL { set kernel="$1"; }
function INITRD { set initrd="$1"; }
function APPEND {
    menuentry -- "$title" "$kernel" "$initrd" "$@" {
        set kernel="$2"
        set initrd="$3"
        shift 3
        linux "$kernel" "$@"
        initrd "$initrd"
    }
}
"""
"""The words of a syslinux.cfg as functions of GRUB's shell: neither the signed GRUB nor one for BIOS reads such a file itself."""
GRUB_CONFIG = HEADER.format(timeout=2) + MENU_FUNCTIONS + "source ($root)/boot/loader/syslinux.cfg\n"
"""GRUB's menu: the deployments as ostree writes them, the one to boot first."""


def deploy(source: CommitSource, root: Path, arguments: Sequence[str], epoch: int) -> Path:
    """Deploy a commit into a new folder, its signature checked; return the root of the deployment. This needs root.

    Nothing is mounted. All times that are later than the epoch are set to it.
    """
    root.mkdir()
    commit = read_json(source.record)
    with scratch_folder(root.with_name("commit")) as folder:
        copied = replace(source, repository=folder / "repo")
        commit_copy.copy_commit(source.repository, copied.repository, commit["commit"])
        *preparing, deploying = list_commands(copied, commit, root, arguments)
        for command in preparing:
            run(command)
    lay_out_boot(root)
    run(ostree_admin.spare_machine(deploying), env=ostree_admin.MUTABLE)
    clamp_times(root, epoch)
    return root / "ostree/deploy" / source.os / "deploy" / f"{commit['commit']}.0"


def list_commands(
    source: CommitSource, commit: Mapping[str, str], root: Path, arguments: Sequence[str]
) -> list[list[str]]:
    """Return the commands that deploy a commit into a folder; the last one needs the boot loader's files.

    `commit` is the content of the source's record.
    """
    refspec = f"{source.os}:{commit['ref']}"
    return [
        ostree_admin.init(root),
        ostree_admin.init_os(root, source.os),
        *(ostree_admin.configure(root, *setting) for setting in ostree_admin.SETTINGS.items()),
        ostree_admin.add_remote(root, source.os, source.key),
        ostree_admin.pull(root, source.repository, source.os, commit["commit"]),
        ostree_admin.set_ref(root, refspec, commit["commit"]),
        ostree_admin.delete_remote(root, source.os),
        ostree_admin.deploy(root, source.os, refspec, arguments),
    ]


def lay_out_boot(root: Path) -> None:
    """Write the files of /boot in which ostree expects the boot loader's configuration, and GRUB its menu."""
    for folder in ("loader.0", "syslinux", "grub", "efi"):
        (root / "boot" / folder).mkdir()
    (root / "boot/loader").symlink_to("loader.0")
    (root / "boot/loader.0/syslinux.cfg").touch()
    (root / "boot/syslinux/syslinux.cfg").symlink_to("../loader/syslinux.cfg")
    (root / "boot/grub/grub.cfg").write_text(GRUB_CONFIG)


def clamp_times(root: Path, epoch: int) -> None:
    """Set every time in a tree that is later than the epoch to the epoch."""
    for folder, names, files in os.walk(root, topdown=False):
        for path in (Path(folder), *(Path(folder, name) for name in (*names, *files))):
            if path.lstat().st_mtime > epoch:
                os.utime(path, (epoch, epoch), follow_symlinks=False)


def measure_content(root: Path) -> int:
    """Return the bytes that a tree takes in blocks of 4 KiB; a file with several names counts once."""
    sizes: dict[tuple[int, int], int] = {}
    for folder, names, files in os.walk(root):
        for name in (*names, *files):
            status = Path(folder, name).lstat()
            sizes[status.st_dev, status.st_ino] = max(-(-status.st_size // BLOCK), 1) * BLOCK + 256
    return sum(sizes.values())
