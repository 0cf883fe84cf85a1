"""Validates the JSON files of a build folder by docs/schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FOLDER = Path(__file__).parents[2] / "docs/schemas"
PATTERNS = {
    "metadata/composeinfo.json": "composeinfo",
    "metadata/debs.json": "debs",
    "metadata/images.json": "images",
    "metadata/deliverables.json": "deliverables",
    "metadata/kept.json": "kept",
    "extra_files.json": "extra_files",
    "work/gather/*/*.json": "manifest",
    "work/solve/*/*.json": "solve",
    "work/rootfs/*/*.network.json": "network_record",
    "work/repoclosure/*/*.json": "repoclosure",
    "work/gate/*/*.json": "gate",
    "work/test/*/*.json": "test",
    "work/ostree/*/*.json": "ostree",
    "work/container_push/*/*.json": "container_push",
    "work/inrelease/*/suites.json": "suites",
    "work/source/*/*.origins.json": "source_origins",
    "work/source/*/*.json": "source",
    "work/build/*/*/*.json": "build",
    "work/lint/*/*/*.json": "lint",
    "work/testdeps/*/*/*.json": "testdeps",
    "work/autopkgtest/*/*/*.json": "autopkgtest",
    "archives/*.json": "archive_memory",
    "run.json": "run",
    "progress.json": "progress",
    ".deb-compose": "marker",
    ".deb-compose-build": "build_marker",
    "composes/*.lock": "lock",
    "metadata/lock.json": "lock",
    "streams/*.json": "stream",
}
"""By the end of a file's path: the name of its schema."""
PUBLIC = ("*.spdx.json", "*.cdx.json", "*.intoto.json", "runs/*/trace.json")
"""Files whose formats others describe."""
INTERNAL = ("work/inrelease/*/state.json", "work/buildinstall/*/*.json", "work/report/archives.json")
"""What a task leaves for the next one of its own stage: no format that others read."""


@cache
def make_validator(name: str) -> Draft202012Validator:
    """Return the validator of a schema."""
    return Draft202012Validator(json.loads((FOLDER / f"{name}.json").read_text()))


def list_value_faults(name: str, value: Any) -> list[str]:
    """Return what is wrong with a value by a schema."""
    return [f"{error.json_path}: {error.message[:200]}" for error in make_validator(name).iter_errors(value)]


def find_schema(path: Path) -> str:
    """Return the name of the schema of a file; empty if there is none."""
    return next((name for pattern, name in PATTERNS.items() if path.match(pattern)), "")


def list_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder that a schema may be for."""
    for path in sorted(folder.rglob("*")):
        described = path.suffix == ".json" or find_schema(path)
        if described and path.is_file() and not any(map(path.match, (*PUBLIC, *INTERNAL))):
            yield path


def list_faults(folder: Path) -> list[str]:
    """Return a line for each file of a folder that has no schema, or differs from it."""
    faults = []
    for path in list_files(folder):
        name = find_schema(path)
        value = json.loads(path.read_text("utf-8", "surrogateescape"))
        faults += [f"{path}: {fault}" for fault in (list_value_faults(name, value) if name else ["has no schema"])]
    return faults


def list_used(folder: Path) -> set[str]:
    """Return the names of the schemas that the files of a folder have."""
    return {find_schema(path) for path in list_files(folder)}
