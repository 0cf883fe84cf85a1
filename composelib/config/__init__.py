"""Reads a config: from YAML to the model, which declares the keys. Errors have a line and a caret."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

from composelib.config.build_model import build_record
from composelib.config.checks.build_folder import check_build_folder
from composelib.config.checks.compose import check_compose
from composelib.config.checks.requires import check_requires
from composelib.config.extends import apply_extends
from composelib.config.groups import expand_groups, find_imported_lists
from composelib.config.keyring_archive import add_keyring
from composelib.config.keys import containers, package_entry, read_record, scalars
from composelib.config.keys.read_value import INVALID, read_value
from composelib.config.keys.settings import Settings
from composelib.config.resolve import resolve
from composelib.config.selection import select
from composelib.config.yaml.include import ConfigFiles
from composelib.config.yaml.problems import Problems
from composelib.errors import ConfigError
from composelib.model.compose import Compose
from composelib.model.keys.value_types import NAME, RecordOf

EPOCH = "SOURCE_DATE_EPOCH"
LAST = 1 << 32  # seconds since 1970: file formats have room for 32 bits
READERS = (scalars, containers, read_record, package_entry)
"""The modules that read values: each registers its readers when it is imported."""

__all__ = ["load", "read"]


def load(
    path: Path,
    *,
    build: Path = Path("build"),
    offline: bool = False,
    locked: bool = False,
    arches: tuple[str, ...] = (),
    variants: tuple[str, ...] = (),
) -> Compose:
    """Return the compose that a config file describes; `arches` and `variants` limit the call to some of its tasks.

    The config and what it includes are read, and the files it names are looked for; nothing is written. Raise
    ConfigError with all errors, a block for each.
    """
    settings, sources = read(path)
    compose: Compose = build_record(
        resolve(settings),
        name=path.stem,
        config=sources.top,
        files=tuple(sources.files),
        digest=sources.digest,
        build=build,
        offline=offline,
        locked=locked,
    )
    compose = add_keyring(compose)
    check_build_folder(compose)
    check_epoch(os.environ.get(EPOCH))
    return replace(compose, selection=select(compose, arches, variants))


def read(path: Path) -> tuple[Settings, ConfigFiles]:
    """Return a config's settings, with includes, extends and groups resolved, and the files they are from.

    Raise ConfigError with all errors, a block for each.
    """
    if not re.fullmatch(NAME, path.stem) or path.stem in {"store", "keys"}:
        hint = "letters, digits and . + _ - after a letter or digit, at most 64; not 'store' or 'keys'"
        raise ConfigError(f"{path}: a compose cannot be named {path.stem!r}", hint)
    problems = Problems()
    sources = ConfigFiles(problems, relative_to_working_directory(path))
    mapping = sources.read()
    if mapping:
        check_requires(mapping, problems)
    settings = read_value(RecordOf(Compose), mapping, "", problems) if mapping else INVALID
    if settings is INVALID:
        problems.raise_all()
    for imported in find_imported_lists(settings).values():
        sources.add(imported.file, imported.content)
    settings = expand_groups(apply_extends(settings, problems), problems)
    check_compose(settings, problems)
    problems.raise_all()
    return settings, sources


def relative_to_working_directory(path: Path) -> Path:
    """Return a path relative to the working directory if it is below it, else as it is."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path


def check_epoch(epoch: str | None) -> None:
    """Raise ConfigError if SOURCE_DATE_EPOCH, the date of everything that is made, is set to no valid date."""
    if epoch is not None and not (re.fullmatch(r"[0-9]{1,10}", epoch) and int(epoch) < LAST):
        raise ConfigError(
            f"{EPOCH}={epoch}: not a number of seconds since 1970", f"unset it, or set it to a number below {LAST}"
        )
