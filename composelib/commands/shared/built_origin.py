"""Where a package that the compose builds itself is from: the entry of the config, the commit, the lines of patches."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from composelib.archive.explain.manifest_reader import GatheredPackage
from composelib.model.build_paths import locate_source_record
from composelib.model.build_source import BuildSource
from composelib.model.compose import Compose
from composelib.text.escape import escape
from composelib.text.json_file import read_json

HEADER = re.compile(r"\+\+\+ [^/\s]+/(\S+)")


def explain_build(compose: Compose, row: GatheredPackage) -> tuple[dict[str, Any], list[str]]:
    """Return where a package is from, as JSON and in lines; both empty for one that the compose does not build."""
    archive = next((archive for archive in compose.archives if archive.name == row.archive), None)
    source = next((source for source in archive.build if source.name == row.source), None) if archive else None
    if archive is None or source is None:
        return {}, []
    origins = locate_source_record(compose.paths, archive.name, source.name).with_suffix(".origins.json")
    commit = read_json(origins).get("commit", "") if origins.is_file() else ""
    changes = [change for patch in source.patches for change in list_changes(patch)]
    lines = [
        f"    {source.origin}: built from {describe_origin(source, commit)}",
        *(f"      {line}" for line in changes),
    ]
    return {"built": {"origin": str(source.origin), "commit": commit, "patches": changes}}, lines


def describe_origin(source: BuildSource, commit: str) -> str:
    """Return what a source package is made of, in words."""
    suffix = f", with {source.suffix}" if source.suffix else ""
    if source.git:
        return f"{source.git} at {commit or source.ref}{suffix}"
    if source.tree:
        return f"{source.tree.path}{suffix}"
    return f"the source package {source.dsc}{suffix}"


def list_changes(patch: Path) -> list[str]:
    """Return `FILE:LINE: changes NAME` for each file that a patch changes."""
    if not patch.is_file():
        return [f"{patch}: is gone"]
    lines = patch.read_text(errors="replace").splitlines()
    matches = ((number, HEADER.match(line)) for number, line in enumerate(lines, 1))
    return [f"{patch}:{number}: changes {escape(match[1])}" for number, match in matches if match]
