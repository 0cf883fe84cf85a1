"""Tell people what was made: a page with the compose's packages, images, differences and reasons."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from composelib.archive.explain import manifest_reader
from composelib.archive.explain.compose_diff import Contents, Difference, compare, contents
from composelib.archive.explain.manifest_reader import Row, Why
from composelib.files import write
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task
from composelib.text import html
from composelib.text.html import Html
from composelib.text.size import change, shown

PARTS = ("composeinfo", "debs", "images", "deliverables")
LATEST = "latest"
Json = dict[str, Any]


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give the one task; that something was published meanwhile is no reason to write the page anew."""
    metadata = {part: compose.paths.metadata(f"{part}.json") for part in PARTS}
    closures = {
        f"{variant.name} {arch}": compose.paths.work("repoclosure", variant.name, f"{arch}.json")
        for variant in compose.variants
        if variant.strict != "off"
        for arch in variant.arches
    }
    target = compose.paths.tree / "report.html"
    return (
        Task(
            name="html",
            doc="write the page that tells people what was made",
            run=partial(write_report, metadata, closures, compose.paths.published, sources_lists(compose), target),
            inputs=(*metadata.values(), *closures.values()),
            outputs=(target,),
            uses={"sources": sources_lists(compose)},
        ),
    )


def sources_lists(compose: Compose) -> str:
    """Give the lines that apt wants in its sources.list for each variant."""
    return "\n".join(sources_line(compose, variant) for variant in compose.variants)


def sources_line(compose: Compose, variant: Variant) -> str:
    """Give the line for a variant's repository; where the compose is served at is for the reader to fill in."""
    base = compose.base_url.rstrip("/") or "http://SERVER"
    place = compose.paths.repository(variant.name).relative_to(compose.paths.tree)
    words = f"{base}/{place} {compose.release.codename} {' '.join(variant.components(''))}"
    return f"deb [signed-by=/etc/apt/keyrings/{compose.paths.archive_key.name}] {words}"


def write_report(
    metadata: dict[str, Path], closures: dict[str, Path], published: Path, sources: str, target: Path
) -> None:
    """Write the page."""
    found = {part: read(path) for part, path in metadata.items()}
    info = found["composeinfo"]
    now = contents(info["id"], found["debs"], found["images"])
    before = last_published(published, info["id"])
    release = info["release"]
    parts = [
        of_variants(now),
        of_images(found["images"]["images"], found["deliverables"]["deliverables"]),
        of_closures({name: read(path) for name, path in closures.items()}),
        of_difference(before, compare(before, now) if before else None),
        html.section("Use it with apt", html.block(f"# {info['key']} goes to /etc/apt/keyrings/\n{sources}")),
        of_packages(found["debs"]),
    ]
    about = [info["id"], info["label"], info["type"], release["codename"], day(info["date"])]
    title = f"{release['name']} {release['version']}"
    text = html.page(title, " · ".join(filter(None, about)), filter(None, parts))
    write(target, text.encode("utf-8", "replace"))


def read(path: Path) -> Json:
    """Read a JSON file of ours."""
    found: Json = json.loads(path.read_text("utf-8", "surrogateescape"))
    return found


def day(epoch: int) -> str:
    """Give a date as people read it."""
    return time.strftime("%-d %B %Y", time.gmtime(epoch))


def last_published(published: Path, name: str) -> Contents | None:
    """Read the compose that was published last; None if there is none but this one itself."""
    tree = (published / LATEST).resolve()
    if tree.name == name or not (tree / "metadata/debs.json").is_file():
        return None
    debs, images = read(tree / "metadata/debs.json"), read(tree / "metadata/images.json")
    return contents(tree.name, debs, images)


def of_variants(now: Contents) -> Html:
    """Tell how much each variant has."""
    rows = [
        (variant, arch, len(rows), shown(sum(row.size for row in rows)), len({row.source for row in rows}))
        for (variant, arch), rows in sorted(now.packages.items())
    ]
    head = ("Variant", "Arch", "Packages", "Size", "Sources")
    return html.section("Variants", html.table("Packages of each variant and arch", head, rows, head[2:]))


def of_images(images: list[Json], deliverables: list[Json]) -> Html | None:
    """Tell of all images with their checksums, and of those that failed."""
    rows = [
        (
            html.link(quote(row["path"]), row["path"].rpartition("/")[2]),
            row["variant"],
            row["arch"],
            row["kind"],
            shown(row["size"]),
            html.code(row["sha256"]),
        )
        for row in images
    ]
    lost = [f"{row['variant']} {row['arch']} {row['name']} ({row['kind']})" for row in deliverables if not row["made"]]
    parts = []
    if lost:
        parts.append(html.paragraph(f"Not made: {', '.join(lost)}", "bad"))
    if rows:
        head = ("Image", "Variant", "Arch", "Kind", "Size", "SHA256")
        parts.append(html.table("Images, as SHA256SUMS lists them", head, rows, ("Size",)))
    return html.section("Images", *parts) if parts else None


def of_closures(reports: dict[str, Json]) -> Html | None:
    """Tell which packages cannot be installed."""
    broken = [
        (name, row["package"], row["version"], row["architecture"], row["reason"])
        for name, report in sorted(reports.items())
        for row in report["broken"]
    ]
    checked = sum(report["checked"] for report in reports.values())
    if not reports:
        return None
    if not broken:
        told = html.paragraph(f"All {checked} packages that were checked can be installed.", "good")
        return html.section("Installability", told)
    head = ("Repository", "Package", "Version", "Arch", "Reason")
    told = html.paragraph(f"{len(broken)} of {checked} packages cannot be installed.", "bad")
    return html.section("Installability", told, html.table("Packages that cannot be installed", head, broken))


def of_difference(before: Contents | None, found: Difference | None) -> Html | None:
    """Tell what is not as in the last published compose."""
    if before is None or found is None:
        return None
    title = f"Since {before.identity}"
    if not found:
        return html.section(title, html.paragraph("Nothing is different."))
    sources = [
        (item.source, item.how, ", ".join(item.old), ", ".join(item.new), change(item.old_size, item.new_size))
        for item in found.sources
    ]
    moves = [f"{item.package}: {', '.join(item.old)} → {', '.join(item.new)}" for item in found.moves]
    images = [f"{item.variant} {item.arch} {item.name}: {item.how}" for item in found.images]
    head = ("Source package", "What", "Before", "Now", "Size")
    parts = [html.table(f"{len(sources)} source packages", head, sources, ("Size",))] if sources else []
    parts += [html.paragraph("Moved between variants:"), html.items(moves)] if moves else []
    parts += [html.paragraph("Images:"), html.items(images)] if images else []
    return html.section(title, *parts)


def of_packages(debs: Json) -> Html:
    """List all packages with the reason why each is in."""
    parts = []
    for variant, arches in sorted(debs["variants"].items()):
        for arch, found in sorted(arches.items()):
            rows = manifest_reader.rows(found)
            head = ("Package", "Version", "Arch", "Source", "Component", "Size", "Why")
            table = html.table(f"{variant} {arch}", head, map(package_row, rows), ("Size",))
            what = "source packages" if arch == SOURCE else "packages"
            parts.append(html.details(f"{variant} {arch}: {len(rows)} {what}", table))
    return html.section("Packages", *parts)


def package_row(row: Row) -> tuple[str, ...]:
    """Give a package's cells."""
    why = "; ".join(reason(row.why))
    return (row.package, row.version, row.architecture, row.source, row.component, shown(row.size), why)


def reason(why: Why) -> Iterator[str]:
    """Say why a package is in."""
    if why.seed:
        yield f"asked for: {why.seed}" + (f" ({why.file}:{why.line})" if why.line else "")
    elif why.package:
        yield f"{why.relation} of {why.package}"
    elif why.relation:
        yield why.relation
    if why.provides:
        yield f"provides {why.provides}"
