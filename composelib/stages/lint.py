"""Check with lintian what was built, and the source packages that it was built of."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.build import Build
from composelib.model.build_paths import (
    locate_built,
    locate_built_stanzas,
    locate_lint,
    locate_source_package,
    locate_source_record,
)
from composelib.model.compose import Compose
from composelib.task import Task


@dataclass(frozen=True)
class LintJob:
    """What is checked, whether errors count as failures, and the file that the tags go to."""

    label: str
    fatal: bool
    source: Path | None
    """The folder of the source package, where that is checked, too."""
    built: Path
    """The folder of what was built."""
    output: Path
    scratch: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each build of an archive that is to be checked."""
    return tuple(plan_lint(compose, build) for build in compose.builds if build.archive.lint)


def plan_lint(compose: Compose, build: Build) -> Task:
    """Return the task of one build; the source package is checked with what is built for the first arch."""
    names = (build.archive.name, build.source.name)
    stanzas, source = locate_built_stanzas(compose.paths, build), locate_source_record(compose.paths, *names)
    output = locate_lint(compose.paths, build)
    job = LintJob(
        label=build.label,
        fatal=build.archive.lint == "fatal",
        source=locate_source_package(compose.paths, *names) if build.everything else None,
        built=locate_built(compose.paths, build),
        output=output,
        scratch=output.with_suffix(".work"),
    )
    lists = (stanzas.with_suffix(".list"), *((source.with_suffix(".list"),) if build.everything else ()))
    return Task(
        name=build.name,
        doc=f"check what was built of {build.source.name} for {build.arch}",
        run=partial(check_built, job),
        inputs=(stanzas.with_suffix(".json"), *((source,) if build.everything else ())),
        order_only=lists,
        consulted=(*lists, job.built, *((job.source,) if job.source else ())),
        outputs=(output,),
        scratch=(job.scratch,),
        uses={"fatal": job.fatal, "source": build.everything},
        tools=("lintian", "unshare"),
        failable=build.source.failable,
    )


def check_built(job: LintJob) -> None:
    """Write the tags. Raise ComposeError naming the errors, if these count."""
    from composelib.actions import lint  # loaded when a task runs

    lint.check_built(job)
