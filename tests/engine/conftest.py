"""Fixtures of the engine's tests."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from composelib.engine.state_db import Records
from tests.kit.task_world import World


@pytest.fixture(autouse=True)
def closing_records(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what a test's records have open: Python 3.13 warns of each that is not, in whichever test runs then."""
    connections: list[sqlite3.Connection] = []
    connect = Records.connect

    def connect_for_now(records: Records) -> sqlite3.Connection:
        connections.append(connect(records))
        return connections[-1]

    monkeypatch.setattr(Records, "connect", connect_for_now)
    yield
    for connection in connections:
        connection.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Yield a world with one input; afterwards, end what a killed run left running in it."""
    world = World(tmp_path / "world")
    world.write("in", "one")
    yield world
    world.end()


@pytest.fixture
def chain(world: World) -> World:
    """Return a world where c is made of b, b of a and a of the input, and d of another input; all is made."""
    world.write("other", "two")
    world.task("a", ["in"], "compose/a", uses={"words": ["x", "y"]})
    world.task("b", ["compose/a"], "work/b", tools=["sh"])
    world.task("c", ["work/b"], "compose/c")
    world.task("d", ["other"], "compose/d")
    assert world.run("-n", "1").status == 0
    return world
