"""Which files below a build folder the tasks of a run look at, as strace(1) sees it, and which of them none declares."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from composelib.model.compose import Compose
from composelib.stages import stages
from composelib.task import Task

CALLS = "trace=%file,clone,clone3,fork,vfork"
CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>-?\w+)(?:<(?P<opened>[^>]*)>)?(?P<rest>.*)")
STARTS = ("clone", "clone3", "fork", "vfork")
OPENS = ("open", "openat", "openat2", "creat")
OUTER_PID = re.compile(r"/\* (\d+) in strace's PID NS \*/")
ARGUMENT = re.compile(r'(?:(?:AT_FDCWD|\d+)<(?P<folder>[^>]*)>, )?(?P<text>"(?:[^"\\]|\\.)*")')
NO_FILES = ("execve", "execveat", "symlink", "symlinkat", "mount")
"""Calls whose first text is not looked at as data: programs, and what links say."""


ASIDE = re.compile(r"(?<=/)\.([^/]+?)(?:\.\d+)?\.new$|(?<=/)([^/]+)\.part$")
"""A file that is being written, beside the path that it will have."""


@dataclass(frozen=True, order=True)
class Access:
    """A path that a task looked at, and whether it opened it."""

    task: str
    path: str
    opened: bool


@dataclass
class TracedProcess:
    """What one process did."""

    pid: int
    children: list[int] = field(default_factory=list)
    paths: list[tuple[str, bool]] = field(default_factory=list)
    log: str = ""
    """The first path that it opened to write below logs/: that of its task if it is a worker."""


def trace(command: Sequence[str | Path], folder: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command and write what each of its processes looks at into a folder."""
    folder.mkdir()
    strace = ["strace", "-ff", "--seccomp-bpf", "-qq", "-y", "-s", "4096", "--pidns-translation", "-e", CALLS]
    return subprocess.run(
        [*strace, "-o", folder / "trace", *command], capture_output=True, text=True, check=False, **options
    )


def read_traces(folder: Path, root: Path) -> set[Access]:
    """Return what each task of a traced run looked at below a folder."""
    processes = {process.pid: process for process in map(read_trace, folder.glob("trace.*"))}
    accesses = set()
    for process in processes.values():
        prefix = f"{root}/logs/"
        if process.log.startswith(prefix):
            task = process.log.removeprefix(prefix).removesuffix(".log")
            for below in list_descendants(process, processes):
                accesses |= {Access(task, path, opened) for path, opened in below.paths}
    return accesses


def list_missed(accesses: set[Access], opened: Path, build: Path) -> set[str]:
    """Return the files below a build folder that Python says it opened, by the records in a folder, and no trace has."""
    traced = {access.path for access in accesses}
    lines = (line for record in opened.iterdir() for line in record.read_text(errors="surrogateescape").splitlines())
    return {path for path in lines if path.startswith(f"{build}/")} - traced


def list_descendants(process: TracedProcess, processes: dict[int, TracedProcess]) -> Iterator[TracedProcess]:
    """Yield a process and all that it started."""
    yield process
    for child in process.children:
        if child in processes:
            yield from list_descendants(processes[child], processes)


def read_trace(path: Path) -> TracedProcess:
    """Read what one process did."""
    process = TracedProcess(int(path.suffix[1:]))
    folder = ""
    for line in path.read_text(errors="surrogateescape").splitlines():
        call = CALL.match(line)
        if call is None:
            continue
        if call["name"] in STARTS:
            outer = OUTER_PID.search(call["rest"])
            process.children.append(int(outer[1] if outer else call["result"]))
            continue
        for argument in list(ARGUMENT.finditer(call["arguments"]))[call["name"] in NO_FILES :]:
            text = ast.literal_eval("b" + argument["text"]).decode(errors="surrogateescape")
            folder = argument["folder"] if "AT_FDCWD" in argument[0] else folder
            base = argument["folder"] or folder
            if text:
                process.paths.append((os.path.normpath(f"{base}/{text}" if not text.startswith("/") else text), False))
        if call["name"] in OPENS and call["opened"]:
            process.paths.append((call["opened"].removesuffix(" (deleted)"), True))
            if not process.log and "O_TRUNC" in line and "/logs/" in call["opened"]:
                process.log = call["opened"]
    return process


@dataclass(frozen=True)
class Declaration:
    """What a task may look at: paths, patterns, and folders with all in them."""

    paths: frozenset[str]
    patterns: tuple[str, ...]
    folders: tuple[str, ...]

    def covers(self, access: Access) -> bool:
        """Return whether an access is declared; the folders above what is declared may be looked at, but not listed."""
        path = ASIDE.sub(r"\1\2", access.path)
        declared = path in self.paths or f"{path}/".startswith(self.folders) or self.matches(path, whole=True)
        return declared or (not access.opened and self.has_below(path))

    def matches(self, path: str, *, whole: bool) -> bool:
        """Return whether a path is as a pattern has it, or, unless `whole`, as the pattern has a folder above."""
        length = path.count("/") + 1
        parts = [pattern.split("/") for pattern in self.patterns]
        return any(
            fnmatchcase(path, "/".join(names[:length]))
            for names in parts
            if len(names) == length or (not whole and len(names) > length)
        )

    def has_below(self, folder: str) -> bool:
        """Return whether anything that is declared is below a folder."""
        return self.matches(folder, whole=False) or any(
            path.startswith(f"{folder}/") for path in (*self.paths, *self.folders)
        )


def list_declarations(compose: Compose) -> dict[str, Declaration]:
    """Return what each task declares, by the path of its log without its suffix."""
    found = [(stage.name, task) for stage in stages(compose) for task in stage.tasks]
    listings = {path: task for _, task in found for path in task.trees}
    listings |= {path: task for _, task in found if task.managed for path in task.outputs if path.suffix == ".list"}
    return {
        f"{stage}/{compose.paths.log(stage, task.name).stem}": declare(compose, stage, task, listings)
        for stage, task in found
    }


def declare(compose: Compose, stage: str, task: Task, listings: dict[Path, Task]) -> Declaration:
    """Return what a task declares: a tree list stands for its members, too."""
    root = compose.paths.root
    memory = (task.memory,) if task.memory else ()
    named = (*task.inputs, *task.outputs, *task.optional, *task.order_only, *task.trees, *task.consulted, *memory)
    members = [f"{root}/{line}" for path in named if path in listings for line in read_lines(path)]
    log = compose.paths.log(stage, task.name)
    own = (compose.paths.work("tmp", f"{stage}:{task.name}".replace(":", "--")), *task.scratch)
    names = [name for path in (*map(str, named), *members, str(log)) for name in spell(path)]
    names += [f"{name}/" for path in own for name in spell(str(path))]
    return Declaration(
        paths=frozenset(name for name in names if "*" not in name and not name.endswith("/")),
        patterns=tuple(name for name in names if "*" in name),
        folders=tuple(name for name in names if name.endswith("/")),
    )


def read_lines(listing: Path) -> list[str]:
    """Return the members that a tree list names; none if there is none."""
    return listing.read_text().splitlines() if listing.is_file() else []


def spell(path: str) -> tuple[str, str]:
    """Return a path with and without the links on its way; it ends in a slash if it does."""
    end = "/" if path.endswith("/") else ""
    return f"{Path(os.path.normpath(path)).absolute()}{end}", f"{os.path.realpath(path)}{end}"


def find_undeclared(compose: Compose, accesses: set[Access]) -> set[tuple[str, str]]:
    """Return the accesses below the build folder that the tasks do not declare, by task and path below it."""
    build = os.path.realpath(compose.build)
    declarations = list_declarations(compose)
    return {
        (access.task, f"{'' if access.opened else '? '}{os.path.relpath(access.path, build)}")
        for access in accesses
        if f"{access.path}/".startswith(f"{build}/") and access.path != build
        if not declarations[access.task].covers(access)
    }
