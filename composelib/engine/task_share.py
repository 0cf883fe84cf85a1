"""What of this machine a task that makes an image may take, if the config says so: memory, and processors of its own."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterable

from composelib.dataclass import dataclass
from composelib.model.jobs import IMAGES, Jobs
from composelib.task import Task


@dataclass(frozen=True)
class TaskShare:
    """The limits of a task."""

    memory: int = 0
    """Bytes of data that each of its processes may have; 0 for no limit."""
    processors: frozenset[int] = frozenset()
    """The processors that it runs on; empty for all."""


WHOLE = TaskShare()
"""No limits."""


def assign_share(task: Task, jobs: Jobs | None, others: Iterable[TaskShare]) -> TaskShare:
    """Return the limits of a task that starts; `others` are those of the tasks that run."""
    if jobs is None or task.pool != IMAGES:
        return WHOLE
    free = os.sched_getaffinity(0).difference(*(share.processors for share in others))
    return TaskShare(jobs.memory, frozenset(sorted(free)[: jobs.processors or 0]))


def enter_share(share: TaskShare) -> None:
    """Hold this process, and those that it starts, to a task's limits (setrlimit(2), sched_setaffinity(2))."""
    if share.memory:
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        limit = share.memory if most == resource.RLIM_INFINITY else min(share.memory, most)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    if share.processors:
        os.sched_setaffinity(0, share.processors)
