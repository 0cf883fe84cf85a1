"""Write the page that tells people what was made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composelib.archive.explain import manifest_reader
from composelib.archive.explain.compose_diff import ComposeContents, Difference, compare_composes, read_contents
from composelib.archive.explain.manifest_reader import GatheredPackage, PackageReason
from composelib.archive.format import openpgp
from composelib.dataclass import dataclass
from composelib.errors import TrustError
from composelib.fetch import accepted_suite
from composelib.fetch.package_changelog import find_entries
from composelib.files import read_link_name, write_file
from composelib.model.compose_id import is_compose_id
from composelib.text import size
from composelib.text.day import format_day
from composelib.text.html import render_page
from composelib.text.image_matrix import build_matrix
from composelib.text.json_file import read_json, write_json
from composelib.verify.sums import read_listed_files

if TYPE_CHECKING:
    from composelib.stages.report import DatesJob, ReportJob

JsonObject = dict[str, Any]
SHOWN_SEVERITIES = ("error", "warning")
"""The severities of lintian's tags that are shown."""
PUBLISHED_METADATA = ("metadata/debs.json", "metadata/images.json")
"""What is read of the compose that was published last."""


@dataclass(frozen=True)
class VariantSummary:
    """The number and size of the packages that a variant has for an arch."""

    variant: str
    arch: str
    packages: int
    size: int
    sources: int


@dataclass(frozen=True)
class PackageList:
    """The packages that a variant has for an arch."""

    variant: str
    arch: str
    rows: tuple[GatheredPackage, ...]


@dataclass(frozen=True)
class ClosureSummary:
    """How many packages were checked, and those that cannot be installed, each after its variant and arch."""

    checked: int
    broken: list[tuple[str, JsonObject]]


@dataclass(frozen=True)
class LintReport:
    """What lintian says of a build: `ARCHIVE SOURCE ARCH`, and the tags that are shown."""

    name: str
    tags: list[JsonObject]


@dataclass(frozen=True)
class BuildTests:
    """How the tests of a build ended: `ARCHIVE SOURCE ARCH`, how many passed, and all that did not."""

    name: str
    passed: int
    remaining: list[JsonObject]


@dataclass(frozen=True)
class ArchiveSuite:
    """A suite that packages are from: when its state was signed, in seconds since 1970, and by which keys."""

    archive: str
    suite: str
    components: str
    date: int | None
    signers: tuple[str, ...]
    note: str
    """What the config says beside: a snapshot, or that it is only looked at."""


def write_dates(job: DatesJob) -> None:
    """Write the date and keys of each suite of each archive."""
    accepted = {name: accepted_suite.load(path.read_text()) for name, path in job.accepted.items()}
    write_json(
        job.target,
        {
            archive: {name: {"date": suite.date, "signers": suite.signers} for name, suite in suites.items()}
            for archive, suites in accepted.items()
        },
    )


def write_report(job: ReportJob) -> None:
    """Write the page."""
    metadata = {name: read_json(path) for name, path in job.metadata.items()}
    info = metadata["composeinfo"]
    current = read_contents(info["id"], metadata["debs"], metadata["images"])
    published = read_published(job, info["id"])
    difference = compare_composes(published, current) if published else None
    rows = metadata["deliverables"]["deliverables"]
    page = render_page(
        job.template,
        {"size": size.format_size, "change": size.format_size_change, "reason": format_reason, "day": format_day},
        info=info,
        title=f"{info['release']['name']} {info['release']['version']}",
        variants=list(summarize_variants(current)),
        arches=sorted({row["arch"] for row in rows}),
        matrix=build_matrix(rows, metadata["images"]["images"]),
        images=metadata["images"]["images"],
        bills=job.bills,
        archives=list(list_suites(info["archives"], read_json(job.archives))),
        failed=list(list_failed(rows)),
        closure=summarize_closures({name: read_json(path) for name, path in job.closures.items()}),
        lints=list(list_lint_tags(job.lints)),
        tests=list(list_test_outcomes(job.tests)),
        published=published.identity if published else "",
        difference=difference,
        changelogs=read_changelogs(job.tree, current, difference) if difference else {},
        fingerprints=openpgp.list_primary_fingerprints(job.key.read_bytes(), str(job.key)),
        sources=job.sources,
        keyring=job.keyring,
        packages=list(list_packages(metadata["debs"])),
    )
    write_file(job.page, page.encode("utf-8", "replace"))


def list_suites(archives: Mapping[str, JsonObject], dates: Mapping[str, JsonObject]) -> Iterator[ArchiveSuite]:
    """Yield the suites of all archives; one without a Release file has neither date nor keys."""
    for name, archive in sorted(archives.items()):
        notes = (
            f"snapshot {archive['snapshot']}" if archive["snapshot"] else "",
            "lookaside" if archive["lookaside"] else "",
            "not verified: `trusted: true`" if archive["trusted"] else "",
        )
        for suite in archive["suites"] or [""]:
            state = dates.get(name, {}).get(suite, {})
            signers = tuple(state.get("signers", ()))
            components = " ".join(archive["components"])
            yield ArchiveSuite(name, suite, components, state.get("date"), signers, ", ".join(filter(None, notes)))


def read_changelogs(tree: Path, current: ComposeContents, difference: Difference) -> dict[str, str]:
    """Return the new changelog entries of each upgraded source, as far as its packages have them."""
    upgraded = (change for change in difference.sources if change.how == "upgraded")
    entries = {change.source: find_entries(tree, current, change.source, change.old[0]) for change in upgraded}
    return {source: "\n\n".join(blocks) for source, blocks in entries.items() if blocks}


def read_published(job: ReportJob, compose_id: str) -> ComposeContents | None:
    """Return the contents of the compose that was published last; None if there is none, it is this one, or it was changed."""
    name = read_link_name(job.latest)
    tree = job.latest.with_name(name or job.latest.name)
    if name == compose_id or not is_compose_id(name) or not (tree / PUBLISHED_METADATA[0]).is_file():
        return None
    try:
        contents = read_listed_files(tree, PUBLISHED_METADATA)
    except TrustError as error:
        print(f"no difference to {name} is shown: {error}", flush=True)
        return None
    debs, images = (json.loads(contents[path]) for path in PUBLISHED_METADATA)
    return read_contents(tree.name, debs, images)


def summarize_variants(current: ComposeContents) -> Iterator[VariantSummary]:
    """Yield the number and size of the packages of each variant and arch."""
    for (variant, arch), rows in sorted(current.packages.items()):
        sources = len({row.source for row in rows})
        yield VariantSummary(variant, arch, len(rows), sum(row.size for row in rows), sources)


def list_failed(deliverables: list[JsonObject]) -> Iterator[str]:
    """Yield the deliverables that were not made."""
    for row in deliverables:
        if not row["made"]:
            yield f"{row['variant']} {row['arch']} {row['name']} ({row['kind']})"


def summarize_closures(reports: Mapping[str, JsonObject]) -> ClosureSummary | None:
    """Return how many packages were checked and which cannot be installed; None if no variant is checked."""
    if not reports:
        return None
    broken = [(name, row) for name, report in sorted(reports.items()) for row in report["broken"]]
    return ClosureSummary(sum(report["checked"] for report in reports.values()), broken)


def list_lint_tags(reports: Mapping[str, Path]) -> Iterator[LintReport]:
    """Yield what lintian says of each build whose report is there."""
    for name, path in sorted(reports.items()):
        if path.is_file():
            tags = [row for row in read_json(path)["tags"] if row["severity"] in SHOWN_SEVERITIES]
            yield LintReport(name, tags)


def list_test_outcomes(reports: Mapping[str, Path]) -> Iterator[BuildTests]:
    """Yield how the tests of each build ended whose report is there."""
    for name, path in sorted(reports.items()):
        if path.is_file():
            rows = read_json(path)["tests"]
            remaining = [row for row in rows if row["outcome"] != "pass"]
            yield BuildTests(name, len(rows) - len(remaining), remaining)


def list_packages(debs: JsonObject) -> Iterator[PackageList]:
    """Yield the packages of each variant and arch."""
    for variant, by_arch in sorted(debs["variants"].items()):
        for arch, rows in sorted(by_arch.items()):
            yield PackageList(variant, arch, manifest_reader.parse_rows(rows))


def format_reason(why: PackageReason) -> str:
    """Return why a package is in."""
    return "; ".join(list_reasons(why))


def list_reasons(why: PackageReason) -> Iterator[str]:
    """Yield the words of a reason."""
    if why.seed:
        yield f"asked for: {why.seed}" + (f" ({why.file}:{why.line})" if why.line else "")
    elif why.package:
        yield f"{why.relation} of {why.package}"
    elif why.relation:
        yield why.relation
    if why.provides:
        yield f"provides {why.provides}"
