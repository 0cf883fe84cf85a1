"""Folders that are kept, and what is told where no sandbox can be set up."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from composelib.building import sandbox
from composelib.building.confinement import keep_folder, lend_folder, run_inside
from composelib.errors import MachineError
from composelib.tools.run import ToolError
from tests.kit.plain_user import has_plain_user, open_plain_user
from tests.kit.task_world import until


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


WRITE = """x=$(head -c 3000000 /dev/zero | tr '\\0' a)
for i in $(seq 60); do (while :; do echo $i > /written$i; done) & done; wait"""


def is_writing(words: Path) -> bool:
    """Return whether the process with this command line runs WRITE."""
    try:
        return WRITE.encode() in words.read_bytes()
    except OSError:
        return False  # it has ended


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_when_too_much_is_taken_nothing_runs_any_more(tmp_path: Path) -> None:
    for name in ("lower/usr", "lower/proc", "lower/dev"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("bin", "lib", "lib64"):
        (tmp_path / "lower" / name).symlink_to(f"usr/{name}")
    command, mounts = ["/bin/sh", "-c", WRITE], {"/usr": Path("/usr")}
    with lend_folder(tmp_path / "work") as folder:
        with pytest.raises(ToolError, match=f"exit status {sandbox.OVER_LIMIT}"):
            run_inside(folder, command, 60, lower=(tmp_path / "lower",), programs=mounts, disk=100_000)
        assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if is_writing(path)]


def test_a_root_that_is_not_there_yet_takes_no_disk(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_DIRECTORY)
    assert sandbox.measure_disk(folder) == 0
    os.close(folder)


LEND = """
from pathlib import Path
from composelib.building.confinement import lend_folder, run_inside
scratch = Path("work/build/ours/hello/.amd64.work")
with lend_folder(scratch / "build") as folder:
    run_inside(folder, ["/bin/sh", "-c", "mkdir -m 700 in; touch in/file; chown -R 1000:1000 in; touch ready; {then}"])
"""
RUN_AGAIN = """
from pathlib import Path
from composelib.engine.lock import hold_lock
with hold_lock(Path("lock"), Path("work/tmp")):
    pass
"""


@pytest.mark.skipif(not has_plain_user(), reason="needs root, and the package uidmap")
def test_the_next_run_of_a_user_removes_what_a_killed_build_left_of_users_inside() -> None:
    with open_plain_user() as user:
        folder = user.folder / "work/build/ours/hello/.amd64.work"
        (user.folder / "lock").write_text("{}")
        (user.folder / "lock").chmod(0o666)
        build = subprocess.Popen(user.command(LEND.format(then="sleep 1000")))
        until((folder / "build/ready").exists)
        build.kill()
        build.wait()
        assert (folder / "build/in").stat().st_uid not in {0, (folder / "build").stat().st_uid}
        user.run(RUN_AGAIN)
        assert list(folder.iterdir()) == []


@pytest.mark.skipif(not has_plain_user(), reason="needs root, and the package uidmap")
def test_what_users_inside_leave_of_a_build_of_a_user_is_removed_however_it_ends() -> None:
    with open_plain_user() as user:
        user.run(LEND.format(then="true"))
        with pytest.raises(AssertionError, match="exit status 3"):
            user.run(LEND.format(then="exit 3"))
        assert list((user.folder / "work/build/ours/hello/.amd64.work").glob("*.lent")) == []
        assert not (user.folder / "work/build/ours/hello/.amd64.work/build").exists()
