"""Write a variant's Contents files: which package has which file, for apt-file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task


@dataclass(frozen=True)
class ContentsJob:
    """The packages of an arch, and the Contents file of each component."""

    arch: str
    with_all: bool
    """Whether packages of architecture `all` are in it: not if the arch is only a foreign one."""
    chosen: tuple[Path, ...]
    store: Path
    lists: Path
    """The folder of the lists of what each .deb has."""
    contents: tuple[tuple[str, Path], ...]
    """By component; gzipped beside it, as apt asks for it only where the Release file lists both."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each variant that has Contents, and each arch that its repository has packages for."""
    return tuple(
        plan_contents(compose, variant, arch)
        for variant in compose.variants
        for arch in variant.index_arches
        if "contents" in variant.indices and arch != SOURCE
    )


def plan_contents(compose: Compose, variant: Variant, arch: str) -> Task:
    """Return the task of one variant and arch."""
    holders = variant.holders(arch)
    job = ContentsJob(
        arch=arch,
        with_all=variant.indexes_all(arch),
        chosen=tuple(compose.paths.gathered_stanzas(variant.name, holder) for holder in holders),
        store=compose.paths.store,
        lists=compose.paths.store_contents,
        contents=tuple(
            (component, compose.paths.contents(variant.name, arch, component))
            for component in variant.index_names(arch)
        ),
    )
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"list the files in {variant.name}'s packages for {arch}",
        run=partial(write_contents, job),
        inputs=(*job.chosen, *(compose.paths.fetched(variant.name, holder) for holder in holders)),
        outputs=tuple(form for _, path in job.contents for form in (path, path.with_name(f"{path.name}.gz"))),
        consulted=(
            *compose.paths.store_ledger,
            *(compose.paths.store_list(variant.name, holder) for holder in holders),
        ),
        scratch=(job.lists,),
        uses={"components": [component for component, _ in job.contents], "native": job.with_all},
        tools=("dpkg-deb",),
    )


def write_contents(job: ContentsJob) -> None:
    """Write the Contents file of each component. Raise TrustError naming the .debs that cannot be read."""
    from composelib.actions import contents  # loaded when a task runs

    contents.write_contents(job)
