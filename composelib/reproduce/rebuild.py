"""Make tasks again in a folder elsewhere, in other conditions."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.engine.local_executor import Workers
from composelib.engine.schedule import POOLS
from composelib.errors import ComposeError, MachineError
from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.program import PROGRAM
from composelib.reproduce.conditions import Conditions, vary
from composelib.reproduce.history import seed_history
from composelib.reproduce.rebuild_plan import COMMITS, RebuildPlan, Tasks, list_needed
from composelib.task import Task
from composelib.text.json_file import read_json

DOWNLOADS = ("pkgset/*/parts", "descriptions/*/*.parts")
"""Folders below work/ with what was downloaded and verified."""
RELEASES = "release:"
"""What the names of tasks that sign repositories begin with."""
LIBRARY_FAULT = b"libfaketime: In ft_shm_init()"
"""What the library that fakes the date prints before it ends a program, by chance: in Debian 12 one whose starter ends meanwhile."""
MOST_TRIES = 5
"""How often a task is begun at a later date."""
DIFFS = "diffs:"
"""What the names of tasks that read published composes begin with."""


def take_over(first: Compose, second: Compose, tasks: Tasks, plan: RebuildPlan) -> None:
    """Copy what is taken over to the second compose's folder: outputs, indices as downloaded, package files."""
    for name in plan.taken:
        for path in (*tasks[name].outputs, *list_tree_files(tasks[name], first.paths.root)):
            if path.exists():
                copy_file(path, move_path(path, first, second))
    seed_former_states(first, second, tasks, plan)
    for pattern in DOWNLOADS:
        for folder in (first.paths.root / "work").glob(pattern):
            shutil.copytree(folder, move_path(folder, first, second), dirs_exist_ok=True)
    work = first.paths.root / "work"
    for listing in (*(work / "fetch").rglob("*.list"), *(work / "builddeps").rglob("*.list")):
        for line in listing.read_text().splitlines():
            sha256 = line.partition(" ")[0]
            copy_file(first.paths.stored(sha256), second.paths.stored(sha256))


def seed_former_states(first: Compose, second: Compose, tasks: Tasks, plan: RebuildPlan) -> None:
    """Lay out what tasks that are made again know of earlier composes: former commits, indices and published trees."""
    records = [path for name in plan.rebuilt if name.startswith(COMMITS) for path in tasks[name].outputs]
    commits = dict(read_commit(path) for path in records if path.suffix == ".json" and path.exists())
    seed_history(first.paths.ostree, second.paths.ostree, commits)
    if any(name.startswith(DIFFS) for name in plan.rebuilt) and first.paths.published.is_dir():
        second.paths.published.symlink_to(first.paths.published.absolute())
    for name in plan.rebuilt:
        if name.startswith(RELEASES):
            seed_generations(first, second, tasks[name])


def seed_generations(first: Compose, second: Compose, task: Task) -> None:
    """Copy what a task that signs a repository keeps of the last generation: indices under their hashes, and whose they are."""
    release = (path for path in task.outputs if path.name == "InRelease")
    for path in (*release, *task.trees, *list_tree_files(task, first.paths.root)):
        if path.exists():
            copy_file(path, move_path(path, first, second))


def read_commit(record: Path) -> tuple[str, str]:
    """Return the ref and the commit in a record. Raise ComposeError if it was damaged."""
    try:
        document = read_json(record) if record.is_file() else {}
        return str(document["ref"]), str(document["commit"])
    except (ValueError, KeyError, TypeError):
        raise ComposeError(f"{record}: was damaged", f"run `{PROGRAM}`, then again") from None


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, once. Raise ComposeError if it is gone."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, target)
    except (FileNotFoundError, IsADirectoryError, shutil.SpecialFileError):
        raise ComposeError(f"{source} is gone", f"run `{PROGRAM}`, then again") from None
    target.chmod(0o644)


def move_path(path: Path, first: Compose, second: Compose) -> Path:
    """Return the path in the second compose's folder that a path in the first one's stands for."""
    return second.paths.root / path.relative_to(first.paths.root)


def list_tree_files(task: Task, root: Path) -> list[Path]:
    """Return the files that a task's tree lists name; folders are left out."""
    lines = (line for listing in task.trees if listing.exists() for line in listing.read_text().splitlines())
    return [root / line for line in lines if not line.endswith("/")]


@dataclass
class Rebuild:
    """A run of tasks in the second compose's folder."""

    compose: Compose
    tasks: Tasks
    plan: RebuildPlan
    conditions: Conditions
    epochs: Mapping[str, str]
    """SOURCE_DATE_EPOCH as each task had it the first time, by name."""
    slots: int
    seconds: float
    """After so many seconds the run is ended."""
    say: Callable[[str], None]
    failures: dict[str, str] = field(default_factory=dict)
    """Why tasks failed, or could not start, by name."""
    done: set[str] = field(default_factory=set)
    tries: Counter[str] = field(default_factory=Counter)
    """How often tasks failed at a later date, by name."""
    undated: set[str] = field(default_factory=set)
    """The tasks that failed at a later date, and so are made at the present one."""

    def run(self) -> None:
        """Make all tasks of the plan. Raise MachineError if that takes too long."""
        workers = Workers(self.compose.paths.root / "work" / "tmp", lambda _name, _text: None)
        deadline = time.monotonic() + self.seconds
        waiting = list(self.plan.rebuilt)
        try:
            while waiting or workers.running:
                self.start_ready(waiting, workers)
                for ended in workers.wait():
                    date = self.choose_next_date(ended.name) if ended.failure else ""
                    if ended.failure and date:
                        cause = ended.failure.message.rpartition(": ")[2]
                        self.say(f"again   {ended.name}, at {date} date ({cause})")
                        waiting.append(ended.name)
                    else:
                        self.finish(ended.name, str(ended.failure) if ended.failure else "", ended.seconds)
                if time.monotonic() > deadline:
                    names = ", ".join(sorted(workers.running))
                    raise MachineError(f"{names}: not done after {self.seconds:g} seconds", "use --limit=SECONDS")
        finally:
            workers.end_all()

    def choose_next_date(self, name: str) -> str:
        """Return at which date a task that failed is made again, as the date or its library may be why; empty if it is not."""
        if not self.conditions.faketime or name in self.undated:
            return ""
        self.tries[name] += 1
        log = self.locate_log(name)
        if self.tries[name] < MOST_TRIES and log.is_file() and LIBRARY_FAULT in log.read_bytes():
            return "a later"
        self.undated.add(name)
        return "the present"

    def locate_log(self, name: str) -> Path:
        """Return the path of a task's log."""
        stage, _, rest = name.partition(":")
        return self.compose.paths.log(stage, rest)

    def start_ready(self, waiting: list[str], workers: Workers) -> None:
        """Start the tasks whose needs are met, as far as slots, pools and their epoch allow; drop those that cannot be made."""
        makers = {path: name for name in self.plan.rebuilt for path in self.tasks[name].outputs}
        for name in list(waiting):
            needed = [needed for needed in list_needed(self.tasks[name], makers) if needed != name]
            lost = [path for path in needed if path in self.failures and not self.tasks[path].failable]
            if lost:
                waiting.remove(name)
                self.failures[name] = f"{lost[0]} failed"
            elif all(path in self.done or path in self.failures for path in needed) and self.has_room(name, workers):
                waiting.remove(name)
                self.start(name, workers)

    def has_room(self, name: str, workers: Workers) -> bool:
        """Return whether a task may start beside those that are running."""
        taken = Counter(self.tasks[running].pool for running in workers.running)
        pool = self.tasks[name].pool
        same_epoch = all(self.epochs[running] == self.epochs[name] for running in workers.running)
        return len(workers.running) < self.slots and same_epoch and (not pool or taken[pool] < POOLS.get(pool, 1))

    def start(self, name: str, workers: Workers) -> None:
        """Start a task, with the epoch that it had."""
        if not workers.running:
            write_file(self.compose.paths.epoch, self.epochs[name])
        task = replace(
            self.tasks[name], run=vary(name, self.tasks[name], self.conditions, later=name not in self.undated)
        )
        workers.start(name, task, self.locate_log(name))

    def finish(self, name: str, failure: str, seconds: float) -> None:
        """Note how a task has ended."""
        if failure:
            self.failures[name] = failure
            self.say(f"failed  {name}: {failure}")
        else:
            self.done.add(name)
            self.say(f"made    {name} ({seconds:.1f} s)")
