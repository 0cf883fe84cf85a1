"""Faults of the machine at exact places: system calls that fail or kill, a full disk, limits."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from composelib.engine.lock import hold_lock
from composelib.files import list_mounts
from tests.kit.small_disk import fill, small_disk
from tests.kit.task_world import Ended, World

SYSCALLS = ("write", "pwrite64", "fsync", "fdatasync", "rename", "unlink", "ftruncate", "mkdir", "fork,vfork,clone")


def graph(world: World) -> None:
    world.write("in", "one")
    world.write("other", "two")
    world.task("a", ["in"], "compose/a")
    world.task("list", ["compose/a"], "work/list", "tree", trees=["work/list"], members=["compose/x", "compose/y"])
    world.task("b", ["compose/a", "other"], "compose/b")


def injected(world: World, what: str, *arguments: str) -> Ended:
    """Run doit under strace with a fault."""
    calls = what.partition(":")[0]
    strace = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={what}"]
    command = [*strace, *world.command("-n1", *arguments)]
    world.prepare()
    process = subprocess.run(
        command, cwd=world.folder, env=world.environment(), capture_output=True, text=True, timeout=120, check=False
    )
    return Ended(process.returncode, process.stdout, process.stderr, world.ran())


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    world = World(tmp_path_factory.mktemp("right"))
    graph(world)
    world.run()
    world.write("in", "three")
    world.run()
    return world.tree()


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize("fault", ["error=ENOSPC", "error=EIO", "signal=KILL"])
@pytest.mark.parametrize("calls", SYSCALLS)
def test_a_call_that_fails_or_kills_at_any_place_is_survived(
    tmp_path: Path, calls: str, fault: str, right: dict[str, bytes]
) -> None:
    for number in (1, 2, 3, 4, 6, 9, 14, 25):
        world = World(tmp_path / str(number))
        graph(world)
        assert world.run().status == 0
        world.write("in", "three")
        ended = injected(world, f"{calls}:{fault}:when={number}")
        assert "Traceback" not in ended.err, (number, ended.err)
        assert ended.status in (0, 1, 3, 130, 137, -9), (number, ended)
        if ended.status == 0 and fault != "signal=KILL":
            assert world.status() == "FINISHED", number
        again = world.run("-n1")
        assert (again.status, again.err) == (0, ""), (number, ended)
        assert world.tree() == right, number
        assert world.status() == "FINISHED"


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")


@pytest.mark.slow
@as_root
@pytest.mark.parametrize("spare", [0, 4, 20, 40, 60, 100, 200, 400])
def test_a_disk_that_fills_up_is_told_and_gone_on_with(tmp_path: Path, spare: int) -> None:
    world = World(tmp_path / "world")
    with small_disk(world.folder / "build", "size=80m"):
        for name in "abcd":
            world.task(name, ["in"], f"compose/{name}", word="x" * 60_000)
        world.write("in", "one")
        filler = fill(world.folder / "build")
        os.truncate(filler, filler.stat().st_size - spare * 1024)
        world.write("dodo.py", world.read("dodo.py") + "\nimport composelib.preflight as p; p.MIN_FREE = 0\n")
        ended = world.run("-n1")
        assert ended.status == (0 if spare == 400 else 3), ended
        assert "Traceback" not in ended.err
        if ended.status:
            assert "No space left on device" in ended.out + ended.err
        assert not list((world.folder / "build").rglob("*.new"))
        filler.unlink()
        again = world.run("-n1")
        assert (again.status, again.err) == (0, "")
        assert not set(again.ran) & set(ended.ran[:-1])
        assert {len(content) for content in world.tree().values()} == {60_003}


@pytest.mark.slow
@as_root
def test_a_disk_without_inodes_is_told(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    with small_disk(world.folder / "build", "size=80m,nr_inodes=22"):
        world.write("in", "one")
        for number in range(30):
            world.task(f"t{number}", ["in"], f"compose/{number}")
        ended = world.run("-n1")
        assert (ended.status, "Traceback" in ended.err) == (3, False)
        assert "No space left on device" in ended.out + ended.err


@as_root
def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    world.write("in", "one")
    world.task("a", ["in"], "compose/a")
    with small_disk(world.folder / "build", "size=80m"):
        subprocess.run(["mount", "-o", "remount,ro", world.folder / "build"], check=True)
        ended = world.run()
        assert (ended.status, len(ended.err.splitlines())) == (3, 1)
        assert "Read-only file system" in ended.err


@as_root
def test_a_mount_that_a_killed_run_left_is_unmounted(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    world.write("in", "one")
    script = "mkdir -p $TMPDIR/m; mount --bind $PWD $TMPDIR/m; echo > started; sleep 8000"
    world.task("a", ["in"], "compose/a", "shell", script=script)
    with world.started() as process:
        world.wait_for("started")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    world.task("a", ["in"], "compose/a")
    ended = world.run()
    assert (ended.status, ended.err) == (0, "")
    assert str(world.folder) not in Path("/proc/self/mountinfo").read_text()
    assert world.read("in") == "one"


@as_root
@pytest.mark.parametrize("is_link", [False, True])
def test_a_mount_of_the_users_own_stays_after_a_killed_run(tmp_path: Path, is_link: bool) -> None:
    work, disk = tmp_path / "work", tmp_path / "disk"
    disk.mkdir()
    work.symlink_to(disk) if is_link else work.mkdir()
    left, users = work / "left", [work.resolve()]
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", work.resolve()], check=True)
    try:
        left.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", left.resolve()], check=True)
        users = [left.resolve(), *users] if is_link else users
        (tmp_path / "lock").write_text("a run that was killed")
        with hold_lock(tmp_path / "lock", work / "tmp"):
            assert list_mounts(tmp_path) == users
    finally:
        for mount in list_mounts(tmp_path):
            subprocess.run(["umount", mount], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["--nofile=256", f"--as={400 << 20}"], ids=["files", "memory"])
def test_three_thousand_tasks_end_within_limits(tmp_path: Path, limit: str) -> None:
    world = World(tmp_path)
    world.write("in", "one")
    for number in range(3000):
        world.task(f"t{number}", ["in"], f"compose/{number}")
    ended = world.run("-n8", timeout=580, starter=("prlimit", limit))
    assert ended.status == 0
    assert len(world.tree()) == 3000


@pytest.mark.parametrize("size", [1000, 100_000])
def test_a_limit_on_file_sizes_is_told(world: World, size: int) -> None:
    world.task("a", ["in"], "compose/a", word="x" * 200_000)
    ended = world.run(starter=("prlimit", f"--fsize={size}"))
    assert ended.status in (1, 3)
    assert "Traceback" not in ended.err
    assert not world.tree()
    again = world.run()
    assert (again.status, again.ran) == (0, ["a"])


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("--nosuch", "error: doit run: --nosuch: there is no such option; "),
        ("-nx", "error: doit run: --process: 'x' is no whole number; "),
    ],
)
def test_a_wrong_option_is_told_in_a_line(option: str, told: str, world: World) -> None:
    ended = world.run(option)
    assert ended.status == 2
    assert ended.err.startswith(told)
    assert ended.err.count("\n") == 1
