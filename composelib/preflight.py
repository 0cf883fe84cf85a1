"""What can be known to fail before hours of work: programs, the signing key, room and rights where it is built."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from composelib.errors import ComposeError, MachineError
from composelib.model.compose import Compose
from composelib.task import Task
from composelib.tools import gpg
from composelib.tools.packages import find_cure, find_program, is_installed
from composelib.tools.versions import is_older, read_version

ROOM = 8 << 20  # bytes that must be free: below that not even the indices of a small archive fit


def problems(compose: Compose, tasks: Iterable[Task]) -> list[ComposeError]:
    """Give all that stands in the way of these tasks; changes nothing, but may sign a word to see whether that works."""
    wanted = list(tasks)
    if not wanted:
        return []
    found: list[ComposeError] = [*missing_programs(wanted), *unfit_programs(wanted), *place_problems(compose.build)]
    if any("gpg" in task.tools for task in wanted) and is_installed("gpg"):
        found += key_problems(compose)
    return found


def missing_programs(tasks: Iterable[Task]) -> Iterator[MachineError]:
    """Give an error for each program that is not there, with who needs it."""
    users: dict[str, set[str]] = {}
    for task in tasks:
        for program in task.tools:
            users.setdefault(program, set()).add(task.name)
    for program in sorted(users):
        if not is_installed(program):
            names = sorted(users[program])
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            message = f"{program}: program not found (for {names[0]}{more})"
            yield MachineError(message, find_cure(program))


def unfit_programs(tasks: Iterable[Task]) -> Iterator[ComposeError]:
    """Give an error for each program that is older or newer than the options it is called with; what tells no version passes."""
    for program in map(find_program, sorted({program for task in tasks for program in task.tools})):
        minimum = program.minimum
        if not (minimum and is_installed(program.name)):
            continue
        try:
            with silence():
                version = read_version(program)
        except ComposeError as error:
            yield MachineError(f"{program.name}: cannot be asked for its version: {error}", "does it run at all?")
            continue
        if version and is_older(version, minimum.version):
            message = f"{program.name}: is too old, got {version}, want {minimum.version}, which has {minimum.reason}"
            yield MachineError(message, program.cure or f"install a newer {program.package}")
        elif version and minimum.below and not is_older(version, minimum.below):
            message = f"{program.name}: is too new, got {version}, want one before {minimum.below}"
            yield MachineError(message, f"install an older {program.package}")


def key_problems(compose: Compose) -> Iterator[ComposeError]:
    """Give what keeps the key from signing; the checkout's own is not there before its first use."""
    if compose.sign is None and not compose.paths.key_home.exists():
        return
    try:
        with silence():
            gpg.preflight(gpg.signer(compose.sign, compose.paths.key_home))
    except ComposeError as error:
        yield error


@contextmanager
def silence() -> Iterator[None]:
    """Let neither this process nor its children say anything for the block: there is no log yet, and errors are told."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        try:
            for number in (1, 2):
                os.dup2(nowhere.fileno(), number)
            yield
        finally:
            for number, copy in enumerate(kept, 1):
                os.dup2(copy, number)
                os.close(copy)


def place_problems(build: Path) -> Iterator[MachineError]:
    """Give what keeps files from being made in the build folder."""
    folder = nearest(build)
    if not os.access(folder, os.W_OK | os.X_OK):
        yield MachineError(f"{build}: {folder} cannot be written to", "build=DIR names another folder")
        return
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        message = f"{build}: {free >> 20} MiB are free, at least {ROOM >> 20} are needed"
        yield MachineError(message, "make room (doit prune), or build=DIR names another folder")
    if os.statvfs(folder).f_files > 0 and os.statvfs(folder).f_favail == 0:
        yield MachineError(f"{build}: no inodes are free", "make room, or build=DIR names another folder")


def nearest(path: Path) -> Path:
    """Give a path, or the nearest folder above it that is there."""
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.is_dir())
