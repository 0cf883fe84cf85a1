"""Sum up every image, and sign the list of the sums."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from composelib.files import read_epoch, write
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.paths import ComposePaths
from composelib.model.variant import Variant
from composelib.task import Task
from composelib.tools import gpg

Made = tuple[Variant, str, Image]


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each image, and one that gathers and signs their sums; none where there are no images."""
    images = [
        (variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        for arch in image.targets
        if compose.paths.image_files(variant.name, arch, image)
    ]
    if not images:
        return ()
    return (*(image_task(compose, *made) for made in images), sums_task(compose, images))


def image_task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task that sums up one image, so that an image that stays as it is is not read again."""
    files = compose.paths.image_files(variant.name, arch, image)
    further = compose.paths.further_discs(variant.name, arch, image.name) if image.split else None
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"sum up {variant.name}'s {image.name} for {arch}",
        run=partial(sum_up, compose.paths.root, files, further),
        inputs=(*files, *([further] if further else [])),
        outputs=tuple(ComposePaths.sum_file(path) for path in files),
        uses={},
        failable=image.may_fail(arch),
        pool="disk",
    )


def sums_task(compose: Compose, images: list[Made]) -> Task:
    """Give the task that writes SHA256SUMS: of failable images, those that were made."""
    needed, optional = (
        tuple(
            ComposePaths.sum_file(path)
            for variant, arch, image in images
            if image.may_fail(arch) is failable
            for path in compose.paths.image_files(variant.name, arch, image)
        )
        for failable in (False, True)
    )
    return Task(
        name=compose.paths.checksums.name,
        doc="list the sums of all images, signed",
        run=partial(list_sums, compose, (*needed, *optional)),
        inputs=(*needed, compose.paths.archive_key),
        optional=optional,
        order_only=(compose.paths.epoch,),
        outputs=(compose.paths.checksums, compose.paths.checksums.with_name("SHA256SUMS.sign")),
        uses={"sign": compose.sign},
        tools=("gpg",),
        pool="sign",
    )


def sum_up(root: Path, images: tuple[Path, ...], further: Path | None) -> None:
    """Write beside each image its SHA256, as sha256sum(1) would; the first disc's file has those of its set, too."""
    discs = [root / line for line in further.read_text().splitlines()] if further else []
    with ThreadPoolExecutor() as pool:
        sums = dict(zip((*images, *discs), pool.map(sha256, (*images, *discs)), strict=True))
    for image in images:
        listed = [image, *discs] if image == images[0] else [image]
        write(ComposePaths.sum_file(image), "".join(f"{sums[path]}  {path.name}\n" for path in listed))


def sha256(path: Path) -> str:
    """Give the SHA256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def list_sums(compose: Compose, sums: tuple[Path, ...]) -> None:
    """Write SHA256SUMS, sorted by path, and its detached signature."""
    found = {}
    for path in sums:
        if path.exists():
            for line in path.read_text().splitlines():
                digest, _, name = line.partition("  ")
                found[str(path.parent.relative_to(compose.paths.tree) / name)] = digest
    text = "".join(f"{digest}  {name}\n" for name, digest in sorted(found.items()))
    signer = gpg.signer(compose.sign, compose.paths.key_home)
    signature = gpg.detach(signer, text.encode(), read_epoch(compose.paths.epoch))
    write(compose.paths.checksums, text)
    write(compose.paths.checksums.with_name("SHA256SUMS.sign"), signature)
