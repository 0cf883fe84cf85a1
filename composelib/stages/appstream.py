"""Write a variant's AppStream data: what software centres show of its packages, with icons."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from composelib.archive.format.described_files import ICON_SIZES, name_components, name_icons
from composelib.dataclass import dataclass
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task


@dataclass(frozen=True)
class AppstreamJob:
    """The packages of a variant, the archives' data or icons, and the file of each component."""

    chosen: tuple[Path, ...]
    data: tuple[Path, ...]
    icons: bool
    origin: str
    """How the data names its repository, before the component."""
    targets: tuple[tuple[str, Path], ...]
    """By component; gzipped beside it."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each variant that has AppStream data and each of its arches, and each size of icons."""
    return tuple(
        plan_appstream(compose, variant, file, arches)
        for variant in compose.variants
        if "appstream" in variant.indices
        for file, arches in list_files(variant)
    )


def list_files(variant: Variant) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the files of a component's data, each with the arches whose packages it is about."""
    yield from ((name_components(arch), (arch,)) for arch in variant.arches)
    yield from ((name_icons(size), variant.arches) for size in ICON_SIZES)


def plan_appstream(compose: Compose, variant: Variant, file: str, arches: tuple[str, ...]) -> Task:
    """Return the task of one file in each component of a variant."""
    archives = [archive for archive in compose.archives if archive.has_descriptions]
    folder = compose.paths.suite(variant.name)
    job = AppstreamJob(
        chosen=tuple(compose.paths.gathered_stanzas(variant.name, arch) for arch in arches),
        data=tuple(compose.paths.descriptions(archive, file) for archive in archives),
        icons=file.endswith(".tar"),
        origin=f"{compose.release.short}-{compose.release.codename}",
        targets=tuple((component, folder / component / file) for component in variant.components("")),
    )
    name = Path(file).stem.removeprefix("Components-")
    return Task(
        name=f"{variant.name}:{name}",
        doc=f"write the AppStream data of {variant.name}, {name}",
        run=partial(write_appstream, job),
        inputs=(*job.chosen, *job.data),
        outputs=tuple(form for _, path in job.targets for form in (path, path.with_name(f"{path.name}.gz"))),
        uses={"components": [component for component, _ in job.targets], "origin": job.origin},
    )


def write_appstream(job: AppstreamJob) -> None:
    """Write the file of each component."""
    from composelib.actions import appstream  # loaded when a task runs

    appstream.write_appstream(job)
