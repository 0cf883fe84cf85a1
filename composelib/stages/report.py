"""Write a page for people: the compose's packages with their reasons, its images, the differences to the last one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from composelib.files import sha256_of
from composelib.model.build_paths import locate_lint
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task

METADATA = ("composeinfo", "debs", "images", "deliverables")
PUBLISHED = ("metadata/debs.json", "metadata/images.json", "SHA256SUMS", "SHA256SUMS.sign", "archive-key.asc")
"""What is read of the compose that was published last."""
TEMPLATE = Path(__file__).parents[1] / "text" / "report.html.jinja"


@dataclass(frozen=True)
class ReportJob:
    """The files that the page is made of, and the page."""

    template: Path
    metadata: Mapping[str, Path]
    closures: Mapping[str, Path]
    """The reports of `repoclosure`, by `VARIANT ARCH`."""
    lints: Mapping[str, Path]
    """What lintian says of what was built, by `ARCHIVE SOURCE ARCH`; a file may be missing where a build may fail."""
    latest: Path
    """The link to the compose that was published last."""
    sources: str
    """Lines for apt's sources.list."""
    keyring: tuple[str, ...]
    """The names of the keyring package and of the file for sources.list.d; empty if there are none."""
    page: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return the one task; a compose that was published meanwhile is no reason to write the page again."""
    job = ReportJob(
        template=TEMPLATE,
        metadata={name: compose.paths.metadata(f"{name}.json") for name in METADATA},
        closures={
            f"{variant.name} {arch}": compose.paths.work("repoclosure", variant.name, f"{arch}.json")
            for variant in compose.variants
            if variant.strict != "off"
            for arch in variant.arches
        },
        lints={
            build.name.replace(":", " "): locate_lint(compose.paths, build)
            for build in compose.builds
            if build.archive.lint
        },
        latest=compose.paths.latest,
        sources="\n".join(format_source(compose, variant) for variant in compose.variants),
        keyring=(compose.paths.keyring_package.name, compose.paths.user_sources.name)
        if compose.release.keyring_package
        else (),
        page=compose.paths.tree / "report.html",
    )
    return (
        Task(
            name="html",
            doc="write the page that tells people what was made",
            run=partial(write_report, job),
            inputs=(*job.metadata.values(), *job.closures.values()),
            optional=tuple(job.lints.values()),
            consulted=(job.latest, *(job.latest / name for name in PUBLISHED)),
            outputs=(job.page,),
            uses={
                "sources": job.sources,
                "keyring": list(job.keyring),
                "template": sha256_of(job.template),
            },  # no code, so not in the stage's own source
        ),
    )


def format_source(compose: Compose, variant: Variant) -> str:
    """Return the sources.list line of a variant's repository; without a `base-url` the reader fills in SERVER."""
    base = compose.base_url.rstrip("/") or "http://SERVER"
    path = compose.paths.repository(variant.name).relative_to(compose.paths.tree)
    repository = f"{base}/{path} {compose.release.codename} {' '.join(variant.components(''))}"
    return f"deb [signed-by=/etc/apt/keyrings/{compose.paths.archive_key.name}] {repository}"


def write_report(job: ReportJob) -> None:
    """Write the page."""
    from composelib.actions import report  # loaded when a task runs

    report.write_report(job)
