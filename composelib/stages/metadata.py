"""Describe the compose for programs: composeinfo, debs, images, deliverables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import IsoImage
from composelib.model.image_traits import Image
from composelib.model.paths import ComposePaths
from composelib.model.variant import Variant
from composelib.task import Json, Task


@dataclass(frozen=True)
class ComposeinfoJob:
    """The config's part of composeinfo.json, and the files that have the rest."""

    config: Mapping[str, Json]
    compose_id: Path
    content: Path
    epoch: Path
    target: Path
    accepted: Mapping[str, Path]
    """The states of the suites of each archive that allows an expired key."""


@dataclass(frozen=True)
class DebsJob:
    """The manifest of each variant and arch, and the file that their rows go to."""

    manifests: Mapping[str, Mapping[str, Path]]
    target: Path


@dataclass(frozen=True)
class ImagesJob:
    """A row for each file of an image as the config has it, the tree they are in, and the file that the rows go to."""

    rows: tuple[dict[str, Json], ...]
    tree: Path
    target: Path


@dataclass(frozen=True)
class DeliverableRow:
    """What the config says of a deliverable, and the files that show that it was made: outputs of the last task it needs."""

    content: dict[str, Json]
    failable: bool
    proofs: tuple[Path, ...]


@dataclass(frozen=True)
class DeliverablesJob:
    """A row for each deliverable, and the file that the rows go to."""

    rows: tuple[DeliverableRow, ...]
    target: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each file of metadata."""
    return (plan_composeinfo(compose), plan_debs(compose), plan_images(compose), plan_deliverables(compose))


def plan_composeinfo(compose: Compose) -> Task:
    """Return the task of composeinfo.json."""
    job = ComposeinfoJob(
        config=describe_compose(compose),
        compose_id=compose.paths.compose_id,
        content=compose.paths.content_digest,
        epoch=compose.paths.epoch,
        target=compose.paths.metadata("composeinfo.json"),
        accepted={
            archive.name: compose.paths.signatures(archive)
            for archive in compose.archives
            if archive.uri and archive.allow_expired
        },
    )
    return Task(
        name="composeinfo",
        doc="describe the compose as a whole",
        run=partial(write_composeinfo, job),
        inputs=(job.compose_id, job.content, *job.accepted.values()),
        order_only=(job.epoch,),
        outputs=(job.target,),
        uses={"compose": dict(job.config)},
    )


def describe_compose(compose: Compose) -> dict[str, Json]:
    """Return what the config says of the compose."""
    release = compose.release
    base: Json = {"short": release.base.short, "version": release.base.version} if release.base else None
    return {
        "release": {
            "name": release.name,
            "short": release.short,
            "version": release.version,
            "codename": release.codename,
            "base": base,
        },
        "type": compose.type,
        "label": compose.label,
        "arches": list(compose.arches),
        "base_url": compose.base_url,
        "key": compose.paths.archive_key.name,
        "archives": {
            archive.name: {
                "suites": list(archive.suites),
                "components": list(archive.components),
                "snapshot": archive.snapshot,
                "lookaside": archive.lookaside,
                "trusted": archive.trusted,
                "allow_expired": archive.allow_expired,
                "sources": archive.sources,
            }
            for archive in compose.archives
        },
        "variants": {variant.name: describe_variant(compose, variant) for variant in compose.variants},
    }


def describe_variant(compose: Compose, variant: Variant) -> dict[str, Json]:
    """Return what the config says of a variant."""
    return {
        "arches": list(variant.arches),
        "repository": str(compose.paths.repository(variant.name).relative_to(compose.paths.tree)),
        "components": list(variant.components("")),
        "addons": [addon.name for addon in variant.addons],
        "lookaside": list(variant.lookaside),
        "sources": variant.sources,
        "debug": variant.debug,
        "images": [image.name for image in variant.images],
    }


def plan_debs(compose: Compose) -> Task:
    """Return the task of debs.json."""
    manifests = {
        variant.name: {arch: compose.paths.manifest(variant.name, arch) for arch in variant.gathered_arches}
        for variant in compose.variants
    }
    job = DebsJob(manifests, compose.paths.metadata("debs.json"))
    return Task(
        name="debs",
        doc="list all packages with the reasons why they are in",
        run=partial(write_debs, job),
        inputs=tuple(path for by_arch in job.manifests.values() for path in by_arch.values()),
        outputs=(job.target,),
        uses={"variants": {variant: list(by_arch) for variant, by_arch in job.manifests.items()}},
    )


def plan_images(compose: Compose) -> Task:
    """Return the task of images.json."""
    rows = tuple(
        describe_file(compose, deliverable, path)
        for deliverable in compose.deliverables(Image)
        for path in list_files(compose, deliverable)
    )
    job = ImagesJob(rows, compose.paths.tree, compose.paths.metadata("images.json"))
    images = compose.deliverables(Image)
    return Task(
        name="images",
        doc="list all images",
        run=partial(write_images, job),
        inputs=list_sum_files(compose, failable=False),
        optional=list_sum_files(compose, failable=True),
        consulted=tuple(path for deliverable in images for path in list_read_files(compose, deliverable)),
        outputs=(job.target,),
        uses={"images": list(job.rows)},
    )


def list_files(compose: Compose, deliverable: Deliverable[Image]) -> tuple[Path, ...]:
    """Return the files that an image is delivered as."""
    return compose.paths.image_files(deliverable.variant.name, deliverable.arch, deliverable.image)


def list_read_files(compose: Compose, deliverable: Deliverable[Image]) -> tuple[Path, ...]:
    """Return the files of an image, whose sizes and volume IDs are told; of a set of discs, the list of the further ones."""
    variant, arch, image = deliverable.variant, deliverable.arch, deliverable.image
    is_set = isinstance(image, IsoImage) and image.split
    further = (compose.paths.further_discs(variant.name, arch, image.name),) if is_set else ()
    return (*list_files(compose, deliverable), *further)


def list_sum_files(compose: Compose, *, failable: bool) -> tuple[Path, ...]:
    """Return the checksum files of the images that may, or may not, fail."""
    return tuple(
        ComposePaths.sum_file(path)
        for deliverable in compose.deliverables(Image)
        if deliverable.failable is failable
        for path in list_files(compose, deliverable)
    )


def describe_file(compose: Compose, deliverable: Deliverable[Image], path: Path) -> dict[str, Json]:
    """Return what the config says of one file of an image."""
    return describe_deliverable(deliverable) | {"path": str(path.relative_to(compose.paths.tree))}


def describe_deliverable(deliverable: Deliverable[Image]) -> dict[str, Json]:
    """Return what the config says of an image; its paths are added by the callers."""
    return {
        "kind": deliverable.image.kind,
        "variant": deliverable.variant.name,
        "arch": deliverable.arch,
        "name": deliverable.image.name,
        "failable": deliverable.failable,
    }


def plan_deliverables(compose: Compose) -> Task:
    """Return the task of deliverables.json."""
    rows = (*list_repository_rows(compose), *list_image_rows(compose))
    job = DeliverablesJob(rows, compose.paths.metadata("deliverables.json"))
    return Task(
        name="deliverables",
        doc="list all that is delivered, and what failed",
        run=partial(write_deliverables, job),
        inputs=(),
        optional=list_proofs(rows, failable=True),
        order_only=list_proofs(rows, failable=False),
        outputs=(job.target,),
        uses={"deliverables": [row.content for row in rows]},
    )


def list_proofs(rows: tuple[DeliverableRow, ...], *, failable: bool) -> tuple[Path, ...]:
    """Return the files that show what was made, of the deliverables that may, or may not, fail; each once."""
    return tuple(dict.fromkeys(path for row in rows if row.failable is failable for path in row.proofs))


def list_repository_rows(compose: Compose) -> Iterator[DeliverableRow]:
    """Yield a row for each repository and arch; its signed Release file shows that it was made."""
    for variant in compose.variants:
        for arch in variant.index_arches:
            content: dict[str, Json] = {
                "kind": "repository",
                "variant": variant.name,
                "arch": arch,
                "name": "repo",
                "failable": False,
                "paths": [str(compose.paths.repository(variant.name).relative_to(compose.paths.tree))],
            }
            yield DeliverableRow(content, failable=False, proofs=(compose.paths.release_file(variant.name),))


def list_image_rows(compose: Compose) -> Iterator[DeliverableRow]:
    """Yield a row for each image and arch; a commit is in the compose's OSTree repository, and its record is elsewhere."""
    for deliverable in compose.deliverables(Image):
        variant, arch, image = deliverable.variant, deliverable.arch, deliverable.image
        files = list_files(compose, deliverable)
        proofs = tuple(map(ComposePaths.sum_file, files)) or (compose.paths.commit(variant.name, arch, image.name),)
        names: list[Json] = [str(path.relative_to(compose.paths.tree)) for path in files or (compose.paths.ostree,)]
        yield DeliverableRow(describe_deliverable(deliverable) | {"paths": names}, deliverable.failable, proofs)


def write_composeinfo(job: ComposeinfoJob) -> None:
    """Write what the config says of the compose, its ID, and the SHA256 of the content that the ID names."""
    from composelib.actions import metadata  # loaded when a task runs

    metadata.write_composeinfo(job)


def write_debs(job: DebsJob) -> None:
    """Write the rows of all manifests by variant and arch."""
    from composelib.actions import metadata

    metadata.write_debs(job)


def write_images(job: ImagesJob) -> None:
    """Write a row for each file of an image that was made; of a set of discs, for each disc."""
    from composelib.actions import metadata

    metadata.write_images(job)


def write_deliverables(job: DeliverablesJob) -> None:
    """Write a row for each deliverable; `made` says whether what shows it is there."""
    from composelib.actions import metadata

    metadata.write_deliverables(job)
