"""The page beside the published composes that leads to each of them: `published/index.html`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from composelib.archive.format import openpgp
from composelib.commands.shared.published_trees import list_trees
from composelib.dataclass import dataclass
from composelib.errors import TrustError
from composelib.files import discard, read_link_name, write_file
from composelib.model.apt_source import SERVER, format_source_fields
from composelib.model.paths import INDEX, LATEST
from composelib.text.day import format_day
from composelib.text.html import render_page
from composelib.text.json_file import read_json
from composelib.text.size import format_size

TEMPLATE = Path(__file__).parents[2] / "text" / "published.html.jinja"
UNREADABLE = (OSError, ValueError, OverflowError, KeyError, TypeError, AttributeError, TrustError)


@dataclass(frozen=True)
class PublishedCompose:
    """A published compose; without `day` its metadata cannot be read."""

    name: str
    latest: bool
    status: str = ""
    label: str = ""
    day: str = ""
    variants: tuple[str, ...] = ()
    images: int = 0
    size: int = 0
    """Of the images."""


@dataclass(frozen=True)
class LatestCompose:
    """How apt uses the repositories of the compose that a link leads to."""

    link: str
    name: str
    key: str
    fingerprints: tuple[str, ...]
    sources: str


def write_published_index(published: Path) -> None:
    """Write the page, if that changes it; remove it if nothing is published."""
    page = published / INDEX
    trees = list_trees(published)[::-1]
    if not trees:
        discard(page)
        return
    latest = read_link_name(published / LATEST)
    text = render_page(
        TEMPLATE,
        {"size": format_size},
        title="Published composes",
        composes=[summarize_tree(tree, latest) for tree in trees],
        latest=describe_latest(published / latest) if latest else None,
    )
    content = text.encode("utf-8", "replace")
    if not page.is_file() or page.read_bytes() != content:
        write_file(page, content)


def summarize_tree(tree: Path, latest: str) -> PublishedCompose:
    """Return what the page says of a compose; only its name if its metadata cannot be read."""
    try:
        info, images = (read_json(tree / "metadata" / f"{name}.json") for name in ("composeinfo", "images"))
        return PublishedCompose(
            tree.name,
            tree.name == latest,
            (tree / "STATUS").read_text().strip(),
            " ".join(filter(None, (info["type"], info["label"]))),
            format_day(info["date"]),
            tuple(sorted(info["variants"])),
            len(images["images"]),
            sum(image["size"] for image in images["images"]),
        )
    except UNREADABLE:
        return PublishedCompose(tree.name, tree.name == latest)


def describe_latest(tree: Path) -> LatestCompose | None:
    """Return how apt uses the compose that `latest` leads to; None if its metadata or key cannot be read."""
    try:
        info = read_json(tree / "metadata" / "composeinfo.json")
        key = tree / info["key"]
        fingerprints = openpgp.list_primary_fingerprints(key.read_bytes(), str(key))
        return LatestCompose(LATEST, tree.name, info["key"], fingerprints, "\n".join(format_latest_sources(info)))
    except UNREADABLE:
        return None


def format_latest_sources(info: dict[str, Any]) -> Iterator[str]:
    """Yield a stanza for each variant's repository, below the link."""
    for variant in info["variants"].values():
        yield format_source_fields(
            uri=f"{SERVER}/{LATEST}/{variant['repository']}/",
            suite=info["release"]["codename"],
            components=variant["components"],
            signed_by=f"/etc/apt/keyrings/{info['release']['short']}.asc",
            sources=variant["sources"],
        )
