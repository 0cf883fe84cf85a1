"""Make bootable containers (bootc) of OSTree commits, as OCI archives in layers by package."""

from __future__ import annotations

import json
import tarfile
from functools import partial
from pathlib import Path

from composelib.files import scratch
from composelib.image.oci import bootc
from composelib.image.oci import build as oci_build
from composelib.image.oci import container as containers
from composelib.image.oci.container import NAMESPACE, Container
from composelib.image.ostree.layout import DPKG, TMPFILES
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.variant import Variant
from composelib.task import Task
from composelib.tools import ostree
from composelib.tools.run import run

INIT = ("/sbin/init",)


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each container that is made of an OSTree image, and each of its arches."""
    return tuple(
        task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.kind == "container" and origin_kind(variant, image) == "ostree"
        for arch in image.arches
    )


def origin_kind(variant: Variant, image: Image) -> str:
    """Give the kind of the image that another is made of; empty if it is made of none."""
    return next((one.kind for one in variant.images if one.name == image.origin_image), "")


def task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one image and arch."""
    made = containers.described(compose, variant.name, arch, image.name, image.origin_image)
    record = compose.paths.commit(variant.name, arch, image.origin_image)
    work = compose.paths.work("ostree_container", variant.name, f"{arch}-{image.name}")
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"make the container {made.archive.name} of {image.origin_image}",
        run=partial(build, made, image.bootc, record, compose.paths.ostree, work),
        inputs=(record, made.packages),
        order_only=(compose.paths.epoch,),
        outputs=(made.archive, made.bill),
        uses={
            "says": [made.title, made.arch, made.version, made.address, made.namespace],
            "bootc": image.bootc,
        },
        tools=("ostree",),
        failable=image.may_fail(arch),
        pool="disk",
    )


def build(made: Container, bootable: bool, record: Path, repository: Path, work: Path) -> None:
    """Make a container of a commit. Raises ComposeError."""
    commit = json.loads(record.read_text())
    with scratch(work) as folder:
        exported = folder / "commit.tar"
        with exported.open("wb") as stream:
            run(ostree.export(repository, commit["commit"]), stdout=stream, package=ostree.PACKAGE)
        with tarfile.open(exported) as tar:
            tree = oci_build.read(tar, bootc.place, 1)
            lines = oci_build.content(tree, tree.members[TMPFILES]).decode()
            oci_build.add_all(tree, bootc.in_var(lines))
            containers.build(made, tree, DPKG, labels(commit, bootable), INIT, folder)


def labels(commit: dict[str, str], bootable: bool) -> dict[str, str]:
    """Give the labels by which bootc and others know what a container holds."""
    return {
        "ostree.commit": commit["commit"],
        "ostree.linux": commit["kernel"],
        f"{NAMESPACE}.revision": commit["commit"],
        f"{NAMESPACE}.version": commit["release"],
        **({"containers.bootc": "1", "ostree.bootable": "true"} if bootable else {}),
    }
