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


ASIDE = re.compile(r"(?<=/)\.([^/]+?)(?:\.\d+)?\.new(?:\?offset=\d+)?$|(?<=/)([^/]+)\.part$")
"""A file that is being written, beside the path that it will have; mke2fs(8) and its like look for a file of the whole name."""


@dataclass(frozen=True, order=True)
class Access:
    """A path that a task looked at, and whether it opened it."""

    task: str
    path: str
    opened: bool


@dataclass
class TracedProcess:
    """What one process did."""

    children: list[TracedProcess] = field(default_factory=list)
    paths: list[tuple[str, bool]] = field(default_factory=list)
    log: str = ""
    """The first path that it opened to write below logs/: that of its task if it is a worker."""
    folder: str = ""
    """Its current folder, as far as it was seen."""
    unfinished: str = ""
    """The beginning of a call whose end has not been read yet."""
    has_parent: bool = False

    def take(self, call: re.Match[str]) -> None:
        """Take the paths of a call."""
        for argument in list(ARGUMENT.finditer(call["arguments"]))[call["name"] in NO_FILES :]:
            text = ast.literal_eval("b" + argument["text"]).decode(errors="surrogateescape")
            self.folder = argument["folder"] if "AT_FDCWD" in argument[0] else self.folder
            base = argument["folder"] or self.folder
            if text:
                self.paths.append((os.path.normpath(f"{base}/{text}" if not text.startswith("/") else text), False))
        if call["name"] in OPENS and call["opened"]:
            self.paths.append((call["opened"].removesuffix(" (deleted)"), True))
            if not self.log and "O_TRUNC" in call["arguments"] and "/logs/" in call["opened"]:
                self.log = call["opened"]


@dataclass
class Trace:
    """The processes of a trace; a number that was used again is another process."""

    processes: list[TracedProcess] = field(default_factory=list)
    current: dict[int, TracedProcess] = field(default_factory=dict)
    """The process that has a number now, or had it last."""
    ended: set[int] = field(default_factory=set)

    def find(self, pid: int) -> TracedProcess:
        """Return the living process of a number, a new one if there is none."""
        if pid not in self.current or pid in self.ended:
            self.ended.discard(pid)
            self.current[pid] = TracedProcess()
            self.processes.append(self.current[pid])
        return self.current[pid]

    def find_child(self, pid: int) -> TracedProcess:
        """Return the process that was started under a number; it may have ended before its parent's call did."""
        if pid in self.current and not self.current[pid].has_parent:
            return self.current[pid]
        return self.find(pid)

    def take_line(self, line: str) -> None:
        """Take a line of strace's."""
        number, _, text = line.partition(" ")
        pid, text = int(number), text.strip()
        if text.startswith("+++"):
            self.find(pid)
            self.ended.add(pid)
            return
        process = self.find(pid)
        if text.endswith("<unfinished ...>"):
            process.unfinished = text.removesuffix("<unfinished ...>")
            return
        if text.startswith("<..."):
            text = process.unfinished + text.partition(" resumed>")[2]
        call = CALL.match(text)
        if call and call["name"] in STARTS:
            outer = OUTER_PID.search(call["rest"])
            child = self.find_child(int(outer[1] if outer else call["result"]))
            child.has_parent = True
            process.children.append(child)
        elif call:
            process.take(call)


def trace(command: Sequence[str | Path], log: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command and write what each of its processes looks at into a file."""
    strace = ["strace", "-f", "--seccomp-bpf", "-q", "-y", "-s", "4096", "--pidns-translation", "-e", CALLS]
    return subprocess.run([*strace, "-o", log, *command], capture_output=True, text=True, check=False, **options)


def read_trace(log: Path, root: Path) -> set[Access]:
    """Return what each task of a traced run looked at."""
    traced = Trace()
    with log.open(errors="surrogateescape") as lines:
        for line in lines:
            traced.take_line(line)
    accesses = set()
    prefix = f"{root}/logs/"
    for process in traced.processes:
        if process.log.startswith(prefix):
            task = process.log.removeprefix(prefix).removesuffix(".log")
            for below in list_descendants(process):
                accesses |= {Access(task, path, opened) for path, opened in below.paths}
    return accesses


def list_missed(accesses: set[Access], opened: Path, build: Path) -> set[str]:
    """Return the files below a build folder that Python says it opened, by the records in a folder, and no trace has."""
    traced = {access.path for access in accesses}
    lines = (line for record in opened.iterdir() for line in record.read_text(errors="surrogateescape").splitlines())
    return {path for path in lines if path.startswith(f"{build}/")} - traced


def list_descendants(process: TracedProcess) -> Iterator[TracedProcess]:
    """Yield a process and all that it started."""
    yield process
    for child in process.children:
        yield from list_descendants(child)


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
    memory = tuple(path for path in (task.memory, task.dates) if path)
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
