from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.model import Compose, Multiarch, Variant
from composelib.stages import createrepo, gate
from tests.chosen import choose, compose, run_stages, variant
from tests.tiny import Key, TinyArchive


def made(build: Path, archive: TinyArchive, *variants: Variant, **chosen: list[str]) -> Compose:
    demo = compose(build, *variants, gate="no-worse")
    for name, packages in chosen.items():
        choose(demo, name, "amd64", archive, packages)
    run_stages(demo, createrepo)
    return demo


def publish(demo: Compose, name: str = "demo-12-1") -> None:
    demo.published.mkdir(parents=True, exist_ok=True)
    shutil.copytree(demo.tree, demo.published / name)
    (demo.published / "latest").unlink(missing_ok=True)
    (demo.published / "latest").symlink_to(name)
    shutil.rmtree(demo.tree)


@pytest.fixture
def filled(archive: TinyArchive) -> TinyArchive:
    archive.add("top", Depends="middle")
    archive.add("middle", arch="all")
    archive.add("hopeless", Depends="nothing")
    archive.add("other")
    return archive


def test_it_has_tasks_only_when_the_config_asks(tmp_path: Path) -> None:
    assert gate.tasks(compose(tmp_path)) == ()
    assert [task.name for task in gate.tasks(compose(tmp_path, gate="no-worse"))] == ["Server:amd64"]


def test_the_first_compose_passes(filled: TinyArchive, tmp_path: Path) -> None:
    demo = made(tmp_path, filled, Server=["top"])
    run_stages(demo, gate)
    assert json.loads(demo.work("gate", "Server", "amd64.json").read_text()) == {"version": 1, "compared": ""}


def test_what_is_no_worse_passes(filled: TinyArchive, tmp_path: Path) -> None:
    publish(made(tmp_path, filled, Server=["top", "middle", "hopeless"]))
    demo = made(tmp_path, filled, Server=["top", "middle", "other"])
    run_stages(demo, gate)
    assert json.loads(demo.work("gate", "Server", "amd64.json").read_text())["compared"] == "demo-12-1"


def test_what_broke_is_named_with_its_reason(filled: TinyArchive, tmp_path: Path, key: Key) -> None:
    publish(made(tmp_path, filled, Server=["top", "middle"]))
    newer = TinyArchive(tmp_path / "newer", key)
    newer.add("top", "1.1", Depends="middle (>= 2)")
    newer.add("middle", arch="all")
    demo = made(tmp_path, newer, Server=["top", "middle"])
    with pytest.raises(ComposeError) as caught:
        run_stages(demo, gate)
    assert caught.value.message.splitlines() == [
        "1 package of Server could be installed in demo-12-1 and now cannot be:",
        "  top: middle:amd64 (>= 2) is not there",
    ]


def test_what_is_gone_is_worse(filled: TinyArchive, tmp_path: Path) -> None:
    publish(made(tmp_path, filled, Server=["other", "middle"]))
    demo = made(tmp_path, filled, Server=["middle"])
    with pytest.raises(ComposeError, match=r"other: it is not in the compose any more"):
        run_stages(demo, gate)


def test_what_moved_to_a_variant_built_on_is_not_gone(filled: TinyArchive, tmp_path: Path) -> None:
    variants = (variant("Server", lookaside=("Base",)), variant("Base"))
    publish(made(tmp_path, filled, *variants, Server=["top", "middle"], Base=[]))
    run_stages(made(tmp_path, filled, *variants, Server=["top"], Base=["middle"]), gate)


def test_a_variant_that_is_new_is_compared_with_nothing(filled: TinyArchive, tmp_path: Path) -> None:
    publish(made(tmp_path, filled, Server=["top", "middle"]))
    run_stages(made(tmp_path, filled, variant("Desktop"), Desktop=["hopeless"]), gate)


def test_foreign_packages_count_as_well(archive: TinyArchive, tmp_path: Path) -> None:
    archive.add("wine", Depends="libz:i386")
    archive.add("libz", arch="i386", Multi_Arch="same")
    both = variant(multiarch=Multiarch(("i386",)))
    publish(made(tmp_path, archive, both, Server=["wine", "libz"]))
    with pytest.raises(ComposeError, match=r"libz: it is not in the compose"):
        run_stages(made(tmp_path, archive, both, Server=["wine"]), gate)


def test_publishing_another_compose_changes_the_probe(filled: TinyArchive, tmp_path: Path) -> None:
    demo = made(tmp_path, filled, Server=["other"])
    (task,) = gate.tasks(demo)
    assert task.probe
    before = task.probe()
    publish(demo)
    assert (before, task.probe()) == ("", "demo-12-1")
