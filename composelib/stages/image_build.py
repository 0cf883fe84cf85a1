"""Makes disk images that start by BIOS and UEFI, and root file systems as tars, in all formats asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple
from functools import partial
from pathlib import Path

from composelib.files import scratch
from composelib.image.media import formats, raw_disk
from composelib.image.media.identifiers import fixed_uuid
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.variant import Variant
from composelib.task import Task


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each disk or root image that is made of a root file system, and each of its arches."""
    return tuple(
        make_task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.kind in {"disk", "root"} and image.has_root
        for arch in image.arches
    )


def make_task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one image and arch."""
    root = compose.paths.rootfs(variant.name, arch, image.name)
    release = compose.release
    wanted = raw_disk.Wanted(
        compose.paths.image_name(variant.name, arch, image.name, ""),
        arch,
        f"{release.name} {release.version} {variant.name}",
        image.size,
        image.customize.kernel_append,
        image.cloud_init,
    )
    outputs = compose.paths.image_files(variant.name, arch, image)
    stem = compose.paths.image(variant.name, arch, image.name, "")
    forms = {path.name.removeprefix(f"{stem.name}."): path for path in outputs}
    work = compose.paths.work("image_build", variant.name, f"{arch}-{image.name}")
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"make {image.name} for {arch} as {', '.join(forms)}",
        run=partial(build, wanted, forms, root, compose.paths.epoch, work),
        inputs=(root,),
        order_only=(compose.paths.epoch,),
        outputs=outputs,
        uses={"wanted": list(astuple(wanted)), "formats": list(forms)},
        tools=programs(forms),
        failable=image.may_fail(arch),
        pool="disk",
    )


def programs(forms: Iterable[str]) -> tuple[str, ...]:
    """Give the programs that formats need."""
    needed = {program for form in forms for program in formats.programs(form)}
    needed |= set(raw_disk.TOOLS) if any(is_disk(form) for form in forms) else set()
    return tuple(sorted(needed))


def is_disk(form: str) -> bool:
    """Tell whether a format is a disk's; `tar` is the root file system alone."""
    return form.partition(".")[0] != "tar"


def build(wanted: raw_disk.Wanted, forms: dict[str, Path], root: Path, epoch_file: Path, work: Path) -> None:
    """Make an image of a root's tar in each format. Raises ComposeError, MachineError."""
    epoch = int(epoch_file.read_text())
    with scratch(work) as folder:
        raw = folder / "disk.raw"
        if any(is_disk(form) for form in forms):
            raw_disk.make_raw(wanted, root, folder, raw, epoch)
        for form, output in forms.items():
            formats.deliver(raw if is_disk(form) else root, form, output, fixed_uuid(wanted.name, form), epoch)
