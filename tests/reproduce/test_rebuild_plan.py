from __future__ import annotations

from pathlib import Path

import pytest

from composelib.commands.reproduce import name_tasks
from composelib.config import load
from composelib.errors import ConfigError
from composelib.model.compose import Compose
from composelib.reproduce.rebuild_plan import choose_tasks, plan_rebuild


@pytest.fixture(scope="module")
def compose() -> Compose:
    """Return a compose with a task of every stage."""
    return load(Path("docs/architecture.yaml"))


def choose(compose: Compose, *words: str) -> tuple[str, ...]:
    return choose_tasks(name_tasks(compose), words, compose.paths.tree)


def test_an_image_stands_for_the_tasks_of_its_files(compose: Compose) -> None:
    assert set(choose(compose, "edge-disk")) == {
        "image_format:VARIANT:amd64:edge-disk:raw",
        "image_checksum:VARIANT:amd64:edge-disk",
        "sbom:VARIANT:amd64:edge-disk",
    }


@pytest.mark.parametrize("word", ["rootfs", "rootfs:*:live", "rootfs:VARIANT:amd64:live"])
def test_a_stage_a_wildcard_and_a_task_stand_for_tasks(compose: Compose, word: str) -> None:
    assert "rootfs:VARIANT:amd64:live" in choose(compose, word)


@pytest.mark.parametrize("word", ["nothing", "test", "container_push", "inrelease:ARCHIVE"])
def test_what_asks_the_outside_or_makes_nothing_is_not_made_again(compose: Compose, word: str) -> None:
    with pytest.raises(ConfigError, match=f"{word}: no task or image"):
        choose(compose, word)


def test_each_task_comes_after_what_it_needs_and_the_outside_is_taken_over(compose: Compose) -> None:
    plan = plan_rebuild(name_tasks(compose), choose(compose))
    assert plan.rebuilt.index("rootfs:VARIANT:amd64:edge") < plan.rebuilt.index("ostree:VARIANT:amd64:edge")
    assert {name for name in plan.taken if not name.startswith("provenance:")} == {
        "materials:lock.json",
        "inrelease:ARCHIVE",
        "epoch:date",
        "compose_id:name",
        "validity:date",
        "buildinstall:VARIANT:amd64:source",
        "report:archives",
    }
    assert set(plan.compared) <= set(plan.rebuilt)
