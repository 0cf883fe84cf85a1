"""`doit log`: the log of a task, of what failed, or of what runs."""

from __future__ import annotations

import difflib
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import field
from pathlib import Path
from typing import BinaryIO

from composelib.commands.shared.command_line import load_current_compose
from composelib.commands.shared.question import Question
from composelib.commands.status import get_progress, get_state
from composelib.dataclass import dataclass
from composelib.engine.doit_commands import Options
from composelib.engine.exit_status import interruptible
from composelib.errors import ConfigError
from composelib.model.compose import Compose
from composelib.program import PROGRAM

PAUSE = 0.3
"""Seconds between two looks at a log that is followed."""


class LogCommand(Question):
    """Shows logs."""

    name = "log"
    doc_purpose = "show the log of a task, of what failed, or of what runs"
    doc_usage = "[-f] [TASK|STAGE]"
    doc_description = (
        "Without a task: the logs of what the run at work runs; if none is at work, of what failed in the last run."
    )
    cmd_options = (
        {
            "name": "follow",
            "long": "follow",
            "short": "f",
            "type": bool,
            "default": False,
            "help": "show what is added, until the tasks have ended",
        },
    )

    def answer(self, options: Options, words: list[str]) -> int:
        """Print the logs; return the exit status."""
        if len(words) > 1:
            raise ConfigError(f"{PROGRAM} log: {words[1]}: it takes one task", "call it once for each")
        compose = load_current_compose()
        with interruptible(), ExitStack() as streams:
            reader = LogReader(streams)
            if options["follow"]:
                follow_logs(compose, words, reader)
            else:
                names = choose_tasks(compose, words)
                reader.read({name: locate_log(compose, name) for name in names}, titled=len(names) > 1 or not words)
        return 0


@dataclass
class LogReader:
    """Prints what is new in logs."""

    opened: ExitStack
    streams: dict[str, BinaryIO] = field(default_factory=dict)
    last: str = ""
    """The task whose log was printed last."""

    def read(self, logs: dict[str, Path], *, titled: bool) -> None:
        """Print what was added to each log since it was last read; a title tells whose it is."""
        for name, log in logs.items():
            if name not in self.streams:
                if not log.is_file():
                    continue
                self.streams[name] = self.opened.enter_context(log.open("rb"))
            text = self.streams[name].read().decode(errors="backslashreplace")
            if titled and name != self.last and text:
                print(f"==> {name} ({log}) <==")
            if text:
                self.last = name
                print(text, end="", flush=True)


def follow_logs(compose: Compose, words: list[str], reader: LogReader) -> None:
    """Print what is added to the logs of the tasks chosen, or of all that run, until these have ended."""
    names = choose_tasks(compose, words)
    while True:
        state = get_state(compose)
        running = {task.name for task in get_progress(state).running}
        names = list(dict.fromkeys([*names, *([] if words else sorted(running))]))
        reader.read({name: locate_log(compose, name) for name in names}, titled=len(names) > 1 or not words)
        if not state["running"] or (words and running.isdisjoint(names)):
            return
        time.sleep(PAUSE)


def choose_tasks(compose: Compose, words: list[str]) -> list[str]:
    """Return the tasks whose logs are wanted. Raise ConfigError if there is no log of what was named."""
    if words:
        return list(find_named(compose, words[0]))
    state = get_state(compose)
    if state["running"]:
        return sorted(task.name for task in get_progress(state).running)
    names = [task["name"] for task in state["failed"] if task["log"]]
    if not names:
        print(
            f"{compose.name}: nothing runs, and nothing failed in the last run; `{PROGRAM} log TASK` shows a task's log"
        )
    return names


def find_named(compose: Compose, word: str) -> Iterator[str]:
    """Yield a task, or those of a stage, that have a log. Raise ConfigError if none has."""
    stage, _, _ = word.partition(":")
    if locate_log(compose, word).is_file():
        yield word
        return
    folder = compose.paths.log(stage, "").parent
    logs = sorted(folder.glob("*.log")) if word == stage else []
    if not logs:
        names = [f"{path.parent.name}:{path.stem.replace('-', ':')}" for path in folder.parent.glob("*/*.log")]
        close = difflib.get_close_matches(word, names, 1)
        raise ConfigError(
            f"{word}: no task of this name has a log here",
            f"did you mean {close[0]}?"
            if close
            else f"`{PROGRAM} list --all` has all tasks; one that never ran has none",
        )
    yield from (f"{stage}:{path.stem}" for path in logs)


def locate_log(compose: Compose, name: str) -> Path:
    """Return the path of the log of a task, by its full name."""
    stage, _, task = name.partition(":")
    return compose.paths.log(stage, task)
