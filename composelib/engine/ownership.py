"""Whose a compose's folder is: a marker in it names the config and the release, so that no folder of others is written to."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from composelib.config.checks.build_folder import find_any_file
from composelib.engine.doit_variables import command_line_variables
from composelib.engine.lock import hold_lock
from composelib.errors import ConfigError
from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.model.paths import MARKER
from composelib.program import PROGRAM
from composelib.text.json_file import parse_json

VERSION = 1
HARMLESS = frozenset({"lock", f".{MARKER}.new", "lost+found"})
"""Entries of a folder that nothing is lost with: what a run leaves that was killed before it wrote the marker."""
ELSEWHERE = "move it away, or set build=DIR to another folder"


class Owner(NamedTuple):
    """What a folder belongs to."""

    config: str
    """The config's path, relative to the checkout if it is in it: a checkout that is moved as a whole keeps its folders."""
    short: str
    """The short name of the release."""


@contextmanager
def hold_compose(compose: Compose) -> Iterator[None]:
    """Hold the lock of a compose's folder for the block. Raise ConfigError, before anything is written, if it is not ours."""
    claim_folder(compose)
    with hold_lock(compose.paths.root / "lock", compose.paths.work("tmp")):
        yield


def claim_folder(compose: Compose, *, adopt: bool = False) -> None:
    """Mark a compose's folder, and the build folder, as ours. Raise ConfigError, with nothing written, if it is not."""
    check_owner(compose, adopt=adopt)
    owner = name_owner(compose)
    marked = read_marker(compose)
    if marked is None:
        for namesake in find_namesakes(compose):
            print(f"warning: {namesake}", file=sys.stderr)
    if marked != owner:
        write_file(compose.paths.marker, json.dumps({"version": VERSION, **owner._asdict()}, sort_keys=True) + "\n")
    if not compose.paths.build_marker.exists():
        with suppress(FileExistsError), compose.paths.build_marker.open("x") as stream:
            stream.write(f'{{"version": {VERSION}}}\n')


def find_namesakes(compose: Compose) -> Iterator[str]:
    """Yield a line for each other compose of the build folder whose composes may get the IDs of this one's."""
    for marker in sorted({*compose.build.glob(f"*/{compose.paths.marker.name}")} - {compose.paths.marker}):
        with suppress(ConfigError):  # a newer program made that one: its marker may mean anything
            other = read_owner(marker)
            if other and other.short == compose.release.short:
                yield (
                    f"{compose.config}: its release.short '{other.short}' is that of {other.config}, too: "
                    "composes of both can get the same ID; give one of them another `short`"
                )


def check_owner(compose: Compose, *, adopt: bool = False) -> None:
    """Raise ConfigError if a compose's folder is not its own; `adopt` takes that of a config which was moved."""
    root = compose.paths.root
    try:
        if root.is_symlink() and not root.exists():
            raise ConfigError(f"{root}: a symbolic link to nothing", ELSEWHERE)
        if root.exists() and not root.is_dir():
            raise ConfigError(f"{root}: not a folder", ELSEWHERE)
        if root.exists():
            check_folder(compose, read_marker(compose), adopt=adopt)
    except PermissionError as error:
        raise ConfigError(f"{error.filename}: permission denied", ELSEWHERE) from None


def check_folder(compose: Compose, owner: Owner | None, *, adopt: bool) -> None:
    """Raise ConfigError if a folder that is there, with this marker, is not a compose's own."""
    if owner is None:
        check_unmarked(compose, adopt=adopt)
        return
    root, marker, config = compose.paths.root, compose.paths.marker, compose.config
    if owner.short != compose.release.short:
        raise ConfigError(
            f"{config}: its release.short is '{compose.release.short}', but {root} has composes of '{owner.short}', "
            f"made from {owner.config} ({marker})",
            f"{ELSEWHERE}, or give the config another name",
        )
    if owner.config != name_owner(compose).config and not adopt:
        raise ConfigError(
            f"{root}: it belongs to {owner.config} ({marker}), not to {config}",
            f"set build=DIR to another folder; if the config was moved, `{format_adopt()}` takes the folder over",
        )


def check_unmarked(compose: Compose, *, adopt: bool) -> None:
    """Raise ConfigError if a folder without a marker holds anything but what an earlier program made of this release."""
    root, short = compose.paths.root, compose.release.short
    names = sorted({path.name for path in root.iterdir()} - HARMLESS)
    if not names:
        return
    if not is_state(root / "state.sqlite"):
        raise ConfigError(
            f"{root}: no run made {find_any_file(root / names[0])}, and {compose.config} makes its compose here",
            ELSEWHERE,
        )
    name = read_compose_id(compose)
    if name and not name.startswith(f"{short}-"):  # short names have no '-'
        raise ConfigError(
            f"{root}: it has the compose {name} ({compose.paths.compose_id}), and {compose.config} makes those of '{short}'",
            f"{ELSEWHERE}, or give the config another name",
        )
    if not name and not adopt:
        raise ConfigError(
            f"{root}: nothing in it says that {compose.config} made it",
            f"if it did, `{format_adopt()}` takes it over; else {ELSEWHERE}",
        )


def name_owner(compose: Compose) -> Owner:
    """Return what a compose's folder is to be marked with."""
    config, checkout = compose.config.parent.resolve() / compose.config.name, Path.cwd().resolve()
    inside = config.is_relative_to(checkout)
    return Owner(str(config.relative_to(checkout) if inside else config), compose.release.short)


def read_marker(compose: Compose) -> Owner | None:
    """Return what the marker of a compose's folder says, as `read_owner` does."""
    return read_owner(compose.paths.marker)


def read_owner(marker: Path) -> Owner | None:
    """Return what a marker says; None if there is none that can be read. Raise ConfigError if a newer program wrote it."""
    try:
        fields = parse_json(marker.read_text() if marker.is_file() else "")
        if fields["version"] > VERSION:
            raise ConfigError(f"{marker}: a newer version of this program wrote it", ELSEWHERE)
        return Owner(str(fields["config"]), str(fields["short"]))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError, KeyError, TypeError):
        return None


def read_compose_id(compose: Compose) -> str:
    """Return the compose ID in a compose's tree, empty if there is none."""
    try:
        return compose.paths.compose_id.read_text(errors="replace").strip()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return ""


def is_state(path: Path) -> bool:
    """Return whether a file is a state file of ours that can be read."""
    from composelib.engine.state_db import Records  # noqa: PLC0415 - only for a folder of an earlier program

    records = Records(path, lambda _text: None)
    records.read()
    return path.is_file() and not records.fault


def format_adopt() -> str:
    """Return the command that takes the folder over."""
    return shlex.join(
        [PROGRAM, "run", "--adopt", *(f"{name}={value}" for name, value in command_line_variables().items())]
    )
