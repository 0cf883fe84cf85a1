"""The SPDX documents of a tree, compared with its repositories package by package."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import parse_qs, quote

from composelib.model.arch import SOURCE
from composelib.verify.inventory import Inventory
from composelib.verify.metadata import DEBS, Indexed, read_json_of
from composelib.verify.package_rows import PackageRow

SUFFIX = ".spdx.json"
PackageKey = tuple[str, str, str]
"""Name, version and architecture."""


def check_documents(inventory: Inventory, indexed: Indexed) -> None:
    """Compare each document with the indices: one of a variant and arch has all its packages, others have some."""
    members: dict[str, set[PackageKey]] = {}
    read_json_of(inventory, DEBS, partial(note_members, members))
    for path in sorted(path for path in inventory.listed if path.endswith(SUFFIX)):
        whole = (
            members.get(path.removeprefix("metadata/").removesuffix(SUFFIX)) if path.startswith("metadata/") else None
        )
        if not inventory.unreadable:  # else every package of what cannot be read would be named
            read_json_of(inventory, path, partial(compare_document, indexed, whole))


def note_members(members: dict[str, set[PackageKey]], content: Any) -> tuple[str, ...]:
    """Note the packages that debs.json has for each `VARIANT-ARCH`; there is nothing to report."""
    for variant, by_arch in content["variants"].items():
        for arch, rows in by_arch.items():
            if arch != SOURCE:
                keys = {(row["package"], row["version"], row["architecture"]) for row in rows}
                members[f"{variant}-{arch}"] = keys
    return ()


def compare_document(indexed: Indexed, whole: set[PackageKey] | None, content: Any) -> Iterator[str]:
    """Yield the packages of a document that differ from the indices, and those of its variant that it lacks."""
    rows: dict[PackageKey, list[PackageRow]] = {}
    for by_key in indexed.values():
        for row in by_key.values():
            rows.setdefault((row.package, row.version, row.architecture), []).append(row)
    described = set()
    for element in content["packages"]:
        if element["SPDXID"] == "SPDXRef-Root":
            continue
        key, title = read_key(element), f"{element['name']} {element['versionInfo']}"
        described.add(key)
        sums = {row.sha256 for row in rows.get(key, ())}
        if not sums:
            yield f"{title}: no index has it"
        elif not {row["checksumValue"] for row in element["checksums"]} <= sums:
            yield f"{title}: its SHA256 is not that of the index"
        elif not any(element["sourceInfo"].endswith(f" {row.source} {row.source_version}") for row in rows[key]):
            yield f"{title}: {element['sourceInfo']}: the index names another source"
    if whole is not None:
        yield from (f"{' '.join(key)}: is not in it" for key in sorted(whole - described))


def read_key(element: dict[str, Any]) -> PackageKey:
    """Return a package's key by its element; the architecture is in its package URL, which must repeat the rest."""
    locator = element["externalRefs"][0]["referenceLocator"]
    head, _, query = locator.partition("?")
    name, version = element["name"], element["versionInfo"]
    same = head.endswith(f"/{quote(name, safe='')}@{quote(version, safe='~')}")
    return name, version, parse_qs(query).get("arch", [""])[0] if same else ""
