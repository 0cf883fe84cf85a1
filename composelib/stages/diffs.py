"""Write patches from the indices of the compose that was published last, so that apt fetches only what changed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from composelib.archive.format.pdiff import SUFFIX
from composelib.dataclass import dataclass
from composelib.latest import read_latest
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task


@dataclass(frozen=True)
class DiffsJob:
    """Some indices of a suite, the published compose that has their former states, and the files that are made."""

    tree: Path
    """The folder of the compose that is made."""
    suite: Path
    """The suite's folder, which is at the same path in the published compose."""
    latest: Path
    """The link to the compose that was published last."""
    indices: tuple[tuple[Path, Path], ...]
    """Indices, uncompressed, and the list of the patches that lead to each; the patches lie beside it."""
    root: Path
    """The folder that the paths of `patches` are relative to."""
    patches: Path
    """The list of the patches: a tree list."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each variant that has patches, and each arch and language that it has indices of."""
    return tuple(
        plan_diffs(compose, variant, name, indices)
        for variant in compose.variants
        if "diffs" in variant.indices
        for name, indices in compose.index_groups(variant)
    )


def plan_diffs(compose: Compose, variant: Variant, name: str, indices: tuple[Path, ...]) -> Task:
    """Return the task of a variant and an arch or language."""
    job = DiffsJob(
        tree=compose.paths.tree,
        suite=compose.paths.suite(variant.name),
        latest=compose.paths.latest,
        indices=tuple((index, compose.paths.diff_index(index)) for index in indices),
        root=compose.paths.root,
        patches=compose.paths.work("diffs", variant.name, f"{name}.list"),
    )
    return Task(
        name=f"{variant.name}:{name}",
        doc=f"write patches to {variant.name}'s indices, {name}",
        run=partial(write_diffs, job),
        inputs=indices,
        outputs=(*(index for _, index in job.indices), job.patches),
        trees=(job.patches,),
        uses={},
        consulted=tuple(list_former_files(job)),
        probe=partial(read_latest, job.latest),
        tools=("diff",),
    )


def list_former_files(job: DiffsJob) -> Iterator[Path]:
    """Yield what is looked at of the compose that was published last."""
    yield from (job.latest, job.latest / "archive-key.asc")
    for path in (job.suite / "Release", job.suite / "Release.gpg", *(path for pair in job.indices for path in pair)):
        yield job.latest / path.relative_to(job.tree)
    yield from (job.latest / index.relative_to(job.tree).with_name(f"*{SUFFIX}") for _, index in job.indices)


def write_diffs(job: DiffsJob) -> None:
    """Write the patches and their lists. Raise TrustError if what was published is no longer as it was signed."""
    from composelib.actions import diffs  # loaded when a task runs

    diffs.write_diffs(job, read_latest(job.latest))
