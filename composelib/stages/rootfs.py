"""Make the root file system of each image, of exactly the packages that were solved for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from composelib.image.root import builders
from composelib.image.root.builder import RootJob
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.identity import describe_identity, name_host
from composelib.model.image import DiskImage, OstreeImage
from composelib.model.image_traits import RootedImage
from composelib.task import Json, Task


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each image that has a root file system of its own, and each of its arches."""
    return tuple(
        plan_image(compose, deliverable)
        for deliverable in compose.deliverables(RootedImage)
        if deliverable.image.has_root
    )


def plan_image(compose: Compose, deliverable: Deliverable[RootedImage]) -> Task:
    """Return the task of one image and arch; it runs the image's builder."""
    variant, arch, image = deliverable.variant, deliverable.arch, deliverable.image
    name = image.builder if isinstance(image, DiskImage) else builders.DEFAULT
    builder = builders.load(name)
    job = plan_root(compose, deliverable)
    output = compose.paths.rootfs(variant.name, arch, image.name)
    suites = tuple(folder / "dists" / job.suite / "InRelease" for folder, _ in job.repositories)
    return Task(
        name=deliverable.name,
        doc=f"make the root file system of {variant.name}'s image {image.name} for {arch}",
        run=partial(builder.build, job, output),
        inputs=(job.packages, *job.scripts, *((job.files,) if job.files else ())),
        order_only=(job.key, job.epoch, *suites),  # when they matter, the list of packages has changed, too
        consulted=tuple(list_package_files(compose, deliverable)),
        scratch=tuple(output.with_suffix(suffix) for suffix in (".making", ".mkosi")),
        outputs=(output, *((job.record,) if job.record else ())),
        uses={"builder": name, **list_uses(job)},
        tools=builder.CAPABILITIES.tools,
        executed_arch=arch,
        failable=deliverable.failable,
        pool="images",
    )


def plan_root(compose: Compose, deliverable: Deliverable[RootedImage]) -> RootJob:
    """Return the job that makes the root file system of an image."""
    variant, arch, image = deliverable.variant, deliverable.arch, deliverable.image
    return RootJob(
        label=f"{variant.name}'s image {image.name}",
        arch=arch,
        foreign=variant.foreign_arches,
        suite=compose.release.codename,
        tree=compose.paths.tree,
        store=compose.paths.store,
        repositories=tuple(
            (compose.paths.repository(source.name), source.image_components(arch))
            for source in compose.image_repositories(variant, arch)
        ),
        key=compose.paths.archive_key,
        packages=compose.paths.solved(variant.name, arch, image.name),
        epoch=compose.paths.epoch,
        identity=describe_identity(compose.release, variant.name, image.name),
        hostname=name_host(compose.release),
        customize=replace(image.customize, kernel_append=""),
        files=compose.paths.extra_files(variant.name, arch, image.name) if image.files else None,
        scripts=image.scripts,
        network=image.network,
        record=compose.paths.network_record(variant.name, arch, image.name) if image.network else None,
        keep=image.keep,
        address=f"{compose.base_url.rstrip('/')}/{variant.name}/repo" if compose.base_url else "",
        initramfs=isinstance(image, OstreeImage),
    )


def list_package_files(compose: Compose, deliverable: Deliverable[RootedImage]) -> Iterator[Path]:
    """Yield the lists and files of the repositories that the packages come from, and of the image's extra files."""
    variant, arch, image, paths = deliverable.variant, deliverable.arch, deliverable.image, compose.paths
    for source in compose.image_repositories(variant, arch):
        yield paths.by_hash_list(source.name)
        for indexed in (arch, *source.foreign_arches):
            yield paths.pool_list(source.name, indexed)
            yield paths.store_list(source.name, indexed)
            for component in source.image_components(arch):
                yield from paths.index_files(source.name, indexed, component)
    if image.files:
        yield paths.extra_files_list(variant.name, arch, image.name)


def list_uses(job: RootJob) -> dict[str, Json]:
    """Return the values of a job that decide the root file system, beside the content of its files."""
    return {
        "identity": asdict(job.identity) if job.identity else None,
        "hostname": job.hostname,
        "customize": asdict(job.customize),
        "scripts": [str(script) for script in job.scripts],
        "network": job.network,
        "keep": list(job.keep),
        "address": [job.address, *job.repositories[0][1]] if job.address else [],
        "foreign": list(job.foreign),
        "initramfs": job.initramfs,
    }
