"""Write the bill of materials of each variant: an SPDX document."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task


@dataclass(frozen=True)
class SbomJob:
    """The name of a document, the packages that it lists, and its path."""

    name: str
    chosen: Path
    epoch: Path
    document: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each variant and arch."""
    return tuple(plan_sbom(compose, variant, arch) for variant in compose.variants for arch in variant.arches)


def plan_sbom(compose: Compose, variant: Variant, arch: str) -> Task:
    """Return the task of one bill of materials."""
    job = SbomJob(
        name=f"{compose.release.short}-{compose.release.version}-{variant.name}-{arch}",
        chosen=compose.paths.gathered_stanzas(variant.name, arch),
        epoch=compose.paths.epoch,
        document=compose.paths.metadata(f"{variant.name}-{arch}.spdx.json"),
    )
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"write the bill of materials of {variant.name} for {arch}",
        run=partial(write_sbom, job),
        inputs=(job.chosen,),
        order_only=(job.epoch,),
        outputs=(job.document,),
        uses={"name": job.name},
    )


def write_sbom(job: SbomJob) -> None:
    """Write the bill of materials of chosen packages."""
    from composelib.archive.format import repository  # loaded when a task runs
    from composelib.files import read_epoch
    from composelib.text import spdx
    from composelib.text.json_file import write_json

    packages = repository.read_chosen(job.chosen.read_bytes())
    write_json(job.document, spdx.make_document(job.name, packages, read_epoch(job.epoch)), ascii_only=False)
