"""The tasks that are ready to run, the most urgent first, within the limits of shared resources."""

from __future__ import annotations

import graphlib
import heapq
import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any

from composelib.dataclass import dataclass
from composelib.model.jobs import IMAGES, Jobs
from composelib.task import Task

POOLS = {"network": 4, "fetch": 1, "ostree": 1, "loop": 1, "sign": 1, "qemu": 1}
"""How many tasks may share each resource at a time, beside `images`."""
IMAGE_MEMORY = 2 << 30
"""Bytes of memory that are enough for making most images: compressors, and the pages of its files."""

Entry = tuple[float, int, Any]


@dataclass
class Queue:
    """doit's nodes of the ready tasks, by resource pool and priority."""

    priority: Mapping[str, float]
    limits: Mapping[str, int] = field(default_factory=lambda: POOLS)
    heaps: defaultdict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    taken: Counter[str] = field(default_factory=Counter)
    """How many running tasks each pool has."""
    order: Iterator[int] = field(default_factory=itertools.count)
    """Numbers that keep tasks of equal priority in the order in which they came."""

    def keep_quick(self) -> None:
        """Drop all tasks but those that run even after a failure."""
        for heap in self.heaps.values():
            heap[:] = [entry for entry in heap if (ours := unwrap_task(entry[2].task)) and ours.quick]
            heapq.heapify(heap)

    def add(self, node: Any) -> None:
        """Add a ready node; quick tasks come first, so that their errors are reported early."""
        ours = unwrap_task(node.task)
        urgency = math.inf if ours and ours.quick else self.priority[node.task.name]
        entry = (-urgency, next(self.order), node)
        heapq.heappush(self.heaps[get_pool(node)], entry)

    def take(self) -> Any | None:
        """Remove and return the most urgent node whose pool has room, None if there is none."""
        open_pools = [pool for pool, heap in self.heaps.items() if heap and self.has_room(pool)]
        if not open_pools:
            return None
        pool = min(open_pools, key=lambda name: self.heaps[name][0])
        self.taken[pool] += 1
        return heapq.heappop(self.heaps[pool])[2]

    def has_room(self, pool: str) -> bool:
        """Return whether one more task may share a resource."""
        return not pool or self.taken[pool] < self.limits.get(pool, 1)

    def give_back(self, node: Any) -> None:
        """Free the share of a task that ended."""
        self.taken[get_pool(node)] -= 1

    def __bool__(self) -> bool:
        """Return whether any task waits."""
        return any(self.heaps.values())


def size_pools(jobs: Jobs | None, processors: int, memory: int) -> dict[str, int]:
    """Return how many tasks may share each resource on a machine with this memory, in bytes, as the config has it."""
    configured = {name: count for name in (IMAGES, "network", "qemu") if (count := getattr(jobs, name, None))}
    share, cores = (jobs.memory, jobs.processors) if jobs else (0, None)
    room = min(processors // (cores or 1), memory // (share or IMAGE_MEMORY))
    return {**POOLS, IMAGES: max(1, room), **configured}


def unwrap_task(doit_task: Any) -> Task | None:
    """Return our task behind one of doit's; None for a stage's group."""
    return (doit_task.meta or {}).get("task")


def list_needs(doit_task: Any) -> list[str]:
    """Return the names of the tasks that one of doit's needs, as far as they are known."""
    return [*doit_task.task_dep, *doit_task.calc_dep]


def get_pool(node: Any) -> str:
    """Return the resource pool of a node's task, empty for none."""
    ours = unwrap_task(node.task)
    return ours.pool if ours else ""


def measure_urgency(tasks: Mapping[str, Any], seconds: Callable[[str], float]) -> dict[str, float]:
    """Return for each task the seconds from its start to the end of the compose, by what the tasks took last time."""
    remaining: dict[str, float] = dict.fromkeys(tasks, 0.0)
    for name in reversed(list(order_tasks(tasks, tasks))):
        remaining[name] += seconds(name)
        for needed in list_needs(tasks[name]):
            remaining[needed] = max(remaining[needed], remaining[name])
    return remaining


def order_tasks(tasks: Mapping[str, Any], names: Any) -> Iterator[str]:
    """Yield the names, each after those that it needs. Raise graphlib.CycleError if tasks need each other."""
    selected = set(names)
    graph = {name: [needed for needed in list_needs(tasks[name]) if needed in selected] for name in names}
    return iter(graphlib.TopologicalSorter(graph).static_order())
