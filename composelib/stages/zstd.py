"""Compress the indices of variants that ask for it with zstd, too, which apt unpacks many times faster than xz."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task


@dataclass(frozen=True)
class ZstdJob:
    """Indices, and the compressed file of each."""

    indices: tuple[tuple[Path, Path], ...]


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each variant that asks for it, and each arch and language that it has indices of."""
    return tuple(
        plan_zstd(variant, name, indices)
        for variant in compose.variants
        if "zstd" in variant.compress
        for name, indices in compose.index_groups(variant)
    )


def plan_zstd(variant: Variant, name: str, indices: tuple[Path, ...]) -> Task:
    """Return the task of a variant and an arch or language."""
    job = ZstdJob(tuple((index, index.with_name(f"{index.name}.zst")) for index in indices))
    return Task(
        name=f"{variant.name}:{name}",
        doc=f"compress {variant.name}'s indices with zstd, {name}",
        run=partial(compress_indices, job),
        inputs=indices,
        outputs=tuple(target for _, target in job.indices),
        uses={},
        tools=("zstd",),
    )


def compress_indices(job: ZstdJob) -> None:
    """Write the compressed files."""
    from composelib.actions import zstd  # loaded when a task runs

    zstd.compress_indices(job)
