from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from composelib.engine.state_db import SCHEMA
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


@pytest.mark.parametrize(
    "file", ["x/logs/a.log", "demo/compose/docker-compose.yml", "store/books", "keys/front-door", "x/lock"]
)
def test_a_folder_is_not_ours_because_names_in_it_are_like_ours(file: str, faults: Faults) -> None:
    Path("out", file).parent.mkdir(parents=True)
    Path("out", file).write_text("mine")
    text = faults(TEXT, build=Path("out"))
    assert f"build=out: not empty, and nothing in it was made by this program: out/{file} is not from composes/" in text


@pytest.mark.parametrize(
    "file", [".deb-compose-build", "x/.deb-compose", "store/sha256/ab/abcd", "keys/pubring.kbx", "x/lock"]
)
def test_a_folder_that_was_built_in_is_taken_again(file: str, loads: Loads) -> None:
    Path("out", file).parent.mkdir(parents=True)
    Path("out", file).touch()
    assert loads(TEXT, build=Path("out")).build == Path("out")


def test_a_folder_with_records_of_an_earlier_program_is_taken_again(loads: Loads) -> None:
    Path("out/x").mkdir(parents=True)
    Path("out/notes").touch()
    with closing(sqlite3.connect("out/x/state.sqlite")) as connection:
        connection.executescript(SCHEMA)
    assert loads(TEXT, build=Path("out")).build == Path("out")


def test_a_database_of_another_program_makes_no_build_folder(faults: Faults) -> None:
    Path("out/x").mkdir(parents=True)
    with closing(sqlite3.connect("out/x/state.sqlite")) as connection:
        connection.executescript("CREATE TABLE photos (name TEXT)")
    assert "nothing in it was made by this program" in faults(TEXT, build=Path("out"))


def test_a_folder_that_is_not_there_or_empty_is_taken_and_not_made(loads: Loads) -> None:
    loads(TEXT, build=Path("a/b"))
    assert not Path("a").exists()
    Path("disk/lost+found").mkdir(parents=True)
    assert loads(TEXT, build=Path("disk")).build == Path("disk")
