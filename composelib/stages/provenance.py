"""Sign what each image and repository was made of: SLSA provenance in DSSE envelopes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.build_paths import locate_source_record
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import NetbootImage
from composelib.model.image_traits import Image
from composelib.model.paths import ComposePaths
from composelib.model.variant import Variant
from composelib.task import Json, Task
from composelib.text.provenance import SUFFIX

BILL = ".cdx.json"


@dataclass(frozen=True)
class ProvenanceJob:
    """The files that say what an artifact is and what it was made of, and the key that signs."""

    parameters: Mapping[str, Json]
    """What the config says of the artifact."""
    sums: tuple[Path, ...]
    """The lists of the SHA256 of its files, as sha256sum(1) writes them."""
    files: tuple[Path, ...]
    """Further files of it, whose SHA256 no list has."""
    commit: Path | None
    """The record of an OSTree commit."""
    bills: tuple[Path, ...]
    """The CycloneDX documents of its packages."""
    suites: Mapping[str, Path]
    """The accepted suites of each archive."""
    origins: tuple[Path, ...]
    """Records of what came from git repositories."""
    tree: Path
    key: Path
    """The public half of the key that signs, armored."""
    sign: str | None
    key_home: Path
    epoch: Path
    target: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each repository and each image."""
    return (
        *(plan_repository_statement(compose, variant) for variant in compose.variants),
        *(plan_image_statement(compose, deliverable) for deliverable in compose.deliverables(Image)),
    )


def plan_repository_statement(compose: Compose, variant: Variant) -> Task:
    """Return the task of a variant's repository, which its signed Release file stands for."""
    release = compose.paths.release_file(variant.name)
    job = make_job(
        compose,
        parameters={"kind": "repository", "variant": variant.name, "arches": list(variant.arches)},
        files=(release, release.with_name("InRelease")),
        bills=tuple(compose.paths.metadata(f"{variant.name}-{arch}{BILL}") for arch in variant.arches),
        origins=tuple(compose.paths.extra_files(variant.name, arch) for arch in variant.arches if variant.extra_files),
        target=compose.paths.metadata(f"{variant.name}{SUFFIX}"),
    )
    return plan_provenance(job, variant.name, f"{variant.name}'s repository")


def plan_image_statement(compose: Compose, deliverable: Deliverable[Image]) -> Task:
    """Return the task of an image, which the list of its sums or the record of its commit stands for."""
    variant, arch, image, paths = deliverable.variant.name, deliverable.arch, deliverable.image, compose.paths
    files = paths.image_files(variant, arch, image)
    bills = () if isinstance(image, NetbootImage) else (paths.beside_image(variant, arch, image, BILL),)
    job = make_job(
        compose,
        parameters={"kind": image.kind, "variant": variant, "arch": arch, "name": image.name},
        sums=tuple(map(ComposePaths.sum_file, files)),
        commit=None if files else paths.commit(variant, arch, image.name),
        bills=bills,
        origins=compose.extra_file_lists(deliverable),
        target=paths.beside_image(variant, arch, image, SUFFIX),
    )
    return plan_provenance(job, deliverable.name, f"{variant}'s {image.name} for {arch}", failable=deliverable.failable)


def make_job(
    compose: Compose,
    *,
    parameters: Mapping[str, Json],
    bills: tuple[Path, ...],
    origins: tuple[Path, ...],
    target: Path,
    sums: tuple[Path, ...] = (),
    files: tuple[Path, ...] = (),
    commit: Path | None = None,
) -> ProvenanceJob:
    """Return the job of one artifact; the rest is the same for all of a compose."""
    release, paths = compose.release, compose.paths
    built = tuple(
        locate_source_record(paths, archive.name, source.name).with_suffix(".origins.json")
        for archive in compose.archives
        for source in archive.build
    )
    return ProvenanceJob(
        parameters={
            "release": {"name": release.name, "short": release.short, "version": release.version},
            "type": compose.type,
            **parameters,
        },
        sums=sums,
        files=files,
        commit=commit,
        bills=bills,
        suites={archive.name: paths.signatures(archive) for archive in compose.archives if archive.uri},
        origins=(*origins, *built),
        tree=paths.tree,
        key=paths.archive_key,
        sign=compose.sign,
        key_home=paths.key_home,
        epoch=paths.epoch,
        target=target,
    )


def plan_provenance(job: ProvenanceJob, name: str, subject: str, *, failable: bool = False) -> Task:
    """Return the task of one artifact. That an archive has moved on alone is no reason: it names the state that was used."""
    return Task(
        name=name,
        doc=f"sign what {subject} was made of",
        run=partial(write_provenance, job),
        inputs=(*job.sums, *job.files, *([job.commit] if job.commit else []), *job.bills, *job.origins, job.key),
        order_only=(*job.suites.values(), job.epoch),
        outputs=(job.target,),
        uses={"parameters": dict(job.parameters), "archives": list(job.suites), "sign": job.sign},
        tools=("gpg", "dpkg-query"),
        failable=failable,
        pool="sign",
    )


def write_provenance(job: ProvenanceJob) -> None:
    """Write the signed statement of an artifact."""
    from composelib.actions import provenance  # loaded when a task runs

    provenance.write_provenance(job)
