"""Describe media by the packages on them (jigdo): a user who has these packages downloads only the rest."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import IsoImage
from composelib.model.variant import Variant
from composelib.task import Task

SUFFIXES = (".jigdo", ".template")


@dataclass(frozen=True)
class JigdoLabel:
    """A word that stands for a variant's repository."""

    name: str
    repository: Path
    url: str
    """The URL at which the repository is served, or its path relative to the medium."""


@dataclass(frozen=True)
class JigdoJob:
    """A medium to describe."""

    iso: Path
    pool_lists: tuple[Path, ...]
    root: Path
    """The folder that the paths in the pool lists are relative to."""
    labels: tuple[JigdoLabel, ...]
    work: Path
    jigdo: Path
    template: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each ISO with `jigdo` and each arch it is made for."""
    return tuple(
        plan_jigdo(compose, deliverable) for deliverable in compose.deliverables(IsoImage) if deliverable.image.jigdo
    )


def plan_jigdo(compose: Compose, deliverable: Deliverable[IsoImage]) -> Task:
    """Return the task of one medium."""
    variant, arch, image, paths = deliverable.variant, deliverable.arch, deliverable.image, compose.paths
    iso, jigdo, template = (paths.iso(variant.name, arch, image.name, suffix) for suffix in (".iso", *SUFFIXES))
    names = (variant.name, *image.extra_variants)
    variants = [member for member in compose.variants if member.name in names]
    job = JigdoJob(
        iso=iso,
        pool_lists=tuple(
            paths.pool_list(member.name, pool_arch) for member in variants for pool_arch in list_arches(member, arch)
        ),
        root=paths.root,
        labels=tuple(label_repository(compose, member.name, iso) for member in variants),
        work=paths.work("jigdo", variant.name, f"{arch}-{image.name}"),
        jigdo=jigdo,
        template=template,
    )
    return Task(
        name=deliverable.name,
        doc=f"describe {iso.name} for jigdo",
        run=partial(describe, job),
        inputs=(iso, *job.pool_lists),
        scratch=(job.work,),
        outputs=(jigdo, template),
        uses={"urls": {label.name: label.url for label in job.labels}},
        tools=("jigdo-file",),
        failable=deliverable.failable,
        pool="images",
    )


def list_arches(variant: Variant, arch: str) -> tuple[str, ...]:
    """Return the arches of a variant whose packages are on a medium of an arch."""
    foreign = variant.foreign_arches if arch != SOURCE else ()
    return tuple(name for name in dict.fromkeys((arch, *foreign)) if name in variant.index_arches)


def label_repository(compose: Compose, variant: str, iso: Path) -> JigdoLabel:
    """Return the label of a variant's repository: it begins with a capital and has only letters and digits."""
    letters = "".join(letter for letter in variant if letter.isalnum())
    repository, base = compose.paths.repository(variant), compose.base_url.rstrip("/")
    url = f"{base}/{variant}/repo/" if base else f"{os.path.relpath(repository, iso.parent)}/"
    return JigdoLabel(letters[:1].upper() + letters[1:], repository, url)


def describe(job: JigdoJob) -> None:
    """Write the .jigdo and the .template of a medium, beside it."""
    from composelib.actions import jigdo

    jigdo.describe(job)
