"""Find the exact packages of each image by apt's solver on the compose's repositories."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.media.loaders import list_packages
from composelib.image.media.programs import is_disk
from composelib.image.media.secure_boot import list_signed_files
from composelib.image.root.requirements import Needs, collect_needs
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import DiskImage, OstreeInstallerImage
from composelib.model.image_traits import ALWAYS, Image, RootedImage, SecureImage
from composelib.model.origin import Origin, Seed
from composelib.task import Task


@dataclass(frozen=True)
class IndexedRepository:
    """A repository of the compose that an image is made of."""

    path: Path
    components: tuple[str, ...]
    indices: tuple[Path, ...]
    """The Packages files of the components, for the image's arch and each foreign one."""


@dataclass(frozen=True)
class SolveJob:
    """The packages that an image asks for, and the repositories that they come from."""

    origin: Origin
    """Where the config has the image, for messages."""
    arch: str
    foreign: tuple[str, ...]
    seeds: tuple[Seed, ...]
    exclude: tuple[Seed, ...]
    recommends: bool
    suite: str
    tolerant: bool
    """Whether imported lists may name what the repositories do not have."""
    needs: Needs
    """What the image's settings need of its packages."""
    repositories: tuple[IndexedRepository, ...]
    store: Path
    lists: Path
    """The folder of the lists of what each .deb has."""
    key: Path
    """The key that signs the repositories, armored."""
    output: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each image that has a root file system of its own, and each of its arches."""
    return tuple(
        plan_solve(compose, deliverable)
        for deliverable in compose.deliverables(RootedImage)
        if deliverable.image.has_root
    )


def plan_solve(compose: Compose, deliverable: Deliverable[RootedImage]) -> Task:
    """Return the task of one image and arch."""
    variant, arch, image = deliverable.variant, deliverable.arch, deliverable.image
    job = SolveJob(
        origin=image.origin,
        arch=arch,
        foreign=variant.foreign_arches,
        seeds=image.packages or variant.packages,
        exclude=image.exclude,
        recommends=image.recommends,
        suite=compose.release.codename,
        tolerant=variant.strict != "fatal",
        needs=collect_needs(image, list_boot_loaders(deliverable), list_signed_loaders(deliverable)),
        repositories=list_repositories(compose, deliverable),
        store=compose.paths.store,
        lists=compose.paths.store_contents,
        key=compose.paths.archive_key,
        output=compose.paths.solved(variant.name, arch, image.name),
    )
    names = (variant.name, *variant.lookaside)
    return Task(
        name=deliverable.name,
        doc=f"find the packages of {variant.name}'s image {image.name} on {arch}",
        run=partial(solve, job),
        inputs=tuple(index for repository in job.repositories for index in repository.indices),
        order_only=(job.key, *(compose.paths.suite(name) / "InRelease" for name in names)),
        consulted=(*(compose.paths.by_hash_list(name) for name in names), *list_stored(compose, deliverable)),
        scratch=(job.output.with_suffix(".apt"), job.lists),
        outputs=(job.output,),
        uses={
            "packages": [seed.text for seed in job.seeds],
            "imported": [seed.text for seed in job.seeds if seed.imported and job.tolerant],
            "exclude": [seed.text for seed in job.exclude],
            "recommends": job.recommends,
            "foreign": list(job.foreign),
            "needs": list(astuple(job.needs)),
        },
        tools=("apt-get",),
        failable=deliverable.failable,
    )


def list_boot_loaders(deliverable: Deliverable[RootedImage]) -> tuple[str, ...]:
    """Return the packages of which an image needs one if a disk is made of it; none if it needs none."""
    return list_packages(deliverable.arch) if any(map(has_disk, list_made(deliverable))) else ()


def list_signed_loaders(deliverable: Deliverable[RootedImage]) -> tuple[str, ...]:
    """Return the packages that an image must have if what is made of it must start with Secure Boot on."""
    images = list_made(deliverable)
    is_secure = any(isinstance(image, SecureImage) and image.secure_boot == ALWAYS for image in images)
    return tuple(file.owner for file in list_signed_files(deliverable.arch) if file.owner) if is_secure else ()


def list_made(deliverable: Deliverable[RootedImage]) -> list[Image]:
    """Return an image, and those that are made of it on its arch."""
    return [
        image
        for image in deliverable.variant.images
        if deliverable.arch in image.arches
        and deliverable.image.name in {image.name, getattr(image, "source_image", "")}
    ]


def has_disk(image: Image) -> bool:
    """Return whether an image is a disk, or writes one."""
    if isinstance(image, DiskImage):
        return any(is_disk(suffix.removeprefix(".")) for suffix in image.suffixes)
    return isinstance(image, OstreeInstallerImage)


def list_stored(compose: Compose, deliverable: Deliverable[RootedImage]) -> Iterator[Path]:
    """Yield the store, and the lists of what the repositories have of it: some settings need a look into the packages."""
    yield from compose.paths.store_ledger
    for variant in compose.image_repositories(deliverable.variant, deliverable.arch):
        for arch in (deliverable.arch, *variant.foreign_arches):
            yield compose.paths.store_list(variant.name, arch)


def list_repositories(compose: Compose, deliverable: Deliverable[RootedImage]) -> tuple[IndexedRepository, ...]:
    """Return the repositories that an image is made of: its variant's own and those of the variant's lookasides."""
    repositories = []
    for variant in compose.image_repositories(deliverable.variant, deliverable.arch):
        components = variant.image_components(deliverable.arch)
        indices = tuple(
            compose.paths.packages_index(variant.name, arch, component)
            for arch in (deliverable.arch, *variant.foreign_arches)
            for component in components
        )
        repositories.append(IndexedRepository(compose.paths.repository(variant.name), components, indices))
    return tuple(repositories)


def solve(job: SolveJob) -> None:
    """Write the list of an image's packages. Raise ComposeError if there is no solution."""
    from composelib.actions import solve as actions

    actions.solve(job)
