"""Write the bill of materials of each variant: an SPDX document."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from composelib.archive.format import repository
from composelib.files import read_epoch, write
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task
from composelib.text import spdx


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each variant and arch."""
    return tuple(sbom_task(compose, variant, arch) for variant in compose.variants for arch in variant.arches)


def sbom_task(compose: Compose, variant: Variant, arch: str) -> Task:
    """Give the task of one bill of materials."""
    release = compose.release
    name = f"{release.short}-{release.version}-{variant.name}-{arch}"
    target = compose.paths.metadata(f"{variant.name}-{arch}.spdx.json")
    chosen = compose.paths.chosen(variant.name, arch)
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"write the bill of materials of {variant.name} for {arch}",
        run=partial(write_sbom, name, chosen, compose.paths.epoch, target),
        inputs=(chosen,),
        order_only=(compose.paths.epoch,),
        outputs=(target,),
        uses={"name": name},
    )


def write_sbom(name: str, chosen: Path, epoch: Path, target: Path) -> None:
    """Write the bill of materials of chosen packages."""
    document = spdx.document(name, repository.chosen(chosen.read_bytes()), read_epoch(epoch))
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
    write(target, f"{text}\n".encode("utf-8", "surrogateescape"))
