"""Describe media by the packages on them, so that who has these packages loads only the rest (jigdo)."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from composelib.files import scratch
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.variant import Variant
from composelib.task import Task
from composelib.tools import jigdo_file
from composelib.tools.run import run

Labels = dict[str, tuple[Path, str]]
SUFFIXES = (".jigdo", ".template")


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each ISO with `jigdo` and each arch it is made for."""
    return tuple(
        make_task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.kind == "iso" and image.jigdo
        for arch in image.targets
    )


def make_task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one medium."""
    iso = compose.paths.iso(variant.name, arch, image.name)
    used = [each for each in compose.variants if each.name in (variant.name, *image.extra_variants)]
    pools = [(each, one) for each in used for one in pool_arches(each, arch)]
    lists = tuple(compose.paths.pool_list(each.name, one) for each, one in pools)
    outputs = tuple(compose.paths.iso(variant.name, arch, image.name, suffix) for suffix in SUFFIXES)
    base = compose.base_url.rstrip("/")
    labels: Labels = {
        label_of(each.name): (
            compose.paths.repository(each.name),
            f"{base}/{each.name}/repo/" if base else relative(compose, each, iso),
        )
        for each in used
    }
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"describe {iso.name} for jigdo",
        run=partial(
            describe,
            compose.paths.root,
            iso,
            lists,
            labels,
            compose.paths.work("jigdo", variant.name, f"{arch}-{image.name}"),
            outputs,
        ),
        inputs=(iso, *lists),
        outputs=outputs,
        uses={"urls": {label: url for label, (_, url) in labels.items()}},
        tools=("jigdo-file",),
        failable=image.may_fail(arch),
        pool="disk",
    )


def pool_arches(variant: Variant, arch: str) -> tuple[str, ...]:
    """Give the arches of a variant whose packages are on a medium of an arch."""
    foreign = variant.multiarch.foreign if variant.multiarch and arch != SOURCE else ()
    return tuple(one for one in dict.fromkeys((arch, *foreign)) if one in variant.index_arches)


def label_of(variant: str) -> str:
    """Give the label that stands for a variant's repository: it begins with a capital and has letters and digits only."""
    plain = "".join(letter for letter in variant if letter.isalnum())
    return plain[:1].upper() + plain[1:]


def relative(compose: Compose, variant: Variant, iso: Path) -> str:
    """Give where a variant's repository lies as seen from a medium, for a compose that is not said to be served."""
    return os.path.relpath(compose.paths.repository(variant.name), iso.parent) + "/"


def describe(
    root: Path, iso: Path, lists: tuple[Path, ...], labels: Labels, work: Path, outputs: tuple[Path, ...]
) -> None:
    """Write the .jigdo and the .template of a medium, beside it."""
    with scratch(work) as folder:
        lines = {line for path in lists for line in path.read_text().splitlines()}
        named = [
            f"{repository}//{(root / line).relative_to(repository)}\n"
            for line in sorted(lines)
            for repository in holders(root / line, labels)
        ]
        (folder / "files").write_text("".join(named))
        made = tuple(folder / path.name for path in outputs)
        run(jigdo_file.make_template(iso, made[0], made[1], folder / "files", labels))
        for path, output in zip(made, outputs, strict=True):
            path.replace(output)


def holders(path: Path, labels: Labels) -> list[Path]:
    """Give the repository that a pool file is in."""
    return [repository for repository, _ in labels.values() if path.is_relative_to(repository)]
