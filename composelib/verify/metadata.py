"""The metadata of a tree, compared with its repositories and images row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from composelib.model.arch import SOURCE
from composelib.model.paths import LOCK
from composelib.text.json_file import parse_json
from composelib.verify.inventory import Inventory
from composelib.verify.package_rows import PackageRow

DEBS, IMAGES, DELIVERABLES, INFO = (
    f"metadata/{name}.json" for name in ("debs", "images", "deliverables", "composeinfo")
)
INFO_TASK = "metadata:composeinfo"
VOLUME_ID = slice(32808, 32840)
"""Where an ISO has its volume ID (ECMA-119, 8.4.7)."""
Indexed = dict[str, dict[tuple[str, str, str, str], PackageRow]]
"""By variant and key, the rows of the verified indices."""


def check_metadata(inventory: Inventory, indexed: Indexed) -> None:
    """Compare each row of the metadata with what it describes."""
    read_json_of(inventory, INFO, partial(compare_info, inventory, indexed))
    read_json_of(inventory, DEBS, partial(compare_debs, indexed))
    read_json_of(inventory, IMAGES, partial(compare_images, inventory))
    read_json_of(inventory, DELIVERABLES, partial(compare_deliverables, inventory))
    if LOCK in inventory.listed:  # earlier versions wrote none
        read_json_of(inventory, LOCK, partial(compare_lock, inventory, indexed))


def read_json_of(inventory: Inventory, path: str, compare: Callable[[Any], Iterable[str]]) -> None:
    """Report what `compare` yields of a JSON file that is as its list says."""
    content = inventory.open_proven(path)
    if content is None:
        if path not in inventory.listed:
            inventory.report(path, "is missing")
        return
    try:
        for fault in compare(parse_json(content)):
            inventory.report(path, fault)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        inventory.report(path, f"is not of its format: {type(error).__name__} {error}")


def compare_info(inventory: Inventory, indexed: Indexed, content: Any) -> Iterator[str]:
    """Yield where composeinfo.json does not fit the tree."""
    identity = (inventory.open_proven("COMPOSE_ID") or b"").decode(errors="replace").strip()
    if content["id"] != identity:
        yield f"describes {content['id']}, not {identity or 'a compose without COMPOSE_ID'}"
    if set(content["variants"]) != set(indexed) and not inventory.unreadable:
        yield f"has the variants {', '.join(content['variants'])}, not {', '.join(indexed)}"


def compare_debs(indexed: Indexed, content: Any) -> Iterator[str]:
    """Yield the rows of debs.json that differ from the indices, and the packages that have none."""
    for variant, by_arch in content["variants"].items():
        rows = indexed.get(variant)
        if rows is None:
            continue  # its repository is named elsewhere
        described = {row.key: row for arch in by_arch.values() for row in map(read_described_row, arch)}
        for key, row in described.items():
            if key not in rows:
                yield f"{variant}: {row}: no index has it"
            elif row != rows[key]:
                yield f"{variant}: {row}: {describe_difference(row, rows[key])}"
        yield from (f"{variant}: {row}: is not in it" for key, row in rows.items() if key not in described)
        sources = {(row.package, row.version) for row in rows.values() if row.architecture == SOURCE}
        for row in content.get("omitted_sources", {}).get(variant, ()):
            if (row["source"], row["source_version"]) in sources:
                yield f"{variant}: {row['source']} {row['source_version']} source: is said to be left out, but is there"


def read_described_row(row: dict[str, Any]) -> PackageRow:
    """Return what a row of debs.json says of a package."""
    return PackageRow(*(row[name] for name in PackageRow._fields))


def describe_difference(row: PackageRow, indexed: PackageRow) -> str:
    """Return the first value in which a row differs from the index."""
    differing = ((name, *pair) for name, *pair in zip(PackageRow._fields, row, indexed, strict=True))
    name, described, expected = next(values for values in differing if values[1] != values[2])
    return f"its {name} is {described}, in the index {expected}"


def compare_images(inventory: Inventory, content: Any) -> Iterator[str]:
    """Yield the rows of images.json that differ from the images, and the images that have none."""
    described = set()
    for row in content["images"]:
        path = row["path"]
        described.add(path)
        listed = inventory.listed.get(path)
        if listed is None or path not in inventory.files:
            yield f"{path}: there is no such image"
            continue
        if row["sha256"] != listed.sha256:
            yield f"{path}: its sha256 is {row['sha256']}, in SHA256SUMS {listed.sha256}"
        if row["size"] != inventory.files[path]:
            yield f"{path}: its size is {row['size']}, but it has {inventory.files[path]} bytes"
        if "volume_id" in row and row["volume_id"] != read_volume(inventory, path):
            yield f"{path}: its volume_id is {row['volume_id']}, but it is {read_volume(inventory, path)}"
    summed = {path.removesuffix(".sha256") for path in inventory.listed if path.endswith(".sha256")}
    yield from (f"{path}: is not in it" for path in sorted(summed - described))


def read_volume(inventory: Inventory, path: str) -> str:
    """Return an ISO's volume ID."""
    with (inventory.root / path).open("rb") as stream:
        stream.seek(VOLUME_ID.start)
        return stream.read(VOLUME_ID.stop - VOLUME_ID.start).decode("ascii", "replace").strip()


def compare_deliverables(inventory: Inventory, content: Any) -> Iterator[str]:
    """Yield the deliverables that are there and said not to be, or the other way round; the sums show what was made."""
    folders = {path[:end] for path in inventory.files for end, letter in enumerate(path) if letter == "/"}
    for row in content["deliverables"]:
        paths = row["paths"]
        complete = all(path in inventory.files or path in folders for path in paths)
        summed = all(f"{path}.sha256" in inventory.files for path in paths)
        if (row["made"] and not complete) or (not row["made"] and complete and summed):
            name = ":".join(str(row[key]) for key in ("variant", "arch", "name"))
            yield f"{name}: made is {str(row['made']).lower()}, but its files are {'' if complete else 'not all '}there"


def compare_lock(inventory: Inventory, indexed: Indexed, content: Any) -> Iterator[str]:
    """Yield the packages that lock.json does not name, and where it does not fit composeinfo.json."""
    info = parse_json(inventory.open_proven(INFO) or b"{}")
    for archive in content["archives"].keys() & info.get("archives", {}).keys():
        described, locked = info["archives"][archive]["suites"], content["archives"][archive]
        if set(described) != set(locked):
            yield f"archive {archive}: has the suites {', '.join(sorted(locked))}, not {', '.join(described)}"
    if content["dates"].get(INFO_TASK, info.get("date")) != info.get("date"):
        yield f"its date of {INFO_TASK} is another than that in composeinfo.json"
    files = set(content["files"])
    rows = (row for by_key in indexed.values() for row in by_key.values())
    yield from (f"{row}: its files have no {row.sha256}" for row in rows if row.sha256 not in files)
