"""Find debian-installer in an archive and lay it out; its initramfs for media gets the udebs that read a medium."""

from __future__ import annotations

import gzip
import os
import shutil
import stat
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.format.repository import read_field
from composelib.errors import ComposeError
from composelib.fetch.onward import check_stored, hashing
from composelib.fetch.store import open_store
from composelib.files import link_file, read_epoch, scratch_folder, write_file
from composelib.image.media import cpio, installer
from composelib.image.media.cpio import CpioEntry
from composelib.image.media.installer import Udeb, make_plain_file
from composelib.image.media.installer_archive import NETWORK_FOLDER, Installer
from composelib.image.media.installer_source import fetch_installer
from composelib.image.root.tar import require_end
from composelib.model.paths import locate_stored
from composelib.text.json_file import read_json, write_json
from composelib.tools import depmod, dpkg_deb, tar
from composelib.tools.run import run
from composelib.tree_list import write_tree_list

if TYPE_CHECKING:
    from composelib.stages.buildinstall import InstallerLayoutJob, InstallerSourceJob


def find_installer(job: InstallerSourceJob) -> None:
    """Find and fetch the installer. Raise ComposeError if no archive has one, TrustError, NetworkError."""
    source = fetch_installer(job.archives, job.arch, job.store, medium=job.medium)
    stored = {os.path.relpath(locate_stored(job.store, sha256), job.root) for sha256 in source.files.values()}
    write_file(job.stored, "".join(f"{path}\n" for path in sorted(stored)))
    write_json(job.output, {"kind": source.kind, "files": dict(source.files)})


def lay_out(job: InstallerLayoutJob) -> None:
    """Lay out the netboot tree, and for media a kernel and initramfs. Raise ComposeError if a part is missing."""
    source = Installer(**read_json(job.source))
    check_stored(job.store, source.files.values())
    files = {name: locate_stored(job.store, sha256) for name, sha256 in source.files.items()}
    with scratch_folder(job.work) as folder:
        tree = unpack_netboot(source.kind, files, folder)
        names = sorted(str(path.relative_to(tree)) for path in list_tree(tree, tree))
        write_tree_list(job.root, job.listing, (job.netboot / name for name in names))
        for name in names:
            link_file((tree / name).resolve(), job.netboot / name)
        if job.udebs is not None and source.kind == "images":
            for name, target in zip(("cdrom/vmlinuz", "cdrom/initrd.gz"), job.medium_pair, strict=True):
                open_store(job.store).link(source.files[name], target)
        elif job.udebs is not None:
            lay_medium_pair(job, job.udebs, folder)


def unpack_netboot(kind: str, files: Mapping[str, Path], folder: Path) -> Path:
    """Unpack the netboot tree, from the archive's netboot.tar.gz or the package that has it; return its folder."""
    tree = folder / "netboot"
    tree.mkdir()
    if kind == "images":
        run(tar.unpack_files(files["netboot/netboot.tar.gz"], tree))
        return tree
    whole = folder / "package.tar"
    with whole.open("wb") as stream:
        run(dpkg_deb.print_files_tar(files["package"]), stdout=stream)
    run(tar.unpack_files(whole, tree, "*/text/*"))
    return next(path.parent.parent for path in tree.rglob("linux") if path.parent.parent.name == NETWORK_FOLDER).parent


def list_tree(root: Path, folder: Path) -> Iterator[Path]:
    """Yield the files below a folder of a tree, following links within the tree."""
    for path in sorted(folder.iterdir()):
        if not path.resolve().is_relative_to(root.resolve()):
            continue
        if path.is_dir():
            yield from list_tree(root, path)
        elif path.is_file():
            yield path


def lay_medium_pair(job: InstallerLayoutJob, index: Path, folder: Path) -> None:
    """Lay out the kernel and initramfs for media: the network's, with what media need added."""
    kernel, initrd = job.network_pair
    packed = initrd.read_bytes()
    entries = {entry.name: entry for entry in cpio.read_cpio(gzip.decompress(packed))}
    version = installer.read_kernel_version(entries)
    unpacked = installer.read_udebs(entries[installer.STATUS].content)
    added = installer.choose_udebs(installer.read_udebs(index.read_bytes()), unpacked, version)
    udebs = [(job.repository / udeb.path, read_field(udeb.stanza, "SHA256")) for udeb in added]
    with hashing(job.store, udebs) as finish:
        finish()
    print("added to the initramfs:", ", ".join(udeb.name for udeb in added), flush=True)
    new = [entry for udeb in added for entry in unpack_udeb(udeb, job.repository / udeb.path, folder)]
    status = installer.add_to_status(entries[installer.STATUS].content.decode(), added)
    new.append(make_plain_file(installer.STATUS, status.encode()))
    new += list_modules([*entries.values(), *new], version, folder / "modules")
    links = {entry.name: entry.content.decode() for entry in entries.values() if stat.S_ISLNK(entry.mode)}
    new = [replace(entry, name=cpio.follow_links(entry.name, links)) for entry in new]
    write_file(job.medium_pair[1], installer.add_files(packed, new, read_epoch(job.epoch)))
    link_file(kernel, job.medium_pair[0])


def unpack_udeb(udeb: Udeb, deb: Path, folder: Path) -> Iterator[CpioEntry]:
    """Yield the files that a udeb has in an initramfs once it is unpacked there, its control files included."""
    for command, prefix in (
        (dpkg_deb.print_files_tar(deb), ""),
        (dpkg_deb.print_control_tar(deb), f"{installer.INFO}/{udeb.name}."),
    ):
        packed = folder / "udeb.tar"
        with packed.open("wb") as stream:
            run(command, stdout=stream)
        require_end(packed, "dpkg-deb")
        with tarfile.open(packed) as archive:
            for member in archive:
                name = prefix + member.name.removeprefix("./").strip("/")
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None:
                    yield make_plain_file(name, content.read(), member.mode)
                elif member.issym():
                    yield CpioEntry(name, stat.S_IFLNK | 0o777, member.linkname.encode())


def list_modules(entries: Iterable[CpioEntry], version: str, root: Path) -> list[CpioEntry]:
    """Return depmod's lists of the modules that are among the entries. Raise ComposeError if there are none."""
    folder = f"lib/modules/{version}"
    for entry in entries:
        path = entry.name.removeprefix("usr/")
        if path.startswith(f"{folder}/") and stat.S_ISREG(entry.mode):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(entry.content)
    if not root.exists():
        raise ComposeError(f"the installer's initramfs has no modules of the kernel {version}")
    run(depmod.depmod(root, version))
    lists = [
        make_plain_file(f"{folder}/{path.name}", path.read_bytes())
        for path in sorted((root / folder).glob("modules.*"))
    ]
    shutil.rmtree(root)
    return lists
