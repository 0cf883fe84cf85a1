"""Write a page for people: the compose's packages with their reasons, its images, the differences to the last one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.files import sha256_of
from composelib.model.apt_source import format_sources
from composelib.model.build_paths import locate_lint, locate_test_results
from composelib.model.compose import Compose
from composelib.model.image import NetbootImage
from composelib.model.image_traits import Image
from composelib.task import Task

METADATA = ("composeinfo", "debs", "images", "deliverables")
PUBLISHED = ("metadata/debs.json", "metadata/images.json", "SHA256SUMS", "SHA256SUMS.sign", "archive-key.asc")
"""What is read of the compose that was published last."""
TEMPLATE = Path(__file__).parents[1] / "text" / "report.html.jinja"
TEMPLATES = ("report", "page", "table")
BILLS = (".spdx.json", ".cdx.json")


@dataclass(frozen=True)
class DatesJob:
    """The accepted suites of each archive, and the file that their dates and keys go to."""

    accepted: Mapping[str, Path]
    target: Path


@dataclass(frozen=True)
class ReportJob:
    """The files that the page is made of, and the page."""

    template: Path
    metadata: Mapping[str, Path]
    archives: Path
    """The dates and keys of the archives' suites."""
    key: Path
    """The public key that signs the compose."""
    closures: Mapping[str, Path]
    """The reports of `repoclosure`, by `VARIANT ARCH`."""
    lints: Mapping[str, Path]
    """What lintian says of what was built, by `ARCHIVE SOURCE ARCH`; a file may be missing where a build may fail."""
    tests: Mapping[str, Path]
    """How the tests of what was built ended, likewise."""
    latest: Path
    """The link to the compose that was published last."""
    tree: Path
    """The folder of what is released, whose pools have the changelogs."""
    bills: Mapping[str, tuple[str, ...]]
    """The bills of materials of each `VARIANT ARCH` and `VARIANT ARCH IMAGE`, by their paths in the tree."""
    sources: str
    """Stanzas for apt's sources.list.d."""
    keyring: tuple[str, ...]
    """The names of the keyring package and of the file for sources.list.d; empty if there are none."""
    page: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return the task of the page, and that of the dates in it."""
    dates = DatesJob(
        {archive.name: compose.paths.signatures(archive) for archive in compose.archives if archive.uri},
        compose.paths.work("report", "archives.json"),
    )
    return (plan_dates(compose, dates), plan_page(compose, dates.target))


def plan_dates(compose: Compose, job: DatesJob) -> Task:
    """Return the task that keeps the dates of the state that the packages were chosen from: a newer one changes nothing."""
    return Task(
        name="archives",
        doc="note the dates and keys of the archives that the packages are from",
        run=partial(write_dates, job),
        inputs=(compose.paths.metadata("debs.json"),),
        order_only=tuple(job.accepted.values()),
        outputs=(job.target,),
        uses={
            "archives": {
                archive.name: [archive.uri, *archive.suites]
                for archive in compose.archives
                if archive.name in job.accepted
            }
        },
    )


def plan_page(compose: Compose, archives: Path) -> Task:
    """Return the task of the page; a compose that was published meanwhile is no reason to write the page again."""
    paths = compose.paths
    pools = tuple(paths.pool_list(variant.name, arch) for variant in compose.variants for arch in variant.index_arches)
    job = ReportJob(
        template=TEMPLATE,
        metadata={name: paths.metadata(f"{name}.json") for name in METADATA},
        archives=archives,
        key=paths.archive_key,
        closures={
            f"{variant.name} {arch}": paths.work("repoclosure", variant.name, f"{arch}.json")
            for variant in compose.variants
            if variant.strict != "off"
            for arch in variant.arches
        },
        lints={
            build.name.replace(":", " "): locate_lint(paths, build) for build in compose.builds if build.archive.lint
        },
        tests={
            build.name.replace(":", " "): locate_test_results(paths, build)
            for build in compose.builds
            if build.archive.test
        },
        latest=paths.latest,
        tree=paths.tree,
        bills=dict(list_bills(compose)),
        sources=format_sources(compose, f"/etc/apt/keyrings/{compose.release.short}.asc"),
        keyring=(paths.keyring_package.name, paths.user_sources.name) if compose.release.keyring_package else (),
        page=paths.tree / "report.html",
    )
    return Task(
        name="html",
        doc="write the page that tells people what was made",
        run=partial(write_report, job),
        inputs=(*job.metadata.values(), job.archives, job.key, *job.closures.values()),
        optional=(*job.lints.values(), *job.tests.values()),
        order_only=pools,
        consulted=(*pools, job.latest, *(job.latest / name for name in PUBLISHED)),
        outputs=(job.page,),
        uses={
            "sources": job.sources,
            "keyring": list(job.keyring),
            "bills": {name: list(files) for name, files in job.bills.items()},
            "templates": [sha256_of(job.template.with_name(f"{name}.html.jinja")) for name in TEMPLATES],
        },  # no code, so not in the stage's own source
    )


def list_bills(compose: Compose) -> list[tuple[str, tuple[str, ...]]]:
    """Return the bills of materials of each variant and arch, and of each image, by their paths in the tree."""
    paths = compose.paths
    variants = [
        (f"{variant.name} {arch}", tuple(paths.metadata(f"{variant.name}-{arch}{bill}") for bill in BILLS))
        for variant in compose.variants
        for arch in variant.arches
    ]
    images = [
        (
            f"{variant.name} {item.arch} {item.image.name}",
            tuple(paths.beside_image(variant.name, item.arch, item.image, bill) for bill in BILLS),
        )
        for item in compose.deliverables(Image)
        if not isinstance(item.image, NetbootImage) and (variant := item.variant)
    ]
    return [(name, tuple(str(path.relative_to(paths.tree)) for path in files)) for name, files in (*variants, *images)]


def write_dates(job: DatesJob) -> None:
    """Write the date and keys of each suite of each archive."""
    from composelib.actions import report  # loaded when a task runs

    report.write_dates(job)


def write_report(job: ReportJob) -> None:
    """Write the page."""
    from composelib.actions import report

    report.write_report(job)
