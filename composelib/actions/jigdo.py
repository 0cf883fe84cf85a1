"""Write jigdo's descriptions of media by the packages on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.files import scratch_folder
from composelib.image.media.written_check import check_template
from composelib.tools import jigdo_file
from composelib.tools.run import run

if TYPE_CHECKING:
    from composelib.stages.jigdo import JigdoJob


def describe(job: JigdoJob) -> None:
    """Write the .jigdo and the .template of a medium, beside it."""
    labels = {label.name: (label.repository, label.url) for label in job.labels}
    with scratch_folder(job.work) as folder:
        jigdo, template, files = folder / job.jigdo.name, folder / job.template.name, folder / "files"
        pool = {job.root / line for path in job.pool_lists for line in path.read_text().splitlines()}
        files.write_text("".join(write_rows(sorted(pool, key=str), [label.repository for label in job.labels])))
        run(jigdo_file.make_template(job.iso, jigdo, template, files, labels))
        check_template(job.iso, template)
        jigdo.replace(job.jigdo)
        template.replace(job.template)


def write_rows(pool: Iterable[Path], repositories: Iterable[Path]) -> Iterator[str]:
    """Yield the row of each pool file in jigdo-file's list: `REPOSITORY//PATH`."""
    for path in pool:
        for repository in repositories:
            if path.is_relative_to(repository):
                yield f"{repository}//{path.relative_to(repository)}\n"
