"""A plan shows what a run would do.

Also covers: composelib.commands.shared.plan_answers, composelib.engine.plan.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from composelib.commands.plan import Effort, format_effort, format_plan
from composelib.engine.freshness import MOVED
from composelib.engine.local_executor import count_processors
from composelib.engine.plan import Step
from tests.kit.task_world import World


def read_plan(world: World, *arguments: str) -> dict[str, tuple[str, list[str]]]:
    ended = world.run("plan", "--json", *arguments)
    assert (ended.status, ended.ran, ended.err) == (0, [], "")
    plan = json.loads(ended.out)
    assert plan["version"] == 1
    return {step["name"].removeprefix("copy:"): (step["answer"], step["why"]) for step in plan["tasks"]}


def test_a_fresh_compose_has_nothing_to_do(chain: World) -> None:
    assert chain.run("plan").out == "0 will run, 0 may follow, 4 up to date\n"
    assert "copy:a is up to date\n" in chain.run("plan", "-u").out


def test_there_are_three_answers_with_reasons(chain: World) -> None:
    chain.write("in", "new")
    assert chain.run("plan").out == (
        "copy:a will run\n    in changed\n"
        "copy:b may follow\n    if copy:a comes out different\n"
        "copy:c may follow\n    if copy:b comes out different\n"
        "1 will run, 2 may follow, 1 up to date\n"
        "by last time: 0s, 9 B written\n"
    )


def test_what_runs_only_as_lines_moved_is_folded_into_one_line() -> None:
    steps = [Step("a", "run", (MOVED,)), Step("b", "run", ("in changed",)), Step("c", "run", (MOVED,))]
    assert list(format_plan(steps, fresh=False)) == [
        "b will run",
        "    in changed",
        "a, c will run: lines of the config moved",
        "3 will run, 0 may follow, 0 up to date",
    ]


def test_minutes_and_bytes_are_estimated_from_last_time() -> None:
    planned = [
        (Step("a", "run", ()), Effort(60.0 * count_processors(), 2_000_000)),
        (Step("b", "may", ()), Effort(120.0 * count_processors(), 1_000_000)),
        (Step("c", "fresh", ()), Effort(999.0, 999)),
        (Step("d", "run", ()), Effort(0.0, 0)),
    ]
    assert list(format_effort(planned)) == ["by last time: 1m to 3m, 3.0 MB written; 1 of them never ran"]
    assert list(format_effort(planned[2:3])) == []


def test_a_changed_value_is_shown_with_its_key_from_old_to_new(chain: World) -> None:
    chain.task("a", ["in"], "compose/a", uses={"words": ["x", "z"], "size": 3})
    assert read_plan(chain)["a"] == ("run", ["size: null -> 3", "words: without y", "words: with z"])


def test_a_new_task_and_a_gone_output_are_reasons(chain: World) -> None:
    chain.task("e", ["in"], "compose/e")
    chain.path("compose/d").unlink()
    plan = read_plan(chain)
    assert plan["e"] == ("run", ["never made, or its last run did not end well"])
    assert plan["d"] == ("run", ["build/demo/compose/d is not there"])


def test_only_what_is_named_and_what_it_needs_is_planned(chain: World) -> None:
    assert list(read_plan(chain, "copy:b")) == ["a", "b"]
    assert list(read_plan(chain, "build/demo/compose/d")) == ["d"]
    assert chain.run("plan", "copy:x").status == 2


def test_a_plan_writes_nothing_whatever_it_finds(chain: World) -> None:
    chain.write("in", "new")
    chain.task("e", ["in"], "compose/e", probe="in")
    snapshot = chain.snapshot()
    chain.run("plan")
    chain.run("plan", "--json")
    chain.run("list", "-s", "--all")
    chain.run("info", "copy:a")
    assert chain.snapshot() == snapshot


def test_a_plan_before_anything_was_made_makes_no_folder(world: World) -> None:
    world.task("a", ["in"], "compose/a")
    assert read_plan(world)["a"][0] == "run"
    assert not (world.folder / "build").exists()


def test_what_is_left_out_is_shown_with_what_needs_it(chain: World) -> None:
    chain.run("ignore", "copy:b")
    plan = read_plan(chain)
    assert [plan[name][0] for name in "abcd"] == ["fresh", "out", "out", "fresh"]


def test_an_outside_that_does_not_answer_is_a_reason(world: World) -> None:
    world.write(
        "dodo.py",
        world.read("dodo.py").replace(
            "return Path(name).read_text()", "from composelib.errors import TrustError; raise TrustError('no answer')"
        ),
    )
    world.task("a", ["in"], "compose/a", probe="archive")
    world.run()
    assert read_plan(world)["a"] == ("run", ["its outside state could not be checked: no answer"])


@pytest.mark.parametrize("seed", range(2))
def test_what_a_plan_says_will_not_run_does_not_run(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same every time
    world = World(tmp_path)
    names = [f"t{number}" for number in range(12)]
    outputs: list[str] = []
    for name in names:
        world.write(f"in-{name}", name)
        needs = dice.sample(outputs, min(len(outputs), dice.randrange(3)))
        outputs.append(f"compose/{name}")
        world.task(name, [f"in-{name}", *needs], f"compose/{name}", failable=dice.random() < 0.1)
    world.run()
    for turn in range(3):
        harmed = dice.choice(names)
        world.write(f"in-{harmed}", str(turn))
        world.path(f"compose/{dice.choice(names)}").unlink(missing_ok=True)
        world.graph[dice.choice(names)]["uses"] = {"turn": dice.randrange(2)}
        plan = read_plan(world)
        ran = world.run().ran
        assert {name for name in names if plan[name][0] == "run"} <= set(ran)
        assert set(ran) <= {name for name in names if plan[name][0] in ("run", "may")}
    assert world.run("plan").out == "0 will run, 0 may follow, 12 up to date\n"
