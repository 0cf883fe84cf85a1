"""Fixtures of the engine's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.task_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give a world with an input and nothing else; what a killed run left working in it is ended."""
    world = World(tmp_path / "world")
    world.write("in", "one")
    yield world
    world.end()


@pytest.fixture
def chain(world: World) -> World:
    """Give a world where c is made of b, b of a and a of the input, and d of another input; all is made."""
    world.write("other", "two")
    world.task("a", ["in"], "compose/a", uses={"words": ["x", "y"]})
    world.task("b", ["compose/a"], "work/b", tools=["sh"])
    world.task("c", ["work/b"], "compose/c")
    world.task("d", ["other"], "compose/d")
    assert world.run("-n", "1").status == 0
    return world
