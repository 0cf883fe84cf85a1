"""`doit bisect`: finds the change between two published composes that makes a command fail."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from composelib.archive.explain.bisection import choose_next
from composelib.archive.explain.compose_diff import compare_sources
from composelib.commands.diff import open_compose
from composelib.commands.shared.command_line import load_current_compose
from composelib.commands.shared.composition import (
    BisectStep,
    PublishedSide,
    choose_rows,
    list_rows,
    list_steps,
    read_facts,
    remove_packages,
    select_changes,
    write_config,
    write_packages,
)
from composelib.commands.shared.image_contents import ComposeTree
from composelib.commands.shared.published import open_records
from composelib.commands.shared.published_config import locate_folder, recall_config
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.engine.doit_variables import read_variable
from composelib.engine.ownership import hold_compose
from composelib.errors import ComposeError, ConfigError
from composelib.fetch.store import open_store
from composelib.files import remove_tree
from composelib.model.compose import Compose
from composelib.preflight import silence
from composelib.program import PROGRAM
from composelib.tools.run import run

TREE = "COMPOSE_TREE"
"""The environment variable by which the command finds the tree."""
SKIP = 125
"""The exit status of a command that can say neither good nor bad, as of git bisect run."""
GOOD, BAD, UNTESTABLE = "good", "bad", "cannot be tested"
LONGEST = 7 * 24 * 3600  # seconds


class BisectCommand(Question):
    """Finds the first bad change."""

    name = "bisect"
    doc_purpose = "find the package or line of the config between two published composes that makes a command fail"
    doc_usage = "GOOD BAD [--make=TASK] -- COMMAND ..."
    doc_description = (
        "GOOD and BAD are IDs of published composes. Those between them are made of the packages in the store, and"
        f" COMMAND is run for each, with its tree in {TREE}: 0 is good, {SKIP} neither, all else bad, as for git bisect run."
    )
    cmd_options = (
        {"name": "make", "long": "make", "type": str, "default": "", "help": "only these tasks, separated by commas"},
    )

    def parse_words(self, line: list[str]) -> tuple[Options, list[str]]:
        """Separate options from words; those after `--` are the command's."""
        end = line.index("--") if "--" in line else len(line)
        options, words = super().parse_words(line[:end])
        return {**options, "command": line[end + 1 :]}, words

    def answer(self, options: Options, words: list[str]) -> int:
        """Find the change; return the exit status."""
        if len(words) != len(("GOOD", "BAD")) or not options["command"]:
            raise ConfigError(f"{PROGRAM} bisect: it takes GOOD, BAD and -- COMMAND", f"see `{PROGRAM} help bisect`")
        compose = load_current_compose()
        old, new = (open_compose(word, Path(read_variable("build", "build"))) for word in words)
        sides = read_side(compose, old), read_side(compose, new)
        steps = list_steps(*sides, compare_sources(old.metadata, new.metadata))
        if not steps:
            raise ConfigError(
                f"{words[0]} and {words[1]}: neither packages nor config differ", "name two other composes"
            )
        tasks = tuple(filter(None, options["make"].split(",")))
        trial = Trial(compose, sides, steps, tuple(options["command"]), tasks)
        with hold_compose(compose):
            try:
                return search(trial)
            finally:
                trial.remove()


def read_side(compose: Compose, tree: ComposeTree) -> PublishedSide:
    """Return a published compose; one whose config was not recorded has the present one."""
    with closing(open_records(compose)) as records:
        config = recall_config(compose, records, tree.path.name)
    return PublishedSide(list_rows(tree.metadata), read_facts(tree.path), config)


class Trial:
    """Makes compositions between two composes and runs the command on each."""

    def __init__(
        self,
        compose: Compose,
        sides: tuple[PublishedSide, PublishedSide],
        steps: Sequence[BisectStep],
        command: tuple[str, ...],
        tasks: tuple[str, ...],
    ) -> None:
        """Take what is tried; nothing is made yet."""
        self.compose, self.sides, self.steps = compose, sides, steps
        self.command, self.tasks = command, tasks
        self.name = f"{compose.name}-bisect"
        self.folder = locate_folder(compose)
        self.tries = 0

    def judge(self, made: int) -> str:
        """Make the composition with as many of the changes, and run the command on it."""
        self.tries += 1
        if self.make(made):
            verdict = UNTESTABLE
        else:
            tree = (self.compose.build / self.name / "compose").absolute()
            status = run(self.command, env={TREE: str(tree)}, ok=tuple(range(256)), timeout=LONGEST).returncode
            verdict = {0: GOOD, SKIP: UNTESTABLE}.get(status, BAD)
        print(f"try {self.tries}: {made} of {len(self.steps)} changes: {verdict}", flush=True)
        return verdict

    def make(self, made: int) -> int:
        """Make the composition with as many of the changes; return the exit status."""
        old, new = self.sides
        rows = choose_rows(old.rows, new.rows, self.steps, made)
        archives = write_packages(self.folder / "archives", rows, open_store(self.compose.paths.store))
        config = self.folder / f"{self.name}.yaml"
        write_config(config, old.config, select_changes(self.steps, made), archives)
        program = [sys.executable, sys.argv[0]] if os.access(sys.argv[0], os.R_OK) else [PROGRAM]
        words = [*program, *self.tasks, f"compose={config}", f"build={self.compose.build}"]
        if self.tasks:  # a run of some tasks removes nothing that the try before has left
            remove_tree(self.compose.build / self.name / "compose")
        log = self.locate_log()
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as stream:
            return run(words, stdout=stream, errors=True, ok=tuple(range(256)), timeout=LONGEST).returncode

    def locate_log(self) -> Path:
        """Return the path of the log of the present try."""
        return self.compose.paths.log("bisect", f"try-{self.tries}")

    def remove(self) -> None:
        """Remove what was made, but for the logs."""
        with silence():
            remove_packages(self.folder / "archives", open_store(self.compose.paths.store))
        for path in (self.folder, self.compose.build / self.name):
            remove_tree(path)


def search(trial: Trial) -> int:
    """Find the first bad change and print it; return the exit status: 0, or 1 if only some of which one is bad are known."""
    good, bad, untestable = 0, len(trial.steps), set[int]()
    if trial.judge(bad) != BAD:
        raise ComposeError(
            "with all changes made the command does not fail",
            f"what it fails on is not in the packages or the config; see {trial.locate_log()}",
        )
    while (made := choose_next(good, bad, untestable)) is not None:
        verdict = trial.judge(made)
        if verdict == GOOD:
            good = made
        elif verdict == BAD:
            bad = made
        else:
            untestable.add(made)
    suspects = trial.steps[good:bad]
    print("the first bad change:" if len(suspects) == 1 else "the first bad change is one of:")
    for step in suspects:
        print(f"  {step.text}")
    return 0 if len(suspects) == 1 else 1
