"""The form of compose IDs. What comes next is in tests/stages/test_compose_id.py."""

from __future__ import annotations

import pytest

from composelib.model.compose_id import IdHistory, is_compose_id


@pytest.mark.parametrize("text", ["demo-12-20231114.0", "a_b-1.10-debian-12-20231114.ci.12", "X+-1-20231114.n.0"])
def test_what_the_program_names_is_a_compose_id(text: str) -> None:
    assert is_compose_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "latest",
        "kit-1-EVIL/../../../x.t.0",
        "kit-1-20231114.0/../x",
        ".kit-1-20231114.0",
        "kit-1-20231114.0\n",
        "kit-1-20231114.x.0",
        "kit-1-2023111\uff14.0",
        "kit-20231114.0",
    ],
)
def test_nothing_else_is(text: str) -> None:
    assert not is_compose_id(text)


def test_a_history_comes_back_from_its_text() -> None:
    history = IdHistory().give("demo-12-20231114.0", "aa").publish().give("demo-12-20231114.1", "bb").spend("x")
    assert IdHistory.from_json(history.to_json()) == history
    assert IdHistory.from_json("") == IdHistory()
