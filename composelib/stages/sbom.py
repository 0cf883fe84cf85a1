"""Write the bills of materials of each variant and image: SPDX and CycloneDX documents."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import ContainerImage, IsoImage, NetbootImage
from composelib.model.image_traits import Image
from composelib.model.variant import INSTALLER, Variant
from composelib.task import Task

SPDX, CYCLONEDX = ".spdx.json", ".cdx.json"


@dataclass(frozen=True)
class SbomJob:
    """The name of what is described, the lists that have its packages, and the documents."""

    name: str
    chosen: tuple[Path, ...]
    """The stanzas of binary packages, as gather chose them."""
    sources: tuple[Path, ...]
    """The stanzas of source packages."""
    components: tuple[str, ...]
    """The components whose packages are in it; empty for all."""
    packages: Path | None
    """The list of the packages in it, as `solve` wrote it; None for all of the lists."""
    store: Path
    lists: Path
    """The folder that remembers the licences of each .deb."""
    epoch: Path
    spdx: Path
    cyclonedx: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each variant and arch, and one for each image but those that fetch all packages."""
    images = (item for item in compose.deliverables(Image) if not isinstance(item.image, NetbootImage))
    return (
        *(plan_variant_bill(compose, variant, arch) for variant in compose.variants for arch in variant.arches),
        *(plan_image_bill(compose, deliverable) for deliverable in images),
    )


def plan_variant_bill(compose: Compose, variant: Variant, arch: str) -> Task:
    """Return the task of a variant's bill."""
    job = SbomJob(
        name=f"{compose.release.short}-{compose.release.version}-{variant.name}-{arch}",
        chosen=(compose.paths.gathered_stanzas(variant.name, arch),),
        sources=list_source_lists(compose, (variant,)),
        components=(),
        packages=None,
        store=compose.paths.store,
        lists=compose.paths.store_contents,
        epoch=compose.paths.epoch,
        spdx=compose.paths.metadata(f"{variant.name}-{arch}{SPDX}"),
        cyclonedx=compose.paths.metadata(f"{variant.name}-{arch}{CYCLONEDX}"),
    )
    return plan_sbom(compose, job, f"{variant.name}:{arch}", f"{variant.name} for {arch}", (variant,), arch)


def plan_image_bill(compose: Compose, deliverable: Deliverable[Image]) -> Task:
    """Return the task of an image's bill, which is there only if the image is."""
    variant, arch, image, paths = deliverable.variant, deliverable.arch, deliverable.image, compose.paths
    members = list_contributors(compose, deliverable)
    is_medium = isinstance(image, IsoImage)
    arches = () if arch == SOURCE else (arch,)
    job = SbomJob(
        name=paths.image_name(variant.name, arch, image.name, ""),
        chosen=tuple(paths.gathered_stanzas(member.name, binary) for member in members for binary in arches),
        sources=list_source_lists(compose, members),
        components=list_components(members, arch, image) if isinstance(image, IsoImage) else (),
        packages=None if is_medium else find_list(compose, deliverable),
        store=paths.store,
        lists=paths.store_contents,
        epoch=paths.epoch,
        spdx=paths.beside_image(variant.name, arch, image, SPDX),
        cyclonedx=paths.beside_image(variant.name, arch, image, CYCLONEDX),
    )
    files = paths.image_files(variant.name, arch, image) or (paths.commit(variant.name, arch, image.name),)
    subject = f"{variant.name}'s {image.name} for {arch}"
    task = plan_sbom(compose, job, deliverable.name, subject, members if arches else (), arch)
    return replace(task, order_only=(*task.order_only, *files), failable=deliverable.failable)


def find_list(compose: Compose, deliverable: Deliverable[Image]) -> Path:
    """Return the path of the list of the packages in an image: its root's, or those that its container has of them."""
    variant, arch, image = deliverable.variant.name, deliverable.arch, deliverable.image
    if isinstance(image, ContainerImage) and image.distroless:
        return compose.paths.container_packages(variant, arch, image.name)
    return compose.paths.solved(variant, arch, (deliverable.source or image).name)


def list_contributors(compose: Compose, deliverable: Deliverable[Image]) -> tuple[Variant, ...]:
    """Return the variants whose packages may be in an image: those that are on a medium, or that its root is made of."""
    variant, arch, image = deliverable.variant, deliverable.arch, deliverable.image
    if not isinstance(image, IsoImage):
        return tuple(compose.image_repositories(variant, arch))
    names = set(image.extra_variants) - {variant.name}
    extra = (member for member in compose.variants if member.name in names)
    return (variant, *(member for member in extra if arch in {SOURCE, *member.arches}))


def list_components(members: tuple[Variant, ...], arch: str, image: IsoImage) -> tuple[str, ...]:
    """Return the components that are on a medium."""
    names = [name for member in members for name in member.image_components(arch, optional=image.optional)]
    return tuple(dict.fromkeys([*names, *((INSTALLER,) if image.installer else ())]))


def list_source_lists(compose: Compose, members: tuple[Variant, ...]) -> tuple[Path, ...]:
    """Return the lists of the sources of variants that have them."""
    return tuple(compose.paths.gathered_stanzas(member.name, SOURCE) for member in members if member.sources)


def plan_sbom(compose: Compose, job: SbomJob, name: str, subject: str, members: tuple[Variant, ...], arch: str) -> Task:
    """Return the task of one bill of materials, of packages that were fetched for these variants."""
    return Task(
        name=name,
        doc=f"write the bill of materials of {subject}",
        run=partial(write_sbom, job),
        inputs=(
            *job.chosen,
            *job.sources,
            *((job.packages,) if job.packages else ()),
            *(compose.paths.fetched(member.name, arch) for member in members),
        ),
        order_only=(job.epoch,),
        consulted=(*compose.paths.store_ledger, *(compose.paths.store_list(member.name, arch) for member in members)),
        scratch=(job.lists,),
        outputs=(job.spdx, job.cyclonedx),
        uses={"name": job.name, "components": list(job.components)},
        tools=("dpkg-deb",),
    )


def write_sbom(job: SbomJob) -> None:
    """Write a bill of materials in each format."""
    from composelib.actions import sbom  # loaded when a task runs

    sbom.write_sbom(job)
