"""`doit check`: is the config right, and is all there that a run needs? Tells every problem at once, changes nothing."""

from __future__ import annotations

import shutil
import sys

from composelib.commands import current_compose
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.errors import ComposeError, ConfigError
from composelib.model.compose import Compose
from composelib.preflight import nearest, problems
from composelib.stages import stages
from composelib.task import Task


class Check(Question):
    """Looks before the leap."""

    name = "check"
    narrows = True
    doc_purpose = "validate the config; name missing programs with their Debian packages, free space, keys"
    doc_usage = ""
    doc_description = "Exit status: 0 all is well, 2 the config is wrong, 3 the machine lacks something."

    def answer(self, options: Options, words: list[str]) -> int:
        """Check; gives the exit status."""
        del options
        return check(words)


def check(names: list[str]) -> int:
    """Print what was looked at and every problem; gives the exit status. Raise ConfigError for arguments."""
    if names:
        raise ConfigError(f"{names[0]}: 'doit check' takes no arguments; compose=NAME names another compose")
    compose = current_compose()
    tasks = asked_for(compose)
    for line in looked_at(compose, tasks):
        print(line)
    found = problems(compose, tasks)
    for problem in found:
        print(f"error: {problem}", file=sys.stderr)
    return worst(found)


def asked_for(compose: Compose) -> list[Task]:
    """Return the tasks that a run would look at: all, or those of the part that is asked for and all they need."""
    named = {f"{stage.name}:{task.name}": task for stage in stages(compose) for task in stage.tasks}
    if compose.selection is None:
        return list(named.values())
    makers = {path: name for name, task in named.items() for path in task.outputs}
    found: dict[str, Task] = {}
    waiting = [name for name in named if compose.selection.has(name)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = task = named[name]
            needs = (*task.inputs, *task.optional, *task.order_only)
            waiting += [makers[path] for path in needs if path in makers]
    return [task for name, task in named.items() if name in found]


def looked_at(compose: Compose, tasks: list[Task]) -> list[str]:
    """Describe in a line each what was looked at."""
    programs = sorted({program for task in tasks for program in task.tools})
    free = shutil.disk_usage(nearest(compose.build)).free
    keyrings = sorted({str(archive.signed_by) for archive in compose.archives if archive.signed_by})
    key = (
        compose.sign
        or f"the checkout's own, {'in' if compose.paths.key_home.exists() else 'to be made in'} {compose.paths.key_home}"
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


def worst(found: list[ComposeError]) -> int:
    """Return the exit status of the gravest problem, 0 if there is none."""
    return max((problem.status for problem in found), default=0)
