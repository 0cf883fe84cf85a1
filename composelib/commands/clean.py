"""`doit clean`: removes what tasks made, files of their tree lists included."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from composelib.commands.shared.whole_compose import WholeComposeCommand
from composelib.engine.claims import list_claimed
from composelib.engine.doit_commands import CleanTasks
from composelib.engine.schedule import unwrap_task
from composelib.engine.sweep import is_file_within, remove_empty, remove_files


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
        claimed = {path for ours in other_tasks for path in list_claimed(root, ours)}
        for task in tasks:
            ours = unwrap_task(task)
            paths = set(list_claimed(root, ours)) - claimed if ours else set[str]()
            files = sorted(path for path in paths if is_file_within(root, path))
            for path in files:
                self.outstream.write(f"{task.name} - removing '{root / path}'\n")
            if not dryrun:
                remove_files(compose, files)
                remove_empty(root, (path[:-1] for path in paths if path.endswith("/")))
            if cleanforget and not dryrun:
                state.remove(task.name)
        if not dryrun:
            compose.paths.status.unlink(missing_ok=True)  # the compose is not complete any more
        state.close()
