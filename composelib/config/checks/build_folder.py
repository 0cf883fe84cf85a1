"""Where a compose may be built: never over anything that this program did not make."""

from __future__ import annotations

from pathlib import Path

from composelib.errors import ConfigError
from composelib.model.compose import Compose

SHARED = ("store", "keys")  # what a build folder has of this program
OWN = ("state.sqlite", "lock", "work", "logs", "compose", "published")  # what a compose's folder in it has
PROGRAM = Path(__file__).parents[2]
HINT = "build=DIR names an empty folder, or one that was built in before"


def check_build(compose: Compose) -> None:
    """Raise ConfigError if the build folder is no place to build in; reads folders, writes nothing."""
    build = compose.build
    try:
        real = build.resolve()
        if build.is_symlink() and not build.exists():
            raise ConfigError(f"build={build}: a symbolic link to nothing", HINT)
        refuse_sources(compose, real)
        if real.exists() and not real.is_dir():
            raise ConfigError(f"build={build}: not a folder", HINT)
        if real.is_dir() and not ours(real):
            raise ConfigError(f"build={build}: not empty, and nothing in it was made by this program", HINT)
    except PermissionError as error:
        raise ConfigError(f"build={build}: {error.strerror}".lower(), HINT) from None
    except (RuntimeError, OSError, ValueError):  # resolve() says RuntimeError to a loop of links
        raise ConfigError(f"build={build}: leads nowhere: a loop of links or a name that cannot be", HINT) from None


def refuse_sources(compose: Compose, real: Path) -> None:
    """Raise ConfigError if the build folder is or holds what is read, or is within a folder that is."""
    folders = [
        folder for archive in compose.archives for folder in (archive.debs, *(b.directory for b in archive.build))
    ]
    within = [PROGRAM, *(folder.resolve() for folder in folders if folder)]
    around = [Path.cwd(), compose.config.parent.resolve(), *within]
    for source in around:
        if source.is_relative_to(real):
            raise ConfigError(f"build={compose.build}: {source} lies in it", HINT)
    for source in within:
        if real.is_relative_to(source):
            raise ConfigError(f"build={compose.build}: lies in {source}, which is read", HINT)


def ours(folder: Path) -> bool:
    """Tell whether a folder is empty or has what this program leaves in one."""
    entries = list(folder.iterdir())
    known = any(entry.name in SHARED for entry in entries)
    return not entries or known or any((entry / name).exists() for entry in entries for name in OWN)
