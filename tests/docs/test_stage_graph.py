"""The picture of the stages is what their tasks say."""

from __future__ import annotations

import re
from html import unescape

import pytest

from composelib.config import load
from composelib.model.compose import Compose
from composelib.stages import stages
from docs.stage_graph import CONFIG, PICTURE, SUBJECTS, draw_picture, reduce_edges


@pytest.fixture(scope="module")
def compose() -> Compose:
    return load(CONFIG)


def test_the_committed_picture_is_what_the_tasks_say(compose: Compose) -> None:
    assert PICTURE.read_text() == draw_picture(compose), "docs/render draws it anew"


def test_the_compose_of_the_picture_has_a_task_of_every_stage(compose: Compose) -> None:
    assert not [stage.name for stage in stages(compose) if not stage.tasks]


def test_every_stage_has_a_frame(compose: Compose) -> None:
    framed = [name for members in SUBJECTS.values() for name in members]
    assert sorted(framed) == sorted(stage.name for stage in stages(compose))


def test_the_drawn_picture_has_the_stages_and_arrows_of_the_text() -> None:
    text = PICTURE.read_text()
    svg_titles = set(map(unescape, re.findall(r"<title>(.*)</title>", PICTURE.with_suffix(".svg").read_text())))
    dot_titles = set(re.findall(r"^ +(\w+) \[label", text, re.MULTILINE))
    dot_titles |= {f"{producer}->{reader}" for producer, reader in re.findall(r"^ +(\w+) -> (\w+)", text, re.MULTILINE)}
    assert {title for title in svg_titles if not title.startswith("cluster")} == dot_titles | {"stages"}


def test_an_edge_that_a_longer_way_implies_is_left_out() -> None:
    edges = {("a", "b"): True, ("b", "c"): True, ("a", "c"): True}
    assert reduce_edges(edges) == {("a", "b"): True, ("b", "c"): True}
