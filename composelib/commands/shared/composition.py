"""Compositions between two published composes: some of the packages and config lines of the first, the rest of the second."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composelib.archive.explain.bisection import PackageFacts, PackageSwap, order_swaps, parse_index
from composelib.archive.explain.compose_diff import SOURCE, ComposeContents, SourceChange
from composelib.archive.explain.manifest_reader import GatheredPackage
from composelib.commands.shared.config_changes import ConfigChange, list_config_changes, make_changes
from composelib.fetch.store import Store
from composelib.files import write_file

UNTOUCHED = ("archives", "label", "notify", "type", "gate", "latest", "sign")
"""Keys of a config that decide nothing that is in an image, or are replaced."""
PLAIN = {"sources": False, "debug": False, "selfhosting": False, "fulltree": False, "indices": [], "strict": "off"}
"""What a composition's variants have, as the packages are given."""
Config = Mapping[str, Any]
Rows = Mapping[str, GatheredPackage]
"""Binary packages by their SHA256."""


@dataclass(frozen=True)
class PublishedSide:
    """A published compose: its packages, what these need, and the config that it was made by."""

    rows: Rows
    facts: Mapping[str, PackageFacts]
    config: Config


@dataclass(frozen=True)
class BisectStep:
    """A change that is made or not: sources that must change together, or a line of the config."""

    text: str
    old: frozenset[str] = frozenset()
    new: frozenset[str] = frozenset()
    """The SHA256 of the packages before and after it."""
    config: tuple[ConfigChange, ...] = ()


def list_rows(contents: ComposeContents) -> dict[str, GatheredPackage]:
    """Return a compose's binary packages by their SHA256; those of an installer, which no system gets, are left out."""
    rows = (row for arch_rows in contents.packages.values() for row in arch_rows)
    return {row.sha256: row for row in rows if row.architecture != SOURCE and row.filename.endswith(".deb")}


def read_facts(tree: Path) -> dict[str, PackageFacts]:
    """Return what each package of a tree's repositories needs, by its SHA256."""
    indices = sorted(tree.glob("*/repo/dists/*/*/binary-*/Packages"))
    return {package.sha256: package for path in indices for package in parse_index(path.read_bytes())}


def list_steps(old: PublishedSide, new: PublishedSide, changes: Sequence[SourceChange]) -> list[BisectStep]:
    """Return all changes in an order in which each can be made after those before it: what goes away last."""
    swaps = [make_swap(old, new, change.source) for change in changes]
    unchanged = [facts for sha256, facts in old.facts.items() if sha256 in new.rows]
    packages = [
        BisectStep(
            ", ".join(describe_source(changes[number]) for number in group),
            frozenset(package.sha256 for number in group for package in swaps[number].old),
            frozenset(package.sha256 for number in group for package in swaps[number].new),
        )
        for group in order_swaps(swaps, unchanged)
    ]
    config = [BisectStep(str(change), config=(change,)) for change in compare_configs(old.config, new.config)]
    return [
        *(step for step in packages if step.new),
        *config,
        *(step for step in packages if not step.new),
    ]


def make_swap(old: PublishedSide, new: PublishedSide, source: str) -> PackageSwap:
    """Return the packages of a source in two composes, without those that both have."""
    sides = ((old, new), (new, old))
    olds, news = (
        tuple(
            side.facts.get(sha256) or PackageFacts(row.package, row.version, sha256, (), ())
            for sha256, row in side.rows.items()
            if row.source == source and sha256 not in opposite.rows
        )
        for side, opposite in sides
    )
    return PackageSwap(olds, news)


def describe_source(change: SourceChange) -> str:
    """Return a source with its versions."""
    old, new = " ".join(change.old), " ".join(change.new)
    if not old or not new:
        return f"{change.source} {new} added" if new else f"{change.source} {old} removed"
    return f"{change.source} {old} -> {new}" if old != new else f"{change.source} {new}, other packages"


def compare_configs(old: Config, new: Config) -> Iterator[ConfigChange]:
    """Yield the changes of the config that can be in an image."""
    first, second = ({key: value for key, value in side.items() if key not in UNTOUCHED} for side in (old, new))
    return list_config_changes(first, second)


def choose_rows(old: Rows, new: Rows, steps: Sequence[BisectStep], made: int) -> Rows:
    """Return the packages with as many of the changes made."""
    rows = {sha256: row for sha256, row in old.items() if sha256 in new}
    for number, step in enumerate(steps):
        chosen, side = (step.new, new) if number < made else (step.old, old)
        rows |= {sha256: side[sha256] for sha256 in chosen}
    return rows


def write_packages(folder: Path, rows: Rows, store: Store) -> dict[str, str]:
    """Put packages into a folder for each archive, and remove others; return the folders' names. Raise ComposeError."""
    expected = {folder / row.archive / sha256[:2] / f"{sha256}.deb": sha256 for sha256, row in rows.items()}
    with store.linking():
        for path in sorted(folder.glob("*/*/*.deb")):
            if path not in expected:
                store.unlink(path)
        for path, sha256 in sorted(expected.items()):
            path.parent.mkdir(parents=True, exist_ok=True)
            store.link(sha256, path)
    return {row.archive: str(folder.absolute() / row.archive) for row in rows.values()}


def remove_packages(folder: Path, store: Store) -> None:
    """Remove all packages from a folder, so that the store's ledger stays true."""
    with store.linking():
        for path in sorted(folder.glob("*/*/*.deb")):
            store.unlink(path)


def write_config(path: Path, config: Config, changes: Collection[ConfigChange], archives: Mapping[str, str]) -> None:
    """Write the config of a composition: its archives are folders, but for those that are only looked at."""
    values = make_changes(config, changes)
    given = values["archives"]
    for name, folder in archives.items():
        former = given.get(name, {})
        priority = {"priority": former["priority"]} if former.get("priority") else {}
        given[name] = {"debs": folder, "sources": False, **priority}
    values["archives"] = {name: row for name, row in given.items() if name in archives or row.get("lookaside")}
    for variant in values["variants"].values():
        variant.update(PLAIN)
    for key in ("gate", "notify", "label"):
        values.pop(key, None)
    write_file(path, json.dumps(values | {"type": "development"}, indent=1, ensure_ascii=False))


def select_changes(steps: Sequence[BisectStep], made: int) -> list[ConfigChange]:
    """Return the changes of the config among as many changes."""
    return [change for step in steps[:made] for change in step.config]
