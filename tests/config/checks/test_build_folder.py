from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.conftest import BODY, HEAD, Faults, Loads

TEXT = HEAD + BODY


@pytest.mark.parametrize("build", ["/", ".", "..", "composes", "../checkout"])
def test_what_holds_the_checkout_or_the_config_is_no_place_to_build(build: str, faults: Faults) -> None:
    assert f"build={Path(build)}: " in faults(TEXT, build=Path(build))
    assert "which must not be built over" in faults(TEXT, build=Path(build))


def test_a_file_is_no_place_to_build(faults: Faults) -> None:
    Path("out").touch()
    assert "build=out: not a folder" in faults(TEXT, build=Path("out"))


def test_a_loop_of_links_is_no_place_to_build(faults: Faults) -> None:
    Path("out").symlink_to("out")
    assert "build=out: " in faults(TEXT, build=Path("out"))


def test_a_link_to_nothing_is_no_place_to_build(faults: Faults) -> None:
    Path("out").symlink_to("nowhere")
    assert "build=out: a symbolic link to nothing" in faults(TEXT, build=Path("out"))


def test_a_folder_of_someone_else_s_is_no_place_to_build(faults: Faults) -> None:
    Path("out").mkdir()
    Path("out/letters").mkdir()
    assert "build=out: not empty, and nothing in it was made by this program" in faults(TEXT, build=Path("out"))


def test_a_folder_that_packages_come_from_is_no_place_to_build(faults: Faults) -> None:
    Path("incoming/below").mkdir(parents=True)
    text = HEAD + "  overlay: {debs: ../incoming}\n" + BODY
    assert "which is a source of the compose" in faults(
        text, build=Path("incoming")
    ) or "which must not be built over" in faults(text, build=Path("incoming"))
    assert "which is a source of the compose" in faults(text, build=Path("incoming/below"))


@pytest.mark.parametrize("entry", ["store/sha256", "keys", "test/work", "other/logs"])
def test_a_folder_that_was_built_in_is_taken_again(entry: str, loads: Loads) -> None:
    Path("out", entry).mkdir(parents=True)
    assert loads(TEXT, build=Path("out")).build == Path("out")


def test_a_folder_that_is_not_there_or_empty_is_taken_and_not_made(loads: Loads) -> None:
    loads(TEXT, build=Path("a/b"))
    assert not Path("a").exists()


def test_a_folder_where_a_run_ended_before_its_first_task_is_a_place_to_build(loads: Loads) -> None:
    Path("out/demo").mkdir(parents=True)
    Path("out/demo/lock").touch()
    assert loads(TEXT, build=Path("out")).build == Path("out")
