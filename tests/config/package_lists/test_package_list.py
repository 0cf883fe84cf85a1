"""An imported package list, as a user has it: from its line to the package, and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.kit.demo_compose import Demo, make_demo
from tests.kit.tiny_archive import TinyArchive


@pytest.fixture
def demo(tmp_path: Path, archive: TinyArchive) -> Demo:
    demo = make_demo(tmp_path, archive)
    demo.edit('- "@web"', "- {file: seed}")
    return demo


def test_a_listed_package_is_in_for_its_line(demo: Demo) -> None:
    (demo.folder / "seed").write_text("= Server =\n * %webserver\n * postman [!amd64]\n * !nicety\n")
    ran = demo.doit("gather:Server:amd64")
    assert ran.status == 0, ran.out + ran.err
    rows = json.loads((demo.root / "work/gather/Server/amd64.json").read_text())["packages"]
    assert [row["package"] for row in rows] == ["apache-config", "mailer", "web-common", "webserver"]
    assert f"{demo.folder}/seed:2:4: ?source-package" in demo.doit("why", "webserver", "Server").out


def test_an_edited_list_is_gathered_anew_and_what_is_not_there_is_told_with_its_place(demo: Demo) -> None:
    (demo.folder / "seed").write_text(" * webserver\n")
    assert demo.doit("gather:Server:amd64").status == 0
    (demo.folder / "seed").write_text(" * webserver\n * webservr\n")
    ran = demo.doit("gather:Server:amd64")
    assert ran.status == 1
    expected = f"{demo.folder}/seed:2:4: variants.Server.packages: 'webservr' is not in any archive (arch amd64)"
    assert expected in ran.out + ran.err
