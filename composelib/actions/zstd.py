"""Compress indices with zstd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composelib.files import written_aside
from composelib.tools import compress
from composelib.tools.run import run

if TYPE_CHECKING:
    from composelib.stages.zstd import ZstdJob


def compress_indices(job: ZstdJob) -> None:
    """Write the compressed files."""
    for index, target in job.indices:
        with written_aside(target) as aside, index.open("rb") as stream, aside.open("wb") as packed:
            run(compress.to_stdout("zst"), stdin=stream, stdout=packed)
