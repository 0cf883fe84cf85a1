"""`doit clean`: removes what tasks made, files of their tree lists included."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from composelib.commands.shared.doit_commands import WholeComposeCommand
from composelib.engine.doit_commands import CleanTasks
from composelib.engine.schedule import task_of
from composelib.engine.sweep import claims
from composelib.files import remove_tree
from composelib.task import Task


class Clean(WholeComposeCommand, CleanTasks):
    """Refused while a run is at work; what another task claims, too, stays."""

    doc_purpose = "remove what tasks made; without names all that was made"

    def clean_tasks(self, tasks: Iterable[Any], dryrun: bool, cleanforget: bool) -> None:
        """Remove the outputs and trees of these tasks; doit has chosen them."""
        state = self.state
        state.hold()
        compose = self.compose
        root = compose.paths.root
        names = {task.name for task in tasks}
        others = [ours for task in self.task_list if task.name not in names and (ours := task_of(task))]
        kept = {path for ours in others for path in made(root, ours)}
        for task in tasks:
            ours = task_of(task)
            for path in sorted(made(root, ours) - kept if ours else ()):
                self.clean_away(task.name, Path(path), dryrun=dryrun)
            if cleanforget and not dryrun:
                state.remove(task.name)
        if not dryrun:
            compose.paths.status.unlink(missing_ok=True)  # whatever it said is not so any more
        state.close()

    def clean_away(self, name: str, path: Path, *, dryrun: bool) -> None:
        """Remove a file, or a folder that a task claims whole, and the folders that are empty then."""
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


def made(root: Path, task: Task) -> set[str]:
    """Return the paths of all that a task made."""
    return {*map(str, task.outputs), *claims(root, task)}
