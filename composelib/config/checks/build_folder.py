"""Check of the build folder: nothing is built over files that this program did not make."""

from __future__ import annotations

from pathlib import Path

from composelib.errors import ConfigError
from composelib.model.compose import Compose

SHARED = ("store", "keys")  # entries that this program makes in a build folder
OWN = ("state.sqlite", "lock", "work", "logs", "compose", "published")  # entries of a compose's folder in it
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
            raise ConfigError(f"build={build}: not empty, and nothing in it was made by this program", HINT)
    except PermissionError as error:
        raise ConfigError(f"build={build}: {error.strerror}".lower(), HINT) from None
    except (RuntimeError, OSError, ValueError):  # resolve() raises RuntimeError for a loop of links
        raise ConfigError(f"build={build}: cannot be resolved: a loop of links or an impossible name", HINT) from None


def refuse_sources(compose: Compose, real: Path) -> None:
    """Raise ConfigError if the build folder is or contains a source, or lies within one."""
    folders = [
        folder for archive in compose.archives for folder in (archive.debs, *(b.directory for b in archive.build))
    ]
    within = [PROGRAM, compose.paths.key_home.resolve(), *(folder.resolve() for folder in folders if folder)]
    for source in (Path.cwd(), compose.config.parent.resolve(), *within):
        if source.is_relative_to(real):
            raise ConfigError(f"build={compose.build}: contains {source}, which must not be built over", HINT)
    for source in within:
        if real.is_relative_to(source):
            raise ConfigError(f"build={compose.build}: lies in {source}, which is a source of the compose", HINT)


def is_ours(folder: Path) -> bool:
    """Return whether a folder is empty or has entries that this program makes."""
    entries = list(folder.iterdir())
    has_shared = any(entry.name in SHARED for entry in entries)
    return not entries or has_shared or any((entry / name).exists() for entry in entries for name in OWN)
