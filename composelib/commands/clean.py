"""`doit clean`: removes what tasks made, files of their tree lists included."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from composelib.commands.shared.whole_compose import WholeComposeCommand
from composelib.engine.doit_commands import CleanTasks
from composelib.engine.memory import STATUS, remember
from composelib.engine.schedule import unwrap_task
from composelib.engine.sweep import list_claims
from composelib.files import remove_tree
from composelib.task import Task


class CleanCommand(WholeComposeCommand, CleanTasks):
    """Removes outputs of tasks; those that other tasks claim too stay. It fails while a run holds the lock."""

    doc_purpose = "remove what tasks made; without names what all tasks made"

    def clean_tasks(self, tasks: Iterable[Any], dryrun: bool, cleanforget: bool) -> None:
        """Remove the outputs and trees of these tasks, which doit has chosen."""
        state = self.state
        state.hold()
        compose = self.compose
        root = compose.paths.root
        names = {task.name for task in tasks}
        other_tasks = [ours for task in self.task_list if task.name not in names and (ours := unwrap_task(task))]
        claimed = {path for ours in other_tasks for path in list_outputs(root, ours)}
        for task in tasks:
            ours = unwrap_task(task)
            for path in sorted(list_outputs(root, ours) - claimed if ours else ()):
                self.remove_output(task.name, Path(path), dryrun=dryrun)
            if cleanforget and not dryrun:
                state.remove(task.name)
        if not dryrun:
            remember(state.records, STATUS, "")  # the compose is not complete any more
            compose.paths.status.unlink(missing_ok=True)
        state.close()

    def remove_output(self, name: str, path: Path, *, dryrun: bool) -> None:
        """Remove a file, or a folder that a task claims whole, and the folders that are then empty."""
        if not (path.exists() or path.is_symlink()):
            return
        self.outstream.write(f"{name} - removing '{path}'\n")
        if dryrun:
            return
        if path.is_dir() and not path.is_symlink():
            remove_tree(path)
        else:
            path.unlink()
        with suppress(OSError):
            for folder in path.parents:
                folder.rmdir()


def list_outputs(root: Path, task: Task) -> set[str]:
    """Return the paths of everything that a task made."""
    return {*map(str, task.outputs), *list_claims(root, task)}
