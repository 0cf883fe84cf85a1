"""The gathered list of a variant and arch: its rows, as JSON with reasons and as stanzas of the archives."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from composelib.archive.choose.need import Reason, make_package_key
from composelib.archive.choose.packages.package import Package

if TYPE_CHECKING:  # most variants have no pins
    from composelib.model.pin import Pin

VERSION = 1
MAIN, DEBUG, INSTALLER = "main", "debug", "main/debian-installer"  # components of a repository
SOURCE = "source"


class ManifestRow(NamedTuple):
    """A chosen package, the component of the repository that it goes into, and why it is chosen."""

    package: Package
    component: str
    reason: Reason
    pin: Pin | None = None
    """The pin that sets its priority."""


def sort_rows(rows: Iterable[ManifestRow]) -> list[ManifestRow]:
    """Sort rows by package, architecture and version."""
    return sorted(rows, key=lambda row: (*make_package_key(row.package), row.component))


def format_manifest(
    variant: str, arch: str, rows: Iterable[ManifestRow], omitted: Iterable[Mapping[str, str]] | None = None
) -> str:
    """Return the canonical JSON of sorted rows, one a line; of sources with those that are left out."""
    encoded = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode
    lines = ",\n".join([encoded(encode_row(row)) for row in rows])
    packages = f"[\n{lines}\n]" if lines else "[]"
    left_out = "" if omitted is None else f'"omitted": {encoded(list(omitted))},\n'
    return (
        f'{{\n"arch": {json.dumps(arch)},\n{left_out}"packages": {packages},\n'
        f'"variant": {json.dumps(variant)},\n"version": {VERSION}\n}}\n'
    )


def encode_row(row: ManifestRow) -> dict[str, object]:
    """Return a row as a JSON object."""
    package = row.package
    common: dict[str, object] = {
        "package": package.name,
        "version": package.version,
        "component": row.component,
        "archive": package.listing.archive,
        "why": encode_reason(row.reason) | encode_pin(row.pin),
    }
    common |= encode_source(package) if package.listing.index.arch == SOURCE else encode_binary(package)
    return common


def encode_binary(package: Package) -> dict[str, object]:
    """Return the keys that only a binary package has."""
    return {
        "architecture": package.architecture,
        "source": package.source,
        "source_version": package.source_version,
        "filename": package.filename,
        "size": package.size,
        "sha256": package.sha256,
    }


def encode_source(package: Package) -> dict[str, object]:
    """Return the keys that only a source package has; its filename is that of the .dsc, its size that of all files."""
    from composelib.archive.choose.packages.source_package import read_source_files  # noqa: PLC0415 - binaries need none

    files = read_source_files(package)
    dsc = next((file for file in files if file.path.endswith(".dsc")), files[0])
    return {
        "architecture": SOURCE,
        "source": package.name,
        "source_version": package.version,
        "filename": dsc.path,
        "size": sum(file.size for file in files),
        "sha256": dsc.sha256,
        "files": [{"filename": file.path, "size": file.size, "sha256": file.sha256} for file in files],
    }


def encode_reason(reason: Reason) -> dict[str, object]:
    """Return a reason as a JSON object: the seed and its line, or the package and its relation."""
    if reason.wish:
        origin = reason.wish.seed.origin
        encoded: dict[str, object] = {"seed": reason.wish.seed.text, "line": origin.line, "file": origin.file}
    elif reason.package:
        encoded = {"package": reason.package.name, "relation": reason.relation}
    else:
        encoded = {"relation": reason.relation}
    return encoded | {"provides": reason.provides} if reason.provides else encoded


def encode_pin(pin: Pin | None) -> dict[str, object]:
    """Return the origin and priority of the pin that made a version the preferred one, as keys of its reason."""
    return {"pin": str(pin.origin), "priority": pin.priority} if pin else {}


def format_stanzas(rows: Iterable[ManifestRow]) -> bytes:
    """Return the stanzas of sorted rows, each after fields with its archive and its component."""
    return b"\n".join(format_stanza(row) for row in rows)


def format_stanza(row: ManifestRow) -> bytes:
    """Return a row's stanza as the archive has it, with our own fields before it."""
    head = f"Compose-Archive: {row.package.archive}\n"
    if row.component != MAIN:
        head += f"Compose-Component: {row.component}\n"
    return head.encode() + row.package.stanza + b"\n"
