"""Folders that are kept, and what is told where no sandbox can be set up."""

from __future__ import annotations

from pathlib import Path

import pytest

from composelib.building.confinement import keep_folder, run_inside
from composelib.errors import MachineError


def test_a_folder_is_made_again_only_for_another_key(tmp_path: Path) -> None:
    made: list[str] = []

    def make(folder: Path) -> None:
        made.append(folder.name)
        (folder / "file").write_text(str(len(made)))

    for key in ("one", "one", "two"):
        folder = keep_folder(tmp_path / "layer", key, make)
    assert (folder / "file").read_text() == "2"


def test_a_folder_that_was_not_finished_is_made_again(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        keep_folder(tmp_path / "layer", "one", fail)
    folder = keep_folder(tmp_path / "layer", "one", lambda folder: (folder / "whole").touch())
    assert [path.name for path in folder.iterdir()] == ["whole"]


def test_where_no_sandbox_can_be_set_up_the_cure_is_told(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"no sandbox .* needs the package uidmap, and a line in /etc/subuid"):
        run_inside(tmp_path, ["/no/such/program"])


def test_so_it_is_where_the_kernel_refuses_what_a_sandbox_needs(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"no sandbox .* can be set up here"):
        run_inside(tmp_path / "absent", ["/bin/true"])
