"""Checks before hours of work: programs, the signing key, space and permissions in the build folder."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from composelib.errors import ComposeError, MachineError
from composelib.model.compose import Compose
from composelib.program import PROGRAM
from composelib.task import Task
from composelib.tools import binfmt, gpg, own_key
from composelib.tools.packages import find_cure, find_program, is_installed
from composelib.tools.versions import is_older, read_version

MIN_FREE = 8 << 20
"""Bytes that must be free: in less, not even the indices of a small archive fit."""


def find_problems(compose: Compose, tasks: Iterable[Task]) -> list[ComposeError]:
    """Return an error for each reason why these tasks would fail; change nothing, but make a test signature if a task signs."""
    tasks = list(tasks)
    if not tasks:
        return []
    errors: list[ComposeError] = [
        *find_missing_programs(tasks),
        *find_unfit_programs(tasks),
        *find_foreign_arches(tasks),
        *find_folder_problems(compose.build),
    ]
    if any("gpg" in task.tools for task in tasks) and is_installed("gpg"):
        errors += find_key_problems(compose)
    return errors


def find_missing_programs(tasks: Iterable[Task]) -> Iterator[MachineError]:
    """Yield an error for each program that is not installed, with a task that needs it."""
    users: dict[str, set[str]] = {}
    for task in tasks:
        for program in task.tools:
            users.setdefault(program, set()).add(task.name)
    for program in sorted(users):
        if not is_installed(program):
            message = f"{program}: program not found ({name_users(users[program])})"
            yield MachineError(message, find_cure(program))


def name_users(names: Iterable[str]) -> str:
    """Return the first of the names of tasks that need something, and how many more there are."""
    first, *further = sorted(names)
    return f"for {first} and {len(further)} more" if further else f"for {first}"


def find_foreign_arches(tasks: Iterable[Task]) -> Iterator[MachineError]:
    """Yield an error for each arch whose programs do not run here, with a task that starts them."""
    users: dict[str, set[str]] = {}
    for task in tasks:
        if task.executed_arch:
            users.setdefault(task.executed_arch, set()).add(task.name)
    for arch in sorted(users):
        try:
            with silence():
                binfmt.admit_arch(arch, ())
        except MachineError as error:
            yield MachineError(f"{error.message} ({name_users(users[arch])})", error.hint)


def find_unfit_programs(tasks: Iterable[Task]) -> Iterator[ComposeError]:
    """Yield an error for each program that is too old or too new for our options; one without a version passes."""
    for program in map(find_program, sorted({program for task in tasks for program in task.tools})):
        minimum = program.minimum
        if not (minimum and is_installed(program.name)):
            continue
        try:
            with silence():
                version = read_version(program)
        except ComposeError as error:
            yield MachineError(
                f"{program.name}: cannot be asked for its version: {error}",
                f"if it does not run at all, reinstall {program.package}",
            )
            continue
        if version and is_older(version, minimum.version):
            message = f"{program.name}: is too old: version {version}, at least {minimum.version} is needed, which has {minimum.reason}"
            yield MachineError(message, program.cure or f"install a newer {program.package}")
        elif version and minimum.below and not is_older(version, minimum.below):
            message = f"{program.name}: is too new: version {version}, one before {minimum.below} is needed"
            yield MachineError(message, f"install an older {program.package}")


def find_key_problems(compose: Compose) -> Iterator[ComposeError]:
    """Yield the error of a test signature, if it fails; the checkout's own key is not tested before its first use makes it."""
    if compose.sign is None and not own_key.list_private(compose.paths.key_home):
        return
    try:
        if compose.sign is None:
            own_key.refuse_rival(compose.paths.key_home, compose.build)
        with silence():
            gpg.check_signers(gpg.find_signer(compose.sign, compose.paths.key_home))
    except ComposeError as error:
        yield error


@contextmanager
def silence() -> Iterator[None]:
    """Discard what this process and its children print in the block: there is no log yet, and failures raise errors."""
    sys.stdout.flush()
    sys.stderr.flush()
    copies = os.dup(1), os.dup(2)
    with Path(os.devnull).open("w", encoding="utf-8") as null, redirect_stdout(null):
        try:
            for number in (1, 2):
                os.dup2(null.fileno(), number)
            yield
        finally:
            for number, copy in enumerate(copies, 1):
                os.dup2(copy, number)
                os.close(copy)


def find_folder_problems(build: Path) -> Iterator[MachineError]:
    """Yield an error for each reason why files cannot be made in the build folder."""
    folder = find_nearest_folder(build)
    if not os.access(folder, os.W_OK | os.X_OK):
        yield MachineError(f"{build}: {folder} cannot be written to", "use another folder with build=DIR")
        return
    free = shutil.disk_usage(folder).free
    if free < MIN_FREE:
        message = f"{build}: {free >> 20} MiB are free, at least {MIN_FREE >> 20} are needed"
        yield MachineError(message, f"make room (`{PROGRAM} prune`), or use another folder with build=DIR")
    if os.statvfs(folder).f_files > 0 and os.statvfs(folder).f_favail == 0:
        yield MachineError(f"{build}: no inodes are free", "remove files, or use another folder with build=DIR")


def find_nearest_folder(path: Path) -> Path:
    """Return the path, or the nearest folder above it that exists."""
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.is_dir())
