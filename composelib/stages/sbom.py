"""Write the bill of materials of each variant: an SPDX document."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from composelib.archive import indices, spdx
from composelib.files import write
from composelib.model import Compose, Variant
from composelib.task import Task


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each variant and arch."""
    return tuple(sbom_task(compose, variant, arch) for variant in compose.variants for arch in variant.arches)


def sbom_task(compose: Compose, variant: Variant, arch: str) -> Task:
    """Give the task of one bill of materials."""
    release = compose.release
    name = f"{release.short}-{release.version}-{variant.name}-{arch}"
    target = compose.metadata(f"{variant.name}-{arch}.spdx.json")
    chosen = compose.chosen(variant.name, arch)
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"write the bill of materials of {variant.name} for {arch}",
        run=partial(write_sbom, name, chosen, compose.epoch, target),
        inputs=(chosen,),
        order_only=(compose.epoch,),
        outputs=(target,),
        uses={"name": name},
    )


def write_sbom(name: str, chosen: Path, epoch: Path, target: Path) -> None:
    """Write the bill of materials of chosen packages."""
    document = spdx.document(name, indices.chosen(chosen.read_bytes()), int(epoch.read_text()))
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
    write(target, f"{text}\n".encode("utf-8", "surrogateescape"))
