"""Make a medium that installs a commit."""

from __future__ import annotations

import gzip
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composelib.errors import ComposeError
from composelib.files import read_epoch, scratch_folder, write_file
from composelib.image.media import boot, disk_layout, raw_disk
from composelib.image.media.checksums import sum_tree
from composelib.image.media.grub_menu import list_consoles
from composelib.image.media.iso_image import list_boot_options, write_iso
from composelib.image.media.loaders import choose_loaders
from composelib.image.media.written_check import check_initramfs
from composelib.image.ostree import commit_copy, deployment, installer_init
from composelib.image.ostree.installer_init import INSTALL, MEDIUM
from composelib.image.root.tar import find_content, list_members, read_path
from composelib.text.json_file import read_json
from composelib.tools import dracut, tar, unshare
from composelib.tools.root_user import require_root
from composelib.tools.run import run

if TYPE_CHECKING:
    from composelib.stages.ostree_installer import OstreeInstallerJob

NOMINAL = 1 << 30
"""Bytes of the disk that the medium's head.gz is laid out for; when it is installed, the root partition grows."""


def make_installer(job: OstreeInstallerJob) -> None:
    """Make a medium that installs a commit.

    Raise MachineError if not root, ComposeError if the commit's root lacks a program that installs it.
    """
    require_root("making an initramfs within a root file system")
    check_programs(job.root, job.root_label)
    epoch = read_epoch(job.epoch)
    commit = read_json(job.source.record)
    with scratch_folder(job.work) as folder:
        tree = folder / "tree"
        put_kernel(job, commit, folder, tree, epoch)
        members = list_members(job.root)
        read = partial(find_content, job.root, members)
        loaders = choose_loaders(job.arch, job.secure_boot, read, (tree / "boot/vmlinuz").read_bytes())
        put_disk_head(job, loaders, folder, tree / INSTALL, epoch)
        put_commit(job, commit["commit"], tree)
        boot.write_boot_files(
            tree, job.arch, job.volume, installer_init.render_menu(job.title, job.arch), epoch, loaders
        )
        write_file(tree / "sha256sum.txt", sum_tree(tree, "sha256", without=boot.BIOS_IMAGE))
        content = ((path.name, path) for path in sorted(tree.iterdir()))
        write_iso(job.iso, content, job.volume, epoch, folder / "paths", boot=list_boot_options(job.arch))


def check_programs(root: Path, label: str) -> None:
    """Raise ComposeError unless a root has the programs that install its commit."""
    with tarfile.open(root) as archive:
        missing = installer_init.find_missing(read_path(member) for member in archive)
    if missing:
        packages = ", ".join(sorted(set(missing.values())))
        raise ComposeError(
            f"{label} has no {', '.join(sorted(missing))}, which its installer needs",
            f"add to its packages: {packages}",
        )


def put_kernel(job: OstreeInstallerJob, commit: dict[str, Any], folder: Path, tree: Path, epoch: int) -> None:
    """Put the kernel of the commit's root and an initramfs that installs into the medium's tree."""
    inside = folder / "root"
    inside.mkdir()
    run(tar.unpack(job.root, inside))
    module = inside / "usr/lib/dracut/modules.d" / installer_init.MODULE
    setup = installer_init.render_module_setup()
    for name, text in (("module-setup.sh", setup), ("install.sh", render_init(job, commit))):
        write_file(module / name, text)
        (module / name).chmod(0o755)
    environment = {"SOURCE_DATE_EPOCH": str(epoch), "TMPDIR": "/tmp", "HOME": "/root"}  # noqa: S108 - of the root
    command = dracut.initramfs(commit["kernel"], "/installer.img", (installer_init.MODULE[2:],))
    run(unshare.isolate_in_root(inside.absolute(), command), env=environment)
    (tree / "boot").mkdir(parents=True)
    check_initramfs(inside / "installer.img")
    shutil.move(inside / "installer.img", tree / "boot/initramfs.img")
    shutil.move(inside / f"boot/vmlinuz-{commit['kernel']}", tree / "boot/vmlinuz")
    shutil.rmtree(inside)


def render_init(job: OstreeInstallerJob, commit: dict[str, Any]) -> str:
    """Return the program that installs, with the commands that deploy the commit from the medium."""
    disk = disk_layout.lay_out_disk(job.name, job.arch, NOMINAL)
    source = replace(job.source, repository=MEDIUM / "ostree/repo", key=MEDIUM / INSTALL / "key.asc")
    arguments = f"root=UUID={disk.root.uuid} rw {list_consoles(job.arch)} {job.append}".split()
    commands = deployment.list_commands(source, commit, installer_init.TARGET, arguments)
    return installer_init.render_init(job.volume, commands, len(disk.partitions), disk.root.uuid)


def put_disk_head(
    job: OstreeInstallerJob, loaders: Mapping[str, bytes], folder: Path, install: Path, epoch: int
) -> None:
    """Put the head of the installed disk, up to its root partition, and its boot files into the medium's tree."""
    disk = disk_layout.lay_out_disk(job.name, job.arch, NOMINAL)
    raw = folder / "head.raw"
    with raw.open("wb") as stream:
        stream.truncate(disk.size)
    raw_disk.lay_boot(disk, job.arch, raw, folder, epoch, loaders)
    install.mkdir(parents=True)
    with raw.open("rb") as stream, gzip.GzipFile(install / "head.gz", "wb", mtime=0) as packed:
        packed.write(stream.read(disk.root.partition.start))
    raw.unlink()
    for name, text in installer_init.BOOT_FILES.items():
        write_file(install / "boot" / name, text)


def put_commit(job: OstreeInstallerJob, commit: str, tree: Path) -> None:
    """Put a repository with the commit alone, signatures included, and the key into the medium's tree."""
    commit_copy.copy_commit(job.source.repository, tree / "ostree" / "repo", commit)
    shutil.copyfile(job.source.key, tree / INSTALL / "key.asc")
