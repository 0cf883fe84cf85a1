"""Running programs in the sandbox, and the folders that they leave."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import MappingProxyType
from typing import IO

from composelib.building import sandbox
from composelib.errors import MachineError
from composelib.files import remove_tree, write_file
from composelib.text.json_file import write_json
from composelib.tools import binfmt
from composelib.tools.run import ToolError, hand_over, run

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": PATH, "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive"}
CURE = "see the log; a user other than root needs the package uidmap, and a line in /etc/subuid and in /etc/subgid"
LENT = ".lent"
"""The suffix of the file that stands beside a folder while users inside may own files in it."""
LENDERS = ("tmp", "chroot/*", "*/*/*/.*.work", "image_build/*/*", "ostree_disk/*/*")
"""The folders below `work` that have such folders."""
LONG = 3600
"""Seconds after which anything but a build has failed."""


def run_inside(
    folder: Path,
    argv: Sequence[str],
    seconds: float = LONG,
    *,
    lower: Iterable[Path] = (),
    read: Mapping[str, Path] = MappingProxyType({}),
    write: Mapping[str, Path] = MappingProxyType({}),
    programs: Mapping[str, Path] = MappingProxyType({}),
    memory: int = 0,
    disk: int = 0,
    stdin: IO[bytes] | None = None,
    arch: str = "",
) -> None:
    """Run a program in the sandbox, where those of `arch` run, too.

    `memory` and `disk` are the most bytes that all together may take, 0 for any number. Raise ToolError if it fails or takes
    too much or too long, MachineError if there is no sandbox here or programs of `arch` do not run.
    """
    command = enter(write_instructions(folder, argv, lower, read, write, programs, memory=memory, disk=disk), arch)
    try:
        run(command, timeout=seconds, stdin=stdin)
    except ToolError as error:
        if error.message.endswith(f"exit status {sandbox.NOT_STARTED}"):
            raise MachineError("no sandbox to build packages in can be set up here", CURE) from None
        raise


def enter_sandbox(
    folder: Path, argv: Sequence[str], *, lower: Iterable[Path], read: Mapping[str, Path], arch: str = ""
) -> int:
    """Let a program in the sandbox have this terminal until it ends; return its exit status. Raise MachineError."""
    instructions = write_instructions(folder, argv, lower, read, {}, {}, terminal=True)
    with redirect_stdout(io.StringIO()):  # the terminal is the program's; no log is kept of how its arch is run
        command = enter(instructions, arch)
    status = hand_over(command)
    if status == sandbox.NOT_STARTED:
        raise MachineError("no sandbox can be set up here", CURE)
    return status


def enter(instructions: Path, arch: str) -> list[str]:
    """Return the command that does what instructions say, where programs of `arch` run, too. Raise MachineError."""
    command = [sys.executable, "-I", sandbox.__file__, str(instructions)]
    return binfmt.admit_arch(arch, command) if arch else command


def write_instructions(
    folder: Path,
    argv: Sequence[str],
    lower: Iterable[Path],
    read: Mapping[str, Path],
    write: Mapping[str, Path],
    programs: Mapping[str, Path],
    *,
    terminal: bool = False,
    memory: int = 0,
    disk: int = 0,
) -> Path:
    """Write what the sandbox is to do beside the folder that it works in; return the file."""
    job = {
        "folder": str(folder.absolute()),
        "lower": [str(path.absolute()) for path in lower],
        "read": {inside: str(path.absolute()) for inside, path in read.items()},
        "write": {inside: str(path.absolute()) for inside, path in write.items()},
        "programs": {inside: str(path.absolute()) for inside, path in programs.items()},
        "argv": list(argv),
        "environment": ENVIRONMENT | ({"TERM": os.environ.get("TERM", "dumb")} if terminal else {}),
        "terminal": terminal,
        "memory": memory,
        "disk": disk,
    }
    instructions = name_instructions(folder)
    write_json(instructions, job)
    return instructions


def name_instructions(folder: Path) -> Path:
    """Return the path of what the sandbox is to do in a folder."""
    return folder.with_name(f"{folder.name}.json")


def keep_folder(folder: Path, key: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that `make` fills; if it is there, and made for the same key, it is as it was."""
    label = folder.with_name(f"{folder.name}.key")
    if not (folder.is_dir() and label.is_file() and label.read_text() == key):
        label.unlink(missing_ok=True)
        with lend_folder(folder, keep=True):
            make(folder)
        write_file(label, key)
    return folder


@contextmanager
def lend_folder(folder: Path, *, keep: bool = False) -> Iterator[Path]:
    """Yield an empty folder to the users inside for the block; then remove it, unless it is to be kept and the block succeeds.

    If this process is killed, `clear_lent` removes it.
    """
    mark = folder.with_name(f"{folder.name}{LENT}")
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    clear(folder)
    folder.mkdir()
    stays = False
    try:
        yield folder
        stays = keep
    finally:
        if not stays:
            clear(folder)
        mark.unlink()


def clear_lent(work: Path) -> None:
    """Remove what killed builds left in folders of scratch below `work`, whoever of the users inside it belongs to."""
    for mark in [path for pattern in LENDERS for path in work.glob(f"{pattern}/*{LENT}")]:
        clear(mark.with_name(mark.name.removesuffix(LENT)))
        mark.unlink()


def clear(folder: Path) -> None:
    """Remove a folder with all in it, whoever of the users inside the files belong to."""
    try:
        remove_tree(folder)
    except PermissionError:
        run_inside(folder, ["/usr/bin/find", ".", "-mindepth", "1", "-delete"])
        name_instructions(folder).unlink()
        remove_tree(folder)
