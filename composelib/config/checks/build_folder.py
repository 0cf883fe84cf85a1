"""Check of the build folder: nothing is built over files that this program did not make."""

from __future__ import annotations

import os
import re
from itertools import islice
from pathlib import Path

from composelib.errors import ConfigError
from composelib.model.compose import Compose
from composelib.model.paths import BUILD_MARKER, MARKER

MOST_FOLDERS = 1000
"""How many folders are looked through for a file to name."""
HARMLESS = frozenset({"lost+found"})
"""What an empty file system has."""
SQLITE = b"SQLite format 3\0"
STATE_VERSION = (1).to_bytes(4, "big")
"""`user_version` in the header of a state file (sqlite.org/fileformat2.html)."""
STORE_NAMES = frozenset({"sha256", "lock", "archives", "contents", "controls"})
"""What is in `store`."""
OBJECTS = re.compile(r"[0-9a-f]{2}|verified|lock|\..*")
"""What is in `store/sha256`."""
PROGRAM = Path(__file__).parents[2]
HINT = "set build=DIR to an empty folder, or to one that was built in before"


def check_build_folder(compose: Compose) -> None:
    """Raise ConfigError if the build folder must not be built in. Folders are read, nothing is written."""
    build = compose.build
    try:
        real = build.resolve()
        if build.is_symlink() and not build.exists():
            raise ConfigError(f"build={build}: a symbolic link to nothing", HINT)
        refuse_sources(compose, real)
        if real.exists() and not real.is_dir():
            raise ConfigError(f"build={build}: not a folder", HINT)
        if real.is_dir() and not is_ours(real):
            fault = "not empty, and nothing in it was made by this program"
            raise ConfigError(f"build={build}: {fault}: {find_any_file(build)} is not from {compose.config}", HINT)
    except PermissionError as error:
        raise ConfigError(f"build={build}: {error.strerror}".lower(), HINT) from None
    except (RuntimeError, OSError, ValueError):  # resolve() raises RuntimeError for a loop of links
        raise ConfigError(f"build={build}: cannot be resolved: a loop of links or an impossible name", HINT) from None


def refuse_sources(compose: Compose, real: Path) -> None:
    """Raise ConfigError if the build folder is or contains a source, or lies within one."""
    folders = [
        folder
        for archive in compose.archives
        for folder in (archive.debs, *(source.tree and source.tree.path for source in archive.build))
    ]
    within = [PROGRAM, compose.paths.key_home.resolve(), *(folder.resolve() for folder in folders if folder)]
    for source in (Path.cwd(), compose.config.parent.resolve(), *within):
        if source.is_relative_to(real):
            raise ConfigError(f"build={compose.build}: contains {source}, which must not be built over", HINT)
    for source in within:
        if real.is_relative_to(source):
            raise ConfigError(f"build={compose.build}: lies in {source}, which is a source of the compose", HINT)


def is_ours(build: Path) -> bool:
    """Return whether a folder is marked as a build folder, is empty, or holds what an earlier program, without marks, made."""
    if (build / BUILD_MARKER).is_file():
        return True
    entries = [entry for entry in build.iterdir() if entry.name not in HARMLESS]
    return any(map(is_compose, entries)) or all(map(is_store, entries))


def find_any_file(folder: Path) -> Path:
    """Return a file below a folder, to name it; the folder itself if there is none near."""
    files = (Path(parent, name) for parent, _, names in islice(os.walk(folder), MOST_FOLDERS) for name in sorted(names))
    return next(files, folder)


def is_compose(folder: Path) -> bool:
    """Return whether a folder is a compose's, by its marker or by the records that a run leaves."""
    state = folder / "state.sqlite"
    if (folder / MARKER).is_file():
        return True
    if folder.is_symlink() or not state.is_file():
        return False
    with state.open("rb") as stream:
        header = stream.read(64)
    return header.startswith(SQLITE) and header[60:] == STATE_VERSION


def is_store(folder: Path) -> bool:
    """Return whether a folder has nothing but package files by their SHA256, keys of ours, or the lock of an ended run."""
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    match folder.name:
        case "store":
            objects = folder.joinpath("sha256")
            return {"sha256"} <= names <= STORE_NAMES and all(
                OBJECTS.fullmatch(path.name) for path in objects.iterdir()
            )
        case "keys":
            return "pubring.kbx" in names
    return names == {"lock"} and not folder.joinpath("lock").stat().st_size
