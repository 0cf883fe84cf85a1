"""The picture of the stages is what their tasks say.

Also covers: composelib.commands.graph, composelib.tools.dot.
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from composelib.commands.graph import GraphCommand
from composelib.commands.shared.stage_graph import SUBJECTS, draw_picture, make_pattern, reduce_edges
from composelib.config import load
from composelib.model.compose import Compose
from composelib.stages import stages

CONFIG = Path("docs/architecture.yaml")
PICTURE = CONFIG.with_suffix(".dot")


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


def test_the_command_draws_the_stages_of_any_compose(capsys: pytest.CaptureFixture[str]) -> None:
    assert GraphCommand().answer({"svg": False}, []) == 0
    text = capsys.readouterr().out
    assert "gather -> fetch" in text
    assert "ostree" not in text
    assert GraphCommand().answer({"svg": True}, []) == 0
    assert "<title>gather&#45;&gt;fetch</title>" in capsys.readouterr().out


def test_names_of_variants_archives_arches_and_images_are_variables_in_the_picture(compose: Compose) -> None:
    paths = compose.paths
    assert make_pattern(paths.work("gather", "VARIANT", "amd64.json"), compose) == "work/gather/VARIANT/ARCH.json"
    assert make_pattern(paths.work("source", "BUILT", "package.json"), compose) == "work/source/ARCHIVE/package.json"
    assert make_pattern(paths.iso("VARIANT", "amd64", "live"), compose) == "iso/…-IMAGE-ARCH.iso"
    assert make_pattern(paths.tree / "COMPOSE_ID", compose) == "COMPOSE_ID"
