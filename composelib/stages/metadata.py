"""Describe the compose for programs: composeinfo, debs, images, deliverables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from composelib.files import read_epoch, write
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.paths import ComposePaths
from composelib.model.variant import Variant
from composelib.task import Json, Task

VERSION = 1  # of each format; docs/formats.md describes them
VOLUME_ID = slice(32808, 32840)  # where an ISO has its volume ID (ECMA-119, 8.4.7)
IMAGE_KINDS = {"iso", "live", "ostree-installer", "netboot"}  # those that are ISOs
Made = tuple[Variant, str, Image]


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each file of metadata."""
    return (
        composeinfo_task(compose),
        debs_task(compose),
        images_task(compose),
        deliverables_task(compose),
    )


def composeinfo_task(compose: Compose) -> Task:
    """Give the task of composeinfo.json."""
    said = described(compose)
    target = compose.paths.metadata("composeinfo.json")
    return Task(
        name="composeinfo",
        doc="describe the compose as a whole",
        run=partial(
            write_composeinfo, said, compose.paths.compose_id, compose.paths.content, compose.paths.epoch, target
        ),
        inputs=(compose.paths.compose_id, compose.paths.content),
        order_only=(compose.paths.epoch,),
        outputs=(target,),
        uses={"compose": said},
    )


def described(compose: Compose) -> dict[str, Json]:
    """Give what the config says of the compose."""
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
            }
            for archive in compose.archives
        },
        "variants": {variant.name: variant_described(compose, variant) for variant in compose.variants},
    }


def variant_described(compose: Compose, variant: Variant) -> dict[str, Json]:
    """Give what the config says of a variant."""
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


def write_composeinfo(said: dict[str, Json], name: Path, content: Path, epoch: Path, target: Path) -> None:
    """Write what the config says, and what the compose is called."""
    found = {"id": name.read_text().strip(), "content": content.read_text().strip()}
    write_json(target, {"version": VERSION, **said, **found, "date": read_epoch(epoch)})


def debs_task(compose: Compose) -> Task:
    """Give the task of debs.json."""
    lists = {
        variant.name: {
            arch: compose.paths.manifest(variant.name, arch)
            for arch in (*variant.arches, *([SOURCE] if variant.sources else []))
        }
        for variant in compose.variants
    }
    target = compose.paths.metadata("debs.json")
    return Task(
        name="debs",
        doc="list all packages with the reasons why they are in",
        run=partial(write_debs, lists, target),
        inputs=tuple(path for arches in lists.values() for path in arches.values()),
        outputs=(target,),
        uses={"variants": {variant: list(arches) for variant, arches in lists.items()}},
    )


def write_debs(lists: dict[str, dict[str, Path]], target: Path) -> None:
    """Write the rows of all gathered lists by variant and arch."""
    rows = {
        variant: {arch: [placed(row) for row in gathered(path)] for arch, path in arches.items()}
        for variant, arches in lists.items()
    }
    write_json(target, {"version": VERSION, "variants": rows})


def gathered(path: Path) -> list[dict[str, Any]]:
    """Read the rows of a gathered list."""
    rows: list[dict[str, Any]] = json.loads(path.read_text("utf-8", "surrogateescape"))["packages"]
    return rows


def placed(row: dict[str, Any]) -> dict[str, Any]:
    """Give a row whose reason names no place outside the checkout: of a config elsewhere, its name alone."""
    file = row.get("why", {}).get("file", "")
    return {**row, "why": {**row["why"], "file": Path(file).name}} if Path(file).is_absolute() else row


def all_images(compose: Compose) -> list[Made]:
    """Give every image with the variant and arch it is made for."""
    return [
        (variant, arch, image) for variant in compose.variants for image in variant.images for arch in image.targets
    ]


def sums(compose: Compose, *, failable: bool) -> tuple[Path, ...]:
    """Give the checksum files of images that may, or may not, fail."""
    return tuple(
        ComposePaths.sum_file(path)
        for variant, arch, image in all_images(compose)
        if image.may_fail(arch) is failable
        for path in compose.paths.image_files(variant.name, arch, image)
    )


def images_task(compose: Compose) -> Task:
    """Give the task of images.json."""
    rows = [image_row(compose, made, path) for made in all_images(compose) for path in files(compose, made)]
    target = compose.paths.metadata("images.json")
    return Task(
        name="images",
        doc="list all images",
        run=partial(write_images, rows, compose.paths.tree, target),
        inputs=sums(compose, failable=False),
        optional=sums(compose, failable=True),
        outputs=(target,),
        uses={"images": list(rows)},
    )


def files(compose: Compose, made: Made) -> tuple[Path, ...]:
    """Give the files that an image is delivered as."""
    variant, arch, image = made
    return compose.paths.image_files(variant.name, arch, image)


def image_row(compose: Compose, made: Made, path: Path) -> dict[str, Json]:
    """Give what the config says of one file of an image."""
    variant, arch, image = made
    return {
        "variant": variant.name,
        "arch": arch,
        "name": image.name,
        "kind": image.kind,
        "path": str(path.relative_to(compose.paths.tree)),
        "failable": image.may_fail(arch),
    }


def write_images(rows: list[dict[str, Json]], tree: Path, target: Path) -> None:
    """Write a row for each file of an image that was made; of a set of discs, for each disc."""
    made = [found for row in rows for found in summed_up(row, tree / str(row["path"]))]
    write_json(target, {"version": VERSION, "images": made})


def summed_up(row: dict[str, Json], path: Path) -> Iterator[dict[str, Json]]:
    """Give the rows of the files that lie summed up beside a path: none of an image that failed."""
    sums = ComposePaths.sum_file(path)
    for line in sums.read_text().splitlines() if path.exists() and sums.exists() else ():
        sha256, _, name = line.partition("  ")
        disc = path.with_name(name)
        found = {**row, "path": str(Path(str(row["path"])).with_name(name)), "sha256": sha256}
        yield {**found, "size": disc.stat().st_size, **said_by(row, disc)}


def said_by(row: dict[str, Json], path: Path) -> dict[str, Json]:
    """Give what an image's file says of itself."""
    return {"volume_id": volume_id(path)} if row["kind"] in IMAGE_KINDS and path.suffix == ".iso" else {}


def volume_id(path: Path) -> str:
    """Read an ISO's volume ID; empty if it has none."""
    with path.open("rb") as stream:
        stream.seek(VOLUME_ID.start)
        return stream.read(VOLUME_ID.stop - VOLUME_ID.start).decode("ascii", "replace").strip()


def deliverables_task(compose: Compose) -> Task:
    """Give the task of deliverables.json."""
    rows = [*repository_rows(compose), *(image_deliverable(compose, made) for made in all_images(compose))]
    target = compose.paths.metadata("deliverables.json")
    return Task(
        name="deliverables",
        doc="list all that is delivered, and what failed",
        run=partial(write_deliverables, rows, compose.paths.tree, target),
        inputs=sums(compose, failable=False),
        optional=sums(compose, failable=True),
        outputs=(target,),
        uses={"deliverables": list(rows)},
    )


def repository_rows(compose: Compose) -> list[dict[str, Json]]:
    """Give a row for each repository and arch."""
    return [
        {
            "kind": "repository",
            "variant": variant.name,
            "arch": arch,
            "name": "repo",
            "failable": False,
            "paths": [str(compose.paths.repository(variant.name).relative_to(compose.paths.tree))],
        }
        for variant in compose.variants
        for arch in variant.index_arches
    ]


def image_deliverable(compose: Compose, made: Made) -> dict[str, Json]:
    """Give a row for an image; a commit lies in the compose's OSTree repository."""
    variant, arch, image = made
    paths = files(compose, made) or (compose.paths.ostree,)
    return {
        "kind": image.kind,
        "variant": variant.name,
        "arch": arch,
        "name": image.name,
        "failable": image.may_fail(arch),
        "paths": [str(path.relative_to(compose.paths.tree)) for path in paths],
    }


def write_deliverables(rows: list[dict[str, Json]], tree: Path, target: Path) -> None:
    """Write what is delivered; `made` says whether all of it is there."""
    found = [{**row, "made": all((tree / path).exists() for path in paths_of(row))} for row in rows]
    write_json(target, {"version": VERSION, "deliverables": found})


def paths_of(row: dict[str, Json]) -> Iterable[str]:
    """Give the paths of a deliverable."""
    paths: Any = row["paths"]
    return [str(path) for path in paths]


def write_json(target: Path, content: dict[str, Any]) -> None:
    """Write canonical JSON; bytes of an archive's field that are no UTF-8 stay as they are."""
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
    write(target, f"{text}\n".encode("utf-8", "surrogateescape"))
