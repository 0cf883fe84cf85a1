"""`doit check`: checks the config, and whether the machine has all that a run needs; reports all problems at once."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

from composelib.commands.shared.command_line import load_current_compose
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.engine.ownership import check_owner, find_namesakes
from composelib.errors import ComposeError, ConfigError
from composelib.model.compose import Compose
from composelib.model.image_traits import Image
from composelib.preflight import find_nearest_folder, find_problems
from composelib.program import PROGRAM
from composelib.stages import stages
from composelib.task import Task
from composelib.text.size import format_size

PER_REPOSITORY = 256 << 20
"""Bytes that a variant's packages for an arch often take, with their indices."""
PER_IMAGE = 2 << 30
"""Bytes that an image often takes, with its root file system and the copies of it that are made on the way."""


class CheckCommand(Question):
    """Checks before a run."""

    name = "check"
    narrows = True
    doc_purpose = "validate the config; name missing programs with their Debian packages, free space, keys"
    doc_usage = ""
    doc_description = "Exit status: 0 all is well, 2 the config is wrong, 3 the machine lacks something."

    def answer(self, options: Options, words: list[str]) -> int:
        """Check the config and the machine; return the exit status."""
        del options
        return check(words)


def check(names: list[str]) -> int:
    """Print what was checked and every problem; return the exit status. Raise ConfigError for arguments."""
    if names:
        raise ConfigError(f"{names[0]}: '{PROGRAM} check' takes no arguments; compose=NAME names another compose")
    compose = load_current_compose()
    tasks = list_tasks(compose)
    for line in describe_checks(compose, tasks):
        print(line)
    errors = [*find_trespass(compose), *find_problems(compose, tasks)]
    warn_of_little_room(compose)
    for namesake in find_namesakes(compose):
        print(f"warning: {namesake}", file=sys.stderr)
    for problem in errors:
        print(f"error: {problem}", file=sys.stderr)
    return get_worst_status(errors)


def find_trespass(compose: Compose) -> Iterator[ComposeError]:
    """Yield the error of a compose's folder that is not its own."""
    try:
        check_owner(compose)
    except ConfigError as error:
        yield error


def list_tasks(compose: Compose) -> list[Task]:
    """Return the tasks of a run: all, or those of the selection and all that they need."""
    named = {f"{stage.name}:{task.name}": task for stage in stages(compose) for task in stage.tasks}
    if compose.selection is None:
        return list(named.values())
    makers = {path: name for name, task in named.items() for path in task.outputs}
    needed: dict[str, Task] = {}
    waiting = [name for name in named if compose.selection.has(name)]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = task = named[name]
            needs = (*task.inputs, *task.optional, *task.order_only)
            waiting += [makers[path] for path in needs if path in makers]
    return [task for name, task in named.items() if name in needed]


def describe_checks(compose: Compose, tasks: list[Task]) -> list[str]:
    """Return the lines that say what was checked: config, programs, keyrings, key and free space."""
    programs = sorted({program for task in tasks for program in task.tools})
    free = shutil.disk_usage(find_nearest_folder(compose.build)).free
    keyrings = sorted({str(archive.signed_by) for archive in compose.archives if archive.signed_by})
    key = (
        compose.sign
        or f"the checkout's own, {'in' if compose.paths.key_home.exists() else 'to be created in'} {compose.paths.key_home}"
    )
    variants = ", ".join(variant.name for variant in compose.variants)
    files = ", ".join(map(str, compose.files))
    return [
        f"config    {files}: {variants} for {', '.join(compose.arches)}; {len(tasks)} tasks",
        f"programs  {' '.join(programs)}",
        f"keyrings  {' '.join(keyrings) or 'none'}",
        f"key       {key}",
        f"room      {free / (1 << 30):.1f} GiB free for {compose.build}",
    ]


def warn_of_little_room(compose: Compose) -> None:
    """Print a warning if the build folder's disk has less room than a compose of this size usually takes."""
    free = shutil.disk_usage(find_nearest_folder(compose.build)).free
    need = estimate_size(compose)
    if free < need:
        message = f"{compose.build}: {format_size(free)} are free; a whole compose of this config takes about {format_size(need)}"
        print(
            f"warning: {message}; make room (`{PROGRAM} prune`), or use another folder with build=DIR", file=sys.stderr
        )


def estimate_size(compose: Compose) -> int:
    """Return roughly how many bytes a compose takes when it is made for the first time, what is made on the way included."""
    repositories = sum(len(variant.gathered_arches) for variant in compose.variants)
    return repositories * PER_REPOSITORY + len(list(compose.deliverables(Image))) * PER_IMAGE


def get_worst_status(problems: list[ComposeError]) -> int:
    """Return the highest exit status of the problems, 0 if there are none."""
    return max((problem.status for problem in problems), default=0)
