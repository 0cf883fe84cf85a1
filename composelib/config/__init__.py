"""The config: YAML to the model, errors with line and caret. `schema` declares every key once."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

from composelib.config.checks.build_folder import check_build
from composelib.config.checks.compose import check
from composelib.config.inherit import extended, grouped, imports_of
from composelib.config.keys.compose import COMPOSE
from composelib.config.keys.record import Settings
from composelib.config.keys.types import INVALID, NAME
from composelib.config.selection import part_of
from composelib.config.to_model import compose_of, relative_to_here
from composelib.config.yaml.include import Sources
from composelib.config.yaml.problems import Problems
from composelib.errors import ConfigError
from composelib.model.compose import Compose

EPOCH = "SOURCE_DATE_EPOCH"
LAST = 1 << 32  # seconds since 1970 that file formats have room for

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
    """Give the compose that a config file describes; `arches` and `variants` name the part of it that is asked for.

    Reads the config, what it includes, and whether the files it names are there; writes nothing. Raises ConfigError
    with all errors, a block for each.
    """
    settings, sources = read(path)
    whole = compose_of(
        settings,
        name=path.stem,
        config=sources.top,
        files=tuple(sources.files),
        digest=sources.digest,
        build=build,
        offline=offline,
        locked=locked,
    )
    check_build(whole)
    check_epoch(os.environ.get(EPOCH))
    return replace(whole, selection=part_of(whole, arches, variants))


def read(path: Path) -> tuple[Settings, Sources]:
    """Give a config's settings, with includes, extends and groups worked in, and the files they are from.

    Raises ConfigError with all errors, a block for each.
    """
    if not re.fullmatch(NAME, path.stem) or path.stem in {"store", "keys"}:
        hint = "letters, digits and . + _ - after a letter or digit, at most 64; not 'store' or 'keys'"
        raise ConfigError(f"{path}: a compose cannot be named {path.stem!r}", hint)
    problems = Problems()
    sources = Sources(problems, relative_to_here(path))
    mapping = sources.read()
    settings = COMPOSE.read(mapping, "", problems) if mapping else INVALID
    if settings is INVALID:
        problems.raise_all()
    for imported in imports_of(settings).values():
        sources.take(imported.file, imported.content)
    settings = grouped(extended(settings, problems), problems)
    check(settings, problems)
    problems.raise_all()
    return settings, sources


def check_epoch(given: str | None) -> None:
    """Raise ConfigError if the environment's date for everything made is none."""
    if given is not None and not (re.fullmatch(r"[0-9]{1,10}", given) and int(given) < LAST):
        raise ConfigError(f"{EPOCH}={given}: not a number of seconds since 1970", "unset it, or set it to one")
