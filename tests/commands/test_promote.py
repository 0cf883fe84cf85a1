"""Channels are moved as a user does it.

Also covers: composelib.commands.rollback, composelib.commands.shared.program_log
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.kit.demo_compose import Demo

ID = "tiny-1.10-20231114.n.0"


def test_what_is_published_to_a_folder_is_promoted_there(demo: Demo, tmp_path: Path) -> None:
    web = f"--to={tmp_path / 'web'}"
    ran = demo.doit("publish", web)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == f"nightly: new -> {ID}"
    assert demo.doit("publish", web).out.splitlines()[-1] == f"nightly: is already at {ID}"
    assert demo.doit("promote", "nightly", "stable", web).out == f"stable: new -> {ID}\n"
    assert json.loads((tmp_path / "web/streams/stable.json").read_text())["current"]["compose"] == ID
    assert "$ rsync " in (demo.root / "logs/promote/stable.log").read_text()
    ran = demo.doit("rollback", "stable", web)
    assert (ran.status, "stable: it was at no other compose before" in ran.err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("promote", "a"),
        ("promote", "a", "b"),
        ("promote", "a", "a", "--to=x"),
        ("promote", "composes", "b", "--to=x"),
        ("rollback", "--to=x"),
        ("rollback", "a"),
        ("publish", "--channel=stable"),
        ("publish", "--to=host:/x"),
    ],
)
def test_a_wrong_call_writes_nothing(demo: Demo, words: tuple[str, ...]) -> None:
    ran = demo.doit(*words)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: ")
