"""Lay out debian-installer's kernel, initramfs and boot files, for media and for booting from the network."""

from __future__ import annotations

import gzip
import json
import shutil
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from composelib.errors import ComposeError
from composelib.files import link, read_epoch, scratch, write
from composelib.image.media import cpio, installer
from composelib.image.media.cpio import Entry
from composelib.image.media.installer import Udeb, plain
from composelib.image.media.installer_source import Installer, Sources, find
from composelib.model.compose import Compose
from composelib.model.variant import INSTALLER, Variant
from composelib.task import Task
from composelib.tools import depmod, dpkg_deb, tar
from composelib.tools.run import run

NETWORK = "debian-installer"  # the folder of a netboot tree that firmware is told of


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give two tasks for each variant and arch that has an installer: one finds it, the other lays it out."""
    wanted = [
        (variant, arch)
        for variant in compose.variants
        for arch in variant.arches
        if any(arch in image.arches and (image.installer or image.kind == "netboot") for image in variant.images)
    ]
    return tuple(task for pair in wanted for task in (find_task(compose, *pair), lay_task(compose, *pair)))


def has_medium(variant: Variant, arch: str) -> bool:
    """Tell whether a variant has a medium that installs from its own packages."""
    return any(image.installer and arch in image.arches for image in variant.images)


def found_file(compose: Compose, variant: str, arch: str) -> Path:
    """Give where it is written which installer is used."""
    return compose.paths.work("buildinstall", variant, f"{arch}.json")


def find_task(compose: Compose, variant: Variant, arch: str) -> Task:
    """Give the task that finds the installer, and fetches it."""
    archives = [one for one in compose.archives if one.uri and not one.lookaside and one.has(arch)]
    texts = {one.name: tuple(compose.paths.inrelease(one, suite) for suite in one.suites) for one in archives}
    sources = Sources(
        arch,
        has_medium(variant, arch),
        tuple((one.name, one.suites, one.components) for one in archives),
        texts,
        {one.name: compose.paths.signatures(one) for one in archives},
        {one.name: compose.paths.pkgset(one, arch) for one in archives},
        compose.paths.stored("00").parent.parent,
        compose.offline,
    )
    output = found_file(compose, variant.name, arch)
    return Task(
        name=f"{variant.name}:{arch}:source",
        doc=f"find debian-installer for {variant.name} on {arch} in the archives",
        run=partial(write_found, sources, output),
        inputs=(*(path for one in archives for path in texts[one.name]), *sources.pkgsets.values()),
        order_only=tuple(sources.signatures.values()),
        outputs=(output,),
        uses={"archives": [[name, list(parts)] for name, _, parts in sources.archives], "medium": sources.medium},
        failable=installer_may_fail(variant, arch),
        pool="network",
    )


def lay_task(compose: Compose, variant: Variant, arch: str) -> Task:
    """Give the task that lays the installer out in the compose."""
    medium = has_medium(variant, arch)
    index = (compose.paths.packages_index(variant.name, arch, INSTALLER),) if medium else ()
    cdrom = tuple(compose.paths.installer(variant.name, arch, "cdrom", name) for name in ("vmlinuz", "initrd.gz"))
    listing = compose.paths.work("buildinstall", variant.name, f"{arch}.list")
    found = found_file(compose, variant.name, arch)
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"lay out debian-installer for {variant.name} on {arch}",
        run=partial(lay_out, compose, variant.name, arch, found, index[0] if index else None),
        inputs=(found, *index),
        order_only=(compose.paths.epoch,),
        outputs=(*(cdrom if medium else ()), *boot_pair(compose, variant.name, arch), listing),
        trees=(listing,),
        uses={"medium": medium},
        tools=("dpkg-deb", *(("depmod",) if medium else ())),
        failable=installer_may_fail(variant, arch),
    )


def boot_pair(compose: Compose, variant: str, arch: str) -> tuple[Path, Path]:
    """Give the kernel and initramfs of the netboot tree."""
    folder = compose.paths.installer(variant, arch, "netboot", NETWORK, arch)
    return folder / "linux", folder / "initrd.gz"


def installer_may_fail(variant: Variant, arch: str) -> bool:
    """Tell whether all that an installer is made for may fail."""
    users = [image for image in variant.images if image.installer or image.kind == "netboot"]
    return all(image.may_fail(arch) for image in users if arch in image.arches)


def write_found(sources: Sources, output: Path) -> None:
    """Find the installer and write which it is. Raises TrustError, NetworkError, ComposeError when there is none."""
    found = find(sources)
    write(output, json.dumps({"kind": found.kind, "files": dict(found.files)}, indent=1, sort_keys=True) + "\n")


def lay_out(compose: Compose, variant: str, arch: str, found_at: Path, index: Path | None) -> None:
    """Lay out the netboot tree, and with an index of udebs the kernel and initramfs for media as well."""
    row = json.loads(found_at.read_text())
    found = Installer(row["kind"], row["files"])
    epoch = read_epoch(compose.paths.epoch)
    with scratch(compose.paths.work("buildinstall", variant, f"{arch}.work")) as folder:
        tree = unpack_netboot(found, compose, folder)
        target = compose.paths.installer(variant, arch, "netboot")
        names = sorted(str(path.relative_to(tree)) for path in plain_files(tree, tree))
        for name in names:
            link((tree / name).resolve(), target / name)
        if index is not None:
            lay_cdrom(found, compose, (variant, arch), index, folder, epoch)
        lines = [f"{(target / name).relative_to(compose.paths.root)}\n" for name in names]
    write(compose.paths.work("buildinstall", variant, f"{arch}.list"), "".join(lines))


def unpack_netboot(found: Installer, compose: Compose, folder: Path) -> Path:
    """Unpack the netboot tree, out of the archive's netboot.tar.gz or the package that has it; gives its folder."""
    tree = folder / "netboot"
    tree.mkdir()
    if found.kind == "images":
        packed = compose.paths.stored(found.files["netboot/netboot.tar.gz"])
        run(tar.unpack_files(packed, tree))
        return tree
    whole = folder / "package.tar"
    with whole.open("wb") as stream:
        run(dpkg_deb.files(compose.paths.stored(found.files["package"])), stdout=stream)
    run(tar.unpack_files(whole, tree, "*/text/*"))
    return next(path.parent.parent for path in tree.rglob("linux") if path.parent.parent.name == NETWORK).parent


def plain_files(root: Path, folder: Path) -> Iterator[Path]:
    """Give the files below a folder of a tree, links within the tree followed."""
    for path in sorted(folder.iterdir()):
        if not path.resolve().is_relative_to(root.resolve()):
            continue
        if path.is_dir():
            yield from plain_files(root, path)
        elif path.is_file():
            yield path


def lay_cdrom(
    found: Installer, compose: Compose, place: tuple[str, str], index: Path, folder: Path, epoch: int
) -> None:
    """Lay out the kernel and initramfs of media: the archive's own, or the network's with what media need added."""
    variant, arch = place
    kernel, initrd = (compose.paths.installer(variant, arch, "cdrom", name) for name in ("vmlinuz", "initrd.gz"))
    if found.kind == "images":
        link(compose.paths.stored(found.files["cdrom/vmlinuz"]), kernel)
        link(compose.paths.stored(found.files["cdrom/initrd.gz"]), initrd)
        return
    network_kernel, network_initrd = boot_pair(compose, variant, arch)
    packed = network_initrd.read_bytes()
    there = {entry.name: entry for entry in cpio.read(gzip.decompress(packed))}
    available = installer.udebs(index.read_bytes())
    version = installer.kernel_version(there)
    had = installer.udebs(there[installer.STATUS].content)
    added = installer.needed(available, had, version)
    print("added to the initramfs:", ", ".join(one.name for one in added), flush=True)
    pool = compose.paths.repository(variant)
    entries = [entry for one in added for entry in unpacked(one, pool / one.path, folder)]
    entries.append(plain(installer.STATUS, status_of(there, added)))
    entries += module_lists(there, entries, version, folder / "modules")
    links = {entry.name: entry.content.decode() for entry in there.values() if stat.S_ISLNK(entry.mode)}
    entries = [replace(entry, name=cpio.settled(entry.name, links)) for entry in entries]
    write(initrd, packed + gzip.compress(cpio.write(entries, epoch), mtime=0))
    link(network_kernel, kernel)


def status_of(there: dict[str, Entry], added: list[Udeb]) -> bytes:
    """Give the status file of the installer with udebs added."""
    return installer.status(there[installer.STATUS].content.decode(), added).encode()


def unpacked(one: Udeb, deb: Path, folder: Path) -> Iterator[Entry]:
    """Give the files of a udeb as they lie in an initramfs where it is unpacked."""
    for command, prefix in ((dpkg_deb.files(deb), ""), (dpkg_deb.control(deb), f"{installer.INFO}/{one.name}.")):
        packed = folder / "udeb.tar"
        with packed.open("wb") as stream:
            run(command, stdout=stream)
        with tarfile.open(packed) as archive:
            for member in archive:
                name = prefix + member.name.removeprefix("./").strip("/")
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None:
                    yield plain(name, content.read(), member.mode)
                elif member.issym():
                    yield Entry(name, stat.S_IFLNK | 0o777, member.linkname.encode())


def module_lists(there: dict[str, Entry], added: list[Entry], version: str, root: Path) -> list[Entry]:
    """Give the lists of a kernel's modules, those added among them, as depmod makes them."""
    folder = f"lib/modules/{version}"
    for entry in (*there.values(), *added):
        at = entry.name.removeprefix("usr/")
        if at.startswith(f"{folder}/") and stat.S_ISREG(entry.mode):
            (root / at).parent.mkdir(parents=True, exist_ok=True)
            (root / at).write_bytes(entry.content)
    if not root.exists():
        raise ComposeError(f"the installer's initramfs has no modules of {version}")
    run(depmod.depmod(root, version))
    made = [plain(f"{folder}/{path.name}", path.read_bytes()) for path in sorted((root / folder).glob("modules.*"))]
    shutil.rmtree(root)
    return made
