"""The folder of the checkout's own signing key: made on first use, or taken over from the build folder, and never replaced.

It appears whole: it is prepared beside its final name, written to disk and renamed, under a lock.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from composelib.errors import MachineError
from composelib.files import remove_tree, write_file
from composelib.model.paths import FORMER_KEY_HOME
from composelib.tools import gpg

TITLE = "deb-compose signing key of a checkout"
IGNORE = ".gitignore"
PRIVATE = "private-keys-v1.d"


def provide_key(home: Path, build: Path) -> None:
    """Make sure that `home` holds the checkout's key. Raise MachineError if there are two, or other files in the way."""
    if has_former(home, build) or not list_private(home):
        home = home.resolve()  # a link to a safer disk stays one
        home.parent.mkdir(parents=True, exist_ok=True)
        with locked(home.parent):
            settle_key(home, build)
    protect(home)


def settle_key(home: Path, build: Path) -> None:
    """Take the key over from the build folder, or make one, where `home` has none."""
    former = build / FORMER_KEY_HOME
    refuse_rival(home, build)
    if list_private(home):
        remove_former(home, former)
    elif list_private(former):
        clear(home)
        take_over(former, home)
    else:
        clear(home)
        with prepared(home) as aside:
            gpg.make_key(aside, TITLE)


def list_private(home: Path) -> set[str]:
    """Return the names of the private key files in a GNUPGHOME; their names are hashes of the keys."""
    return {path.name for path in (home / PRIVATE).glob("*.key")}


def has_former(home: Path, build: Path) -> bool:
    """Return whether a build folder of an earlier version has a key that is to be taken over, removed or refused."""
    former = list_private(build / FORMER_KEY_HOME)
    return bool(former) and not (former <= list_private(home) and belongs_elsewhere(home, build))


def refuse_rival(home: Path, build: Path) -> None:
    """Raise MachineError if the build folder has a key of its own that is not the one in `home`."""
    own, former = list_private(home), list_private(build / FORMER_KEY_HOME)
    if own and not former <= own:
        raise MachineError(
            f"{build / FORMER_KEY_HOME}: a signing key of an earlier version, and {home} has another",
            "keep the one that your clients trust, move the other folder away",
        )


def belongs_elsewhere(home: Path, build: Path) -> bool:
    """Return whether a build folder may be another checkout's: its key is then copied, not moved."""
    folder = home.parent.resolve()
    return folder != Path.cwd() and not build.resolve().is_relative_to(folder)


def take_over(former: Path, home: Path) -> None:
    """Move the key from the build folder of an earlier version; copy it if that may be another checkout's."""
    if belongs_elsewhere(home, former.parent):
        copy_key(former, home)
        return
    protect(former)
    try:
        former.rename(home)
    except OSError:  # another file system
        copy_key(former, home)
        remove_home(former)


def remove_former(home: Path, former: Path) -> None:
    """Remove what a killed move has left in the build folder, once `home` has all of it."""
    if not belongs_elsewhere(home, former.parent) and list_private(former):
        remove_home(former)


def remove_home(home: Path) -> None:
    """Remove a GNUPGHOME, its private keys last: as long as it has one, a killed removal is taken up again."""
    for path in home.iterdir():
        if path.is_dir() and path.name != PRIVATE:
            remove_tree(path)
        elif path.name != PRIVATE:
            path.unlink()
    remove_tree(home)


def copy_key(former: Path, home: Path) -> None:
    """Copy a GNUPGHOME, whole or not at all."""
    with prepared(home) as aside:
        shutil.copytree(former, aside, ignore=gpg.PASSING)


def clear(home: Path) -> None:
    """Remove what a new folder may replace: an empty one. Raise MachineError if there is anything else."""
    with suppress(FileNotFoundError):
        if any(path.name != IGNORE for path in home.iterdir()):
            raise MachineError(
                f"{home}: has other files than the checkout's signing key, which belongs there",
                "move them to another folder, or name a key of your own with `sign`",
            )
        remove_tree(home)


@contextmanager
def prepared(home: Path) -> Iterator[Path]:
    """Yield the path of a folder to make; after the block, write it to disk and rename it to `home`."""
    for stale in home.parent.glob(f".{home.name}.*.new"):  # a killed run's
        remove_tree(stale)
    aside = home.with_name(f".{home.name}.{os.getpid()}.new")
    try:
        yield aside
        protect(aside)
        for path in (*aside.rglob("*"), aside):
            sync(path)
        aside.rename(home)
        sync(home.parent)
    finally:
        remove_tree(aside)


def protect(home: Path) -> None:
    """Let only the owner enter the folder, and git see nothing in it."""
    if home.stat().st_mode & 0o777 != 0o700:  # noqa: PLR2004 - a mode
        home.chmod(0o700)
    if not (home / IGNORE).exists():
        write_file(home / IGNORE, "*\n")


def sync(path: Path) -> None:
    """Write a file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder for the block; where the file system has no such locks, a rename still decides."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
