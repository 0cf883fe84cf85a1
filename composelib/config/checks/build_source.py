"""Checks of the source packages that a compose builds itself."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from composelib.archive.format.version import is_valid_version
from composelib.config.build_sources import CHANGELOG, HEAD, PATCH_SUFFIXES, SERIES, list_patches, read_series
from composelib.config.keys.settings import Settings
from composelib.config.yaml.include import describe_error
from composelib.config.yaml.problems import Problems
from composelib.model.build_source import CROSS_ROOT, name_repository
from composelib.model.keys.common import PACKAGE_NAME
from composelib.text.escape import escape

DSC_NAME = re.compile(rf"({PACKAGE_NAME})_[A-Za-z0-9.+~-]+\.dsc")
FORMATS = ("1.0", "3.0 (quilt)", "3.0 (native)")
"""The formats of source packages that are built."""


def check_build(compose: Settings, archive: Settings, problems: Problems) -> None:
    """Add a problem for all that is wrong with an archive's source packages."""
    names: dict[str, Settings] = {}
    for source in archive["build"]:
        check_build_source(compose, source, problems)
        check_cross(compose, archive, source, problems)
        name = find_name(source)
        first = names.setdefault(name, source)
        if name and first is not source:
            message = f"the source package {name!r} is already built by the entry at {first.origin}"
            problems.add(source.origin, source.path, message, "remove one of them, or build it in another archive")


def check_build_source(compose: Settings, source: Settings, problems: Problems) -> None:
    """Add a problem for all that is wrong with one source package."""
    if isinstance(source["dsc"], Path):
        check_dsc_file(source, source["dsc"], problems)
    elif source["dsc"] is not None:
        check_dsc_name(compose, source, str(source["dsc"]), problems)
    if source["dir"] is not None:
        check_source_tree(source, source["dir"], problems)
    if source["git"] is not None and not re.fullmatch(PACKAGE_NAME, find_name(source)):
        message = f"{name_repository(source['git'])!r} is not the name of a source package"
        problems.add(source.origin_of("git"), source.path, message, "add 'name: …', the name in its debian/changelog")
    for path in source["patches"]:
        check_patches(source, path, problems)


def check_cross(compose: Settings, archive: Settings, source: Settings, problems: Problems) -> None:
    """Add a problem for a source package that is to be cross-built by a builder or in a root that cannot do it."""
    note = partial(add_problem, source, problems)
    if source["cross"] and archive["builder"] != "native":
        note("cross", "only the builder 'native' cross-builds", "add 'builder: native' to the archive")
    if source["cross"] and CROSS_ROOT not in compose["arches"]:
        message = f"cross-building is done in a root of {CROSS_ROOT}, which is not among the compose's arches"
        note("cross", message, f"add {CROSS_ROOT} to 'arches'; a variant's own 'arches' may leave it out")


def find_name(source: Settings) -> str:
    """Return the name of a source package; empty if it has none, which is a problem of its own."""
    dsc = source["dsc"]
    if dsc is not None:
        return dsc.name.partition("_")[0] if isinstance(dsc, Path) else str(dsc).partition(" ")[0]
    if source["dir"] is not None:
        return read_changelog_name(source["dir"])
    return str(source["name"] or name_repository(source["git"] or ""))


def check_dsc_file(source: Settings, path: Path, problems: Problems) -> None:
    """Add a problem for a .dsc whose name is no source package's, or about which nothing says whose signature it needs."""
    note = partial(add_problem, source, problems)
    if not DSC_NAME.fullmatch(path.name):
        note("dsc", f"{path.name}: a .dsc is named NAME_VERSION.dsc", "rename it, with the values of its fields")
    if not source.has("keyring") and not source["trusted"]:
        hint = "add 'keyring: FILE' with the keys that may have signed it, or 'trusted: true' to take it unsigned"
        note("dsc", f"{path}: the key 'keyring' is missing", hint)
    if source.has("keyring") and source["trusted"]:
        note("trusted", "contradicts 'keyring'", "remove one of them")


def check_dsc_name(compose: Settings, source: Settings, text: str, problems: Problems) -> None:
    """Add a problem for a source package of the archives that none of them can have, or whose version is none."""
    note = partial(add_problem, source, problems)
    version = text.partition("= ")[2].rstrip(")")
    if version and not is_valid_version(version):
        note("dsc", f"{version!r} is not a version", "such as 2.10-3")
    if all(archive.has("build") or not archive["sources"] for archive in compose["archives"].values()):
        note("dsc", "no archive has source packages", "add one with a 'uri', or a folder of .dsc files with 'debs'")
    for name in ("keyring", "trusted"):
        if source.has(name):
            note(name, "has no effect: the archive's own signature is checked", "remove it")
    if source.has("patches") and not source.has("suffix"):
        hint = "add one such as 'suffix: +acme1'"
        note("patches", "without 'suffix' the patched package has the version of the archive's own", hint)


def check_source_tree(source: Settings, folder: Path, problems: Problems) -> None:
    """Add a problem for a folder that is not an unpacked source package."""
    note = partial(add_problem, source, problems)
    for name in (CHANGELOG, "debian/control"):
        if not (folder / name).is_file():
            note("dir", f"{folder} has no {name}: it is not an unpacked source package", "correct the path")
            return
    try:
        if not read_changelog_name(folder):
            note("dir", f"{folder / CHANGELOG}: does not begin with NAME (VERSION)", "correct it, `dch` writes it")
        form = folder / "debian/source/format"
        text = form.read_text(errors="replace").strip() if form.is_file() else "1.0"
    except OSError as error:
        note("dir", f"{folder}: {describe_error(error)}", "")
        return
    if text not in FORMATS:
        note("dir", f"{form}: {text!r} is not built", f"use one of {', '.join(FORMATS)}")


def read_changelog_name(folder: Path) -> str:
    """Return the source package that a tree's changelog is of; empty if it cannot be read."""
    try:
        head = HEAD.match((folder / CHANGELOG).read_bytes())
    except OSError:
        return ""
    return head[1].decode() if head and is_valid_version(head[2].decode()) else ""


def check_patches(source: Settings, path: Path, problems: Problems) -> None:
    """Add a problem for a folder without patches, and for lines of its `series` that are no patch of the folder."""
    note = partial(add_problem, source, problems, "patches")
    try:
        lines = read_series(path / SERIES)
        patches = list_patches(path)
    except OSError as error:
        note(f"{path}: {describe_error(error)}", "make it readable")
        return
    if not patches:
        note(f"{path} has no patches", f"put files named *{' or *'.join(PATCH_SUFFIXES)} into it, or a file {SERIES!r}")
    for patch in patches:
        if not patch.name.isprintable():
            note(f"{path}: {escape(patch.name)}: its name has control characters or is not UTF-8", "rename it")
    for name, *options in lines:
        if options not in ([], ["-p1"]):
            note(f"{path / SERIES}: {name} has the option {options[0]}", "make it a patch for -p1")
        elif Path(name).is_absolute() or ".." in Path(name).parts:
            note(f"{path / SERIES}: {name} lies outside of the folder", "move it there")
        elif not (path / name).is_file():
            note(f"{path / SERIES}: there is no file {name}", "correct the series")


def add_problem(source: Settings, problems: Problems, name: str, message: str, hint: str) -> None:
    """Add a problem with a key of a source package."""
    problems.add(source.origin_of(name), source.path_of(name), message, hint)
