"""The paths of what is made of packages that the compose builds itself, below its folder `work`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a process that only fetches loads no model
    from composelib.model.build import Build
    from composelib.model.paths import ComposePaths


def locate_source_package(paths: ComposePaths, archive: str, source: str) -> Path:
    """Return the folder of a source package that is built: its .dsc and the files that this lists, and nothing else."""
    return paths.work("source", archive, source)


def locate_source_record(paths: ComposePaths, archive: str, source: str) -> Path:
    """Return the path of what the .dsc of a source package says, as JSON: what is built of it depends on this."""
    return paths.work("source", archive, f"{source}.json")


def locate_build_order(paths: ComposePaths, build: Build) -> Path:
    """Return the path of the list of what must be built before a build: the stanzas that these builds leave."""
    return paths.work("buildorder", build.archive.name, build.source.name, f"{build.arch}.list")


def locate_chroot_packages(paths: ComposePaths, arch: str) -> Path:
    """Return the path of the stanzas of the packages of the root that builds for an arch begin with."""
    return paths.work("builddeps", f"{arch}.packages")


def locate_build_dependencies(paths: ComposePaths, build: Build) -> Path:
    """Return the path of the stanzas of the packages that are installed for a build, beside those of its root."""
    return paths.work("builddeps", build.archive.name, build.source.name, f"{build.arch}.packages")


def locate_store_list(packages: Path) -> Path:
    """Return the path of the list of the files in the store of the packages of a root or of build dependencies: a tree list."""
    return packages.with_suffix(".stored")


def locate_chroot(paths: ComposePaths, arch: str) -> Path:
    """Return the path of the root that builds for an arch begin with, as a tar."""
    return paths.work("chroot", f"{arch}.tar")


def locate_built(paths: ComposePaths, build: Build) -> Path:
    """Return the folder of what a build leaves: .debs, .udebs, .changes and .buildinfo."""
    return paths.work("build", build.archive.name, build.source.name, build.arch)


def locate_built_stanzas(paths: ComposePaths, build: Build) -> Path:
    """Return the path of the stanzas of the packages that a build leaves, as an index would have them."""
    folder = locate_built(paths, build)
    return folder.with_name(f"{folder.name}.packages")


def locate_lint(paths: ComposePaths, build: Build) -> Path:
    """Return the path of what lintian says of what a build leaves, as JSON."""
    return paths.work("lint", build.archive.name, build.source.name, f"{build.arch}.json")


def locate_test_packages(paths: ComposePaths, build: Build) -> Path:
    """Return the path of the stanzas of the packages that the tests of what a build leaves need."""
    return paths.work("testdeps", build.archive.name, build.source.name, f"{build.arch}.packages")


def locate_test_results(paths: ComposePaths, build: Build) -> Path:
    """Return the path of how the tests of what a build leaves ended, as JSON."""
    return paths.work("autopkgtest", build.archive.name, build.source.name, f"{build.arch}.json")
