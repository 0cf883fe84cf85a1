"""The bills of materials of a tree, SPDX and CycloneDX, compared with its repositories package by package."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote

from composelib.model.arch import SOURCE
from composelib.text import spdx
from composelib.verify.inventory import Inventory
from composelib.verify.metadata import DEBS, Indexed, read_json_of
from composelib.verify.package_rows import PackageRow

PackageKey = tuple[str, str, str]
"""Name, version and architecture."""


class DescribedPackage(NamedTuple):
    """What a bill says of a package."""

    name: str
    version: str
    architecture: str
    """Empty if the package URL does not repeat name and version."""
    sums: tuple[str, ...]
    source: str
    """The text that ends with the name and version of its source; empty for a source."""

    @property
    def key(self) -> PackageKey:
        """What tells it from others."""
        return self[:3]

    def __str__(self) -> str:
        """Return its name and version."""
        return f"{self.name} {self.version}"


def check_bills(inventory: Inventory, indexed: Indexed) -> None:
    """Compare each bill with the indices: one of a variant and arch has all its packages, others have some."""
    members: dict[str, set[PackageKey]] = {}
    read_json_of(inventory, DEBS, partial(note_members, members))
    for suffix, read in READERS.items():
        for path in sorted(path for path in inventory.listed if path.endswith(suffix)):
            folder, _, name = path.removesuffix(suffix).rpartition("/")
            whole = members.get(name) if folder == "metadata" else None
            if not inventory.unreadable:  # else every package of what cannot be read would be named
                read_json_of(inventory, path, partial(compare_bill, indexed, whole, read))


def note_members(members: dict[str, set[PackageKey]], content: Any) -> tuple[str, ...]:
    """Note the packages that debs.json has for each `VARIANT-ARCH`; there is nothing to report."""
    for variant, by_arch in content["variants"].items():
        for arch, rows in by_arch.items():
            if arch != SOURCE:
                keys = {(row["package"], row["version"], row["architecture"]) for row in rows}
                members[f"{variant}-{arch}"] = keys
    return ()


def read_spdx(content: Any) -> Iterator[DescribedPackage]:
    """Yield the packages of an SPDX document."""
    for element in content["packages"]:
        if element["SPDXID"] != spdx.ROOT:
            sums = tuple(row["checksumValue"] for row in element.get("checksums", ()))
            locator = element["externalRefs"][0]["referenceLocator"]
            name, version = element["name"], element["versionInfo"]
            architecture = read_architecture(locator, name, version)
            yield DescribedPackage(name, version, architecture, sums, element.get("sourceInfo", ""))


def read_cyclonedx(content: Any) -> Iterator[DescribedPackage]:
    """Yield the packages of a CycloneDX document."""
    for component in content["components"]:
        sums = tuple(row["content"] for row in component.get("hashes", ()))
        name, version = component["name"], component["version"]
        ancestors = component.get("pedigree", {}).get("ancestors", ())
        source = f" {ancestors[0]['name']} {ancestors[0]['version']}" if ancestors else ""
        architecture = read_architecture(component["purl"], name, version)
        yield DescribedPackage(name, version, architecture, sums, source)


READERS: dict[str, Callable[[Any], Iterator[DescribedPackage]]] = {
    ".spdx.json": read_spdx,
    ".cdx.json": read_cyclonedx,
}


def read_architecture(purl: str, name: str, version: str) -> str:
    """Return the architecture in a package URL; empty if it does not repeat the rest."""
    head, _, query = purl.partition("?")
    same = head.endswith(f"/{quote(name, safe='')}@{quote(version, safe='~')}")
    return parse_qs(query).get("arch", [""])[0] if same else ""


def compare_bill(
    indexed: Indexed,
    whole: set[PackageKey] | None,
    read: Callable[[Any], Iterator[DescribedPackage]],
    content: Any,
) -> Iterator[str]:
    """Yield the packages of a bill that differ from the indices, and those of its variant that it lacks."""
    rows: dict[PackageKey, list[PackageRow]] = {}
    sources: set[tuple[str, str]] = set()
    for by_key in indexed.values():
        for row in by_key.values():
            rows.setdefault((row.package, row.version, row.architecture), []).append(row)
            sources.add((row.source, row.source_version))
    described = set()
    for package in read(content):
        described.add(package.key)
        yield from compare_package(package, rows.get(package.key, []), sources)
    if whole is not None:
        yield from (f"{' '.join(key)}: is not in it" for key in sorted(whole - described))


def compare_package(package: DescribedPackage, rows: list[PackageRow], sources: set[tuple[str, str]]) -> Iterator[str]:
    """Yield how a package differs from the indices; a source that is not in them has no sum."""
    if package.architecture == SOURCE and not package.sums:
        if package.key[:2] not in sources:
            yield f"{package}: no package of the indices is built from it"
    elif not rows:
        yield f"{package}: no index has it"
    elif not package.sums or not set(package.sums) <= {row.sha256 for row in rows}:
        yield f"{package}: its SHA256 is not that of the index"
    elif package.architecture != SOURCE and not any(
        package.source.endswith(f" {row.source} {row.source_version}") for row in rows
    ):
        yield f"{package}: {package.source.strip()}: the index names another source"
