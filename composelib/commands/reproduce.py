"""`doit reproduce`: builds again elsewhere, in other conditions, and compares the artifacts to the bit."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from composelib.archive.format.buildinfo import Buildinfo, list_otherwise, parse_buildinfo
from composelib.archive.format.stanza import StanzaError
from composelib.commands.shared.command_line import format_call, get_config_path, load_current_compose
from composelib.commands.shared.question import Question
from composelib.config import load
from composelib.dataclass import dataclass
from composelib.engine.doit_commands import Options
from composelib.engine.doit_variables import read_variable
from composelib.engine.exit_status import INTERRUPTED, InterruptedRunError, interruptible
from composelib.engine.freshness import normalize_json
from composelib.engine.lock import hold_lock
from composelib.engine.state_db import Records
from composelib.errors import ComposeError, ConfigError
from composelib.files import remove_tree
from composelib.model.compose import Compose
from composelib.program import PROGRAM
from composelib.reproduce import conditions as surroundings
from composelib.reproduce.compare import Pair, find_differing, list_pairs, list_repository_pairs
from composelib.reproduce.descent import name_differences
from composelib.reproduce.rebuild import Rebuild, take_over
from composelib.reproduce.rebuild_plan import COMMITS, RebuildPlan, Tasks, choose_tasks, plan_rebuild
from composelib.reproduce.recorded_build import build_again, find_build, find_root, list_differing
from composelib.stages import stages
from composelib.stages.build import BuildTask
from composelib.tools import diffoscope
from composelib.tools.run import run

LIMIT = 4 * 3600
QUOTED_LINES = 20
"""Lines of the log of a build that failed."""
SLOTS = 3
"""Tasks at a time; few are made with so many."""
REFS = "ostree_refs:summary"
"""The task after which an OSTree repository is as it is released."""
ELSEWHERE = "another place/build"


class ReproduceCommand(Question):
    """Builds again and compares."""

    name = "reproduce"
    doc_purpose = "build again elsewhere in other conditions; compare to the bit"
    doc_usage = "[--limit=SECONDS] [--keep] [TASK|IMAGE ... | --buildinfo=FILE]"
    doc_description = (
        "Compares the artifacts of the named tasks, stages or images, or all that is released. It is made from the same"
        " states of the archives, package files, key and SOURCE_DATE_EPOCH, in a temporary folder (TMPDIR says where)."
        " With --buildinfo it builds a source package of the compose with exactly the packages that the file records, and compares"
        " with the sums in it."
        " Exit status: 0 all are the same, 1 one differs or cannot be made."
    )
    cmd_options = (
        {"name": "limit", "long": "limit", "type": int, "default": LIMIT, "help": "seconds that it may take"},
        {"name": "keep", "long": "keep", "type": bool, "default": False, "help": "keep the second build"},
        {"name": "buildinfo", "long": "buildinfo", "type": str, "default": "", "help": "the .buildinfo of a build"},
        {"name": "slots", "long": "process", "short": "n", "type": int, "default": SLOTS, "help": "tasks at a time"},
    )

    def answer(self, options: Options, words: list[str]) -> int:
        """Build again and compare; return the exit status. A signal ends it, and nothing is left."""
        if options["slots"] < 1:
            raise ConfigError(f"{PROGRAM} reproduce: -n {options['slots']}: one task at a time is the least")
        if options["buildinfo"] and words:
            raise ConfigError(f"{PROGRAM} reproduce: {words[0]}: with --buildinfo it takes no words", "leave it out")
        try:
            with interruptible():
                return rebuild_recorded(options) if options["buildinfo"] else reproduce(options, words)
        except InterruptedRunError as end:
            return INTERRUPTED + end.number


def reproduce(options: Options, words: list[str]) -> int:
    """Build again and compare; return the exit status."""
    compose = load_made_compose()
    with hold_lock(compose.paths.root / "lock", compose.paths.root / "work" / "tmp"):
        tasks = name_tasks(compose)
        plan = plan_rebuild(tasks, choose_tasks(tasks, words, compose.paths.tree))
        epochs = read_epochs(compose, tasks, plan)
        with open_folder(keep=options["keep"]) as folder:
            second = load(get_config_path(read_variable("compose", "demo")), build=folder / ELSEWHERE, offline=True)
            rebuild = Rebuild(
                compose=second,
                tasks=name_tasks(second),
                plan=plan,
                conditions=surroundings.find_conditions(),
                epochs=epochs,
                slots=options["slots"],
                seconds=options["limit"],
                say=lambda line: print(line, flush=True),
            )
            return Reproduction(compose, tasks, rebuild, folder).carry_out()


def load_made_compose() -> Compose:
    """Return the compose that the command line names. Raise ConfigError if nothing of it was made."""
    compose = load_current_compose()
    if not compose.paths.root.is_dir():
        raise ConfigError(f"{compose.paths.root}: nothing was made yet", format_call(compose))
    return compose


def rebuild_recorded(options: Options) -> int:
    """Build what a .buildinfo records with the packages that it names, and compare; return the exit status."""
    file = Path(options["buildinfo"])
    content, buildinfo = read_buildinfo(file)
    compose = load_made_compose()
    with hold_lock(compose.paths.root / "lock", compose.paths.root / "work" / "tmp"):
        task = limit_time(find_build(compose, buildinfo, file.parent), options["limit"])
        root = find_root(task.build, buildinfo)
        print(
            f"made again  {task.build.label}, with the {len(buildinfo.installed)} packages that were recorded",
            flush=True,
        )
        for name in root.gone:
            print(f"gone        {name}: the store does not have it")
        if root.gone:
            return 1
        with open_folder(keep=options["keep"]) as folder:
            with quote_log(folder / "log"):
                built = build_again(task, buildinfo, root.stanzas, compose.paths.epoch, folder)
            differing = list(list_differing(buildinfo.sums, built))
            for name, line in differing:
                report_difference(Pair(file.parent / name, built / name), line, folder)
            for line in list_otherwise(content, next(built.glob("*.buildinfo")).read_bytes()):
                print(f"recorded    {line}")
            print(f"{len(buildinfo.sums) - len(differing)} of {len(buildinfo.sums)} files are the same, to the bit")
            return 1 if differing else 0


def read_buildinfo(file: Path) -> tuple[bytes, Buildinfo]:
    """Return the bytes of a .buildinfo, and what it says. Raise ConfigError if it is not one."""
    try:
        content = file.read_bytes()
        return content, parse_buildinfo(content)
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from None
    except StanzaError as error:
        raise ConfigError(f"{file}: no .buildinfo: {error}") from None


def limit_time(task: BuildTask, seconds: int) -> BuildTask:
    """Return a build that may take no more than some seconds."""
    limits = task.build.limits
    limits = replace(limits, seconds=min(limits.seconds, seconds))
    return replace(task, build=replace(task.build, limits=limits))


@contextmanager
def quote_log(log: Path) -> Iterator[None]:
    """Send what programs print within the block to a file; print its last lines if the block fails."""
    try:
        with log_programs(log):
            yield
    except ComposeError:
        print("\n".join(log.read_text(errors="replace").splitlines()[-QUOTED_LINES:]))
        raise


def name_tasks(compose: Compose) -> Tasks:
    """Return all tasks of a compose by their names."""
    return {f"{stage.name}:{task.name}": task for stage in stages(compose) for task in stage.tasks}


def read_epochs(compose: Compose, tasks: Tasks, plan: RebuildPlan) -> dict[str, str]:
    """Return SOURCE_DATE_EPOCH as each task had it. Raise ConfigError naming tasks that have to be made first."""
    records = Records(compose.paths.root / "state.sqlite", print)
    records.read()
    stale = [
        name
        for name in plan.compared
        if not tasks[name].failable
        and (name not in records.tasks or records.tasks[name].seen.uses != normalize_json(dict(tasks[name].uses)))
    ]
    if stale or not compose.paths.epoch.is_file():
        names = ", ".join(stale[:5]) or compose.paths.epoch
        raise ConfigError(f"{names}: not made from the config as it is now", format_call(compose))
    now = compose.paths.epoch.read_text()
    return {name: (records.tasks[name].epoch if name in records.tasks else "") or now for name in tasks}


@contextmanager
def open_folder(*, keep: bool) -> Iterator[Path]:
    """Yield a temporary folder; remove it after the block unless it is to be kept."""
    folder = Path(tempfile.mkdtemp(prefix="reproduce-"))
    folder.chmod(0o755)  # another user reads it
    try:
        yield folder
    finally:
        if keep:
            print(f"the second build is in {folder}")
        else:
            remove_tree(folder)


@dataclass(frozen=True)
class Reproduction:
    """A second build and the first one, which it is compared with."""

    compose: Compose
    tasks: Tasks
    rebuild: Rebuild
    folder: Path

    def carry_out(self) -> int:
        """Make the second build and compare; return the exit status."""
        plan, conditions = self.rebuild.plan, self.rebuild.conditions
        print(f"made again  {len(plan.rebuilt)} tasks, to compare those of {len(plan.compared)}")
        print("\n".join(conditions.describe(self.rebuild.slots)), flush=True)
        take_over(self.compose, self.rebuild.compose, self.tasks, plan)
        surroundings.enter(conditions)
        self.rebuild.run()
        pairs = list(self.list_pairs())
        differing = list(find_differing(pairs))
        for pair, line in differing:
            report_difference(pair, line, self.folder)
        lost = [name for name in plan.compared if name in self.rebuild.failures and not self.tasks[name].failable]
        print(f"{len(pairs) - len(differing)} of {len(pairs)} files are the same, to the bit")
        for name in lost:
            print(f"not made    {name}: {self.rebuild.failures[name]}")
        return 1 if differing or lost else 0

    def list_pairs(self) -> Iterator[Pair]:
        """Yield all artifacts that are compared; those of a failable task that failed the first time are left out."""
        second = self.rebuild.compose
        for name in self.rebuild.plan.compared:
            if name in self.rebuild.done:
                yield from list_pairs(self.tasks[name], self.compose, second)
        if any(name.startswith(COMMITS) for name in self.rebuild.plan.compared):
            whole = REFS in self.rebuild.done
            yield from list_repository_pairs(self.compose.paths.ostree, second.paths.ostree, whole=whole)


def report_difference(pair: Pair, line: str, folder: Path) -> None:
    """Print how two files differ, with the files inside that do, by way of a temporary folder."""
    print(f"different   {pair.first}: {line}")
    if not (pair.first.is_file() and pair.second.is_file()):
        return
    report = folder / "report"
    with log_programs(folder / "log"):
        lines = name_differences(pair.first, pair.second, folder / "inside")
        if shutil.which("diffoscope"):
            run(diffoscope.compare_files(pair.first, pair.second, report), ok=(0, diffoscope.DIFFERENT))
    print("".join(f"  {line}\n" for line in lines), end="")
    if report.exists():
        print(report.read_text(errors="replace"))
        report.unlink()


@contextmanager
def log_programs(log: Path) -> Iterator[None]:
    """Send what this process and its programs print within the block to a file."""
    sys.stdout.flush()
    descriptors = [os.dup(number) for number in (1, 2)]
    with log.open("ab") as stream:
        for number in (1, 2):
            os.dup2(stream.fileno(), number)
    try:
        yield
    finally:
        sys.stdout.flush()
        for number, descriptor in zip((1, 2), descriptors, strict=True):
            os.dup2(descriptor, number)
            os.close(descriptor)
