"""The paths of what is made of packages that the compose builds itself, below its folder `work`."""

from __future__ import annotations

from pathlib import Path

from composelib.model.paths import ComposePaths


def locate_source_package(paths: ComposePaths, archive: str, source: str) -> Path:
    """Return the folder of a source package that is built: its .dsc and the files that this lists, and nothing else."""
    return paths.work("source", archive, source)


def locate_source_record(paths: ComposePaths, archive: str, source: str) -> Path:
    """Return the path of what the .dsc of a source package says, as JSON: what is built of it depends on this."""
    return paths.work("source", archive, f"{source}.json")
