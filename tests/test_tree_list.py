from __future__ import annotations

from pathlib import Path

import pytest

from composelib.errors import ComposeError, ConfigError
from composelib.tree_list import write_tree_list


def test_members_are_listed_sorted_and_once(tmp_path: Path) -> None:
    write_tree_list(
        tmp_path, tmp_path / "list", [tmp_path / "compose/b", tmp_path / "compose/a", tmp_path / "compose/b"]
    )
    assert (tmp_path / "list").read_text() == "compose/a\ncompose/b\n"


def test_a_name_with_a_line_break_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match="a file's name has a line break"):
        write_tree_list(tmp_path, tmp_path / "list", [tmp_path / "compose/a\nb"])


def test_a_link_on_the_way_is_refused_before_the_list_is_written(tmp_path: Path) -> None:
    (tmp_path / "compose").mkdir()
    (tmp_path / "compose/link").symlink_to("elsewhere")
    with pytest.raises(ConfigError, match="compose/link: no task made it"):
        write_tree_list(tmp_path, tmp_path / "list", [tmp_path / "compose/link/a/b"])
    assert not (tmp_path / "list").exists()


def test_a_folder_with_things_in_it_is_refused_and_an_empty_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "compose/a").mkdir(parents=True)
    write_tree_list(tmp_path, tmp_path / "list", [tmp_path / "compose/a"])
    (tmp_path / "compose/a/letter").touch()
    with pytest.raises(ConfigError, match="compose/a: a folder with things in it, where a task writes a file"):
        write_tree_list(tmp_path, tmp_path / "list", [tmp_path / "compose/a"])
