"""Make containers of packages, without a kernel, as OCI archives in layers by package."""

from __future__ import annotations

import tarfile
from functools import partial
from pathlib import Path

from composelib.files import read_epoch, scratch
from composelib.image.oci import build as oci_build
from composelib.image.oci import container as containers
from composelib.image.oci.container import Container
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.variant import Variant
from composelib.task import Task

DATABASE = "var/lib/dpkg"
SHELL = ("/bin/sh",)
NOT_FILES = ("dev", "proc", "run", "sys", "tmp")
"""Folders that are empty in an image: what is in them is made when it runs."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each container that is made of packages, or of a root file system, and each of its arches."""
    return tuple(
        task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.kind == "container" and origin_kind(variant, image) in {"", "root"}
        for arch in image.arches
    )


def origin_kind(variant: Variant, image: Image) -> str:
    """Give the kind of the image that another is made of; empty if it is made of none."""
    return next((one.kind for one in variant.images if one.name == image.origin_image), "")


def task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one image and arch."""
    origin = image.origin_image or image.name
    made = containers.described(compose, variant.name, arch, image.name, origin)
    root = compose.paths.rootfs(variant.name, arch, origin)
    work = compose.paths.work("container", variant.name, f"{arch}-{image.name}")
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"make the container {made.archive.name}",
        run=partial(build, made, root, work),
        inputs=(root, made.packages),
        order_only=(compose.paths.epoch,),
        outputs=(made.archive, made.bill),
        uses={"says": [made.title, made.arch, made.version, made.address, made.namespace]},
        failable=image.may_fail(arch),
        pool="disk",
    )


def build(made: Container, root: Path, work: Path) -> None:
    """Make a container of a root file system."""
    with scratch(work) as folder, tarfile.open(root) as tar:
        tree = oci_build.read(tar, place, read_epoch(made.epoch))
        containers.build(made, tree, DATABASE, {}, SHELL, folder)


def place(member: tarfile.TarInfo) -> str:
    """Give the path that a root's member has in a container."""
    name = oci_build.path_of(member.name)
    if name.partition("/")[0] in NOT_FILES and "/" in name:
        return ""
    return "" if member.isdev() else name
