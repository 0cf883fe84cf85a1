"""Which ready task runs next: the most urgent one whose resource has room."""

from __future__ import annotations

import graphlib
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from composelib.config import load
from composelib.engine.schedule import Queue, measure_urgency, order_tasks, size_pools, unwrap_task
from composelib.model.jobs import Jobs
from composelib.model.origin import Origin
from composelib.stages import stages
from composelib.task import Task


def node(name: str, *, pool: str = "", quick: bool = False) -> Any:
    task = Task(name, "", partial(print), (), (), {}, pool=pool, quick=quick)
    return SimpleNamespace(task=SimpleNamespace(name=name, meta={"task": task}))


def graph(**needs: list[str]) -> dict[str, Any]:
    return {name: SimpleNamespace(task_dep=list(needed), calc_dep=set()) for name, needed in needs.items()}


def take_all(queue: Queue) -> list[str]:
    names = []
    while (current := queue.take()) is not None:
        names.append(current.task.name)
    return names


def test_the_most_urgent_comes_first_and_equal_ones_in_turn() -> None:
    queue = Queue({"a": 1, "b": 3, "c": 1})
    for name in "abc":
        queue.add(node(name))
    assert take_all(queue) == ["b", "a", "c"]


def test_quick_tasks_come_before_all_others() -> None:
    queue = Queue({"a": 9, "b": 0})
    queue.add(node("a"))
    queue.add(node("b", quick=True))
    assert take_all(queue) == ["b", "a"]


def test_a_full_pool_keeps_its_tasks_until_a_share_is_given_back() -> None:
    queue = Queue({"a": 3, "b": 2, "c": 1}, {"images": 1})
    first = node("a", pool="images")
    for entry in (first, node("b", pool="images"), node("c")):
        queue.add(entry)
    assert take_all(queue) == ["a", "c"]
    queue.give_back(first)
    assert take_all(queue) == ["b"]


def test_after_a_failure_only_quick_tasks_stay() -> None:
    queue = Queue({"a": 9, "b": 0})
    queue.add(node("a"))
    queue.add(node("b", quick=True))
    queue.keep_quick()
    assert (take_all(queue), bool(queue)) == (["b"], False)


def test_a_tasks_urgency_is_the_time_to_the_end_of_the_longest_chain() -> None:
    tasks = graph(fetch=[], repo=["fetch"], iso=["repo"], page=["fetch"])
    seconds = {"fetch": 1.0, "repo": 2.0, "iso": 30.0, "page": 5.0}
    assert measure_urgency(tasks, seconds.__getitem__) == {"fetch": 33.0, "repo": 32.0, "iso": 30.0, "page": 5.0}


def test_what_is_needed_comes_first() -> None:
    assert list(order_tasks(graph(c=["b"], b=["a"], a=[]), ["c", "b", "a"])) == ["a", "b", "c"]


def test_tasks_that_need_each_other_are_an_error() -> None:
    with pytest.raises(graphlib.CycleError):
        list(order_tasks(graph(a=["b"], b=["a"]), ["a", "b"]))


def test_a_stages_group_is_no_task_of_ours() -> None:
    assert unwrap_task(SimpleNamespace(meta=None)) is None


def test_images_are_made_side_by_side_as_processors_and_memory_allow() -> None:
    assert size_pools(None, 8, 64 << 30)["images"] == 8
    assert size_pools(None, 8, 7 << 30)["images"] == 3
    assert size_pools(None, 8, 1 << 30)["images"] == 1


def test_what_an_image_may_take_says_how_many_are_made_at_a_time() -> None:
    origin = Origin("demo.yaml", 1, 1)
    assert size_pools(Jobs(origin, memory=8 << 30), 8, 64 << 30)["images"] == 8
    assert size_pools(Jobs(origin, memory=16 << 30), 8, 64 << 30)["images"] == 4
    assert size_pools(Jobs(origin, processors=3), 8, 64 << 30)["images"] == 2
    assert size_pools(Jobs(origin, processors=16), 8, 64 << 30)["images"] == 1


def test_every_pool_of_a_task_has_a_number() -> None:
    compose = load(Path("docs/architecture.yaml"))
    pools = {task.pool for stage in stages(compose) for task in stage.tasks}
    assert pools - {""} <= size_pools(None, 2, 1 << 30).keys()


def test_the_config_says_how_many_tasks_of_a_kind_run_at_a_time() -> None:
    jobs = Jobs(Origin("demo.yaml", 1, 1), images=5, qemu=2)
    pools = size_pools(jobs, 2, 1 << 30)
    assert (pools["images"], pools["qemu"], pools["network"]) == (5, 2, 4)
