"""Make disk images with a commit deployed on them, which start by BIOS and UEFI, update themselves and roll back."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from composelib.errors import ComposeError, MachineError
from composelib.files import scratch
from composelib.image.media import disk_layout, formats, raw_disk
from composelib.image.media.grub_menu import CONSOLES
from composelib.image.media.identifiers import fixed_uuid
from composelib.image.ostree import deployment
from composelib.image.ostree.deployment import Source
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.variant import Variant
from composelib.task import Task


@dataclass(frozen=True)
class Wanted:
    """What decides a disk, beside the commit."""

    name: str
    """What its UUIDs belong to."""
    arch: str
    size: int
    """Bytes; 0 for what two deployments take."""
    append: str


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each disk that is made of an OSTree image, and each of its arches."""
    return tuple(
        task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.kind == "disk" and image.origin_image
        for arch in image.arches
    )


def task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one image and arch."""
    record = compose.paths.commit(variant.name, arch, image.origin_image)
    source = Source(record, compose.paths.ostree, compose.paths.archive_key, compose.release.short)
    name = compose.paths.image_name(variant.name, arch, image.name, "")
    append = image.customize.kernel_append or origin(variant, image).customize.kernel_append
    wanted = Wanted(name, arch, image.size, append)
    outputs = compose.paths.image_files(variant.name, arch, image)
    forms = {path.name.removeprefix(f"{name}."): path for path in outputs}
    work = compose.paths.work("ostree_disk", variant.name, f"{arch}-{image.name}")
    programs = {program for form in forms for program in formats.programs(form)}
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"make {image.name} of {image.origin_image} for {arch} as {', '.join(forms)}",
        run=partial(build, wanted, source, forms, compose.paths.epoch, work),
        inputs=(record, compose.paths.archive_key),
        order_only=(compose.paths.epoch,),
        outputs=outputs,
        uses={"disk": [wanted.name, wanted.arch, wanted.size, wanted.append], "os": source.os, "formats": list(forms)},
        tools=tuple(sorted({"ostree", *raw_disk.TOOLS, *programs} - {"tar"})),
        failable=image.may_fail(arch),
        pool="disk",
    )


def origin(variant: Variant, image: Image) -> Image:
    """Give the image that another is made of."""
    return next(one for one in variant.images if one.name == image.origin_image)


def build(wanted: Wanted, source: Source, forms: dict[str, Path], epoch_file: Path, work: Path) -> None:
    """Make a disk of a commit in each format.

    Raises MachineError when not root, ComposeError if the disk is too small.
    """
    if os.geteuid() != 0:
        raise MachineError("a deployment's files need owners, which only root can give", "run as root")
    epoch = int(epoch_file.read_text())
    with scratch(work) as folder:
        raw = make_raw(wanted, source, folder, epoch)
        for form, output in forms.items():
            formats.deliver(raw, form, output, fixed_uuid(wanted.name, form), epoch)


def make_raw(wanted: Wanted, source: Source, folder: Path, epoch: int) -> Path:
    """Make a raw disk of a commit, working in `folder`."""
    tree = folder / "root"
    root_uuid = fixed_uuid(wanted.name, "root file system")
    words = f"root=UUID={root_uuid} rw {wanted.append} {CONSOLES}".split()
    deployment.deploy(source, tree, words, epoch)
    content = deployment.content_size(tree)
    disk = disk_layout.layout(wanted.name, wanted.arch, wanted.size or disk_layout.size_for(2 * content))
    if disk.root.size < content * disk_layout.FILL:
        needed = disk_layout.size_for(2 * content)
        raise ComposeError(
            f"{wanted.name}: a disk of {wanted.size / 1e9:.2f} GB is too small for a commit of {content / 1e9:.2f} GB",
            f"size: {needed / 1e9:.1f}GB has room for an update",
        )
    raw = folder / "disk.raw"
    with raw.open("wb") as stream:
        stream.truncate(disk.size)
    raw_disk.lay_ext4(disk, tree, raw, folder, epoch)
    raw_disk.lay_boot(disk, wanted.arch, raw, folder, epoch)
    return raw
