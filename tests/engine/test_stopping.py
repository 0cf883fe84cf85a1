"""How a run ends before its time, and what the next one finds.

Also covers: composelib.engine.lock, composelib.engine.processes.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.kit.task_world import World, until

HANGS = "sleep 8000 & echo started > started; sleep 8000; echo > $1"


@pytest.fixture
def hanging(world: World) -> World:
    world.task("a", ["in"], "compose/a")
    world.task("b", ["compose/a"], "compose/b", "shell", script=HANGS)
    return world


def mended(world: World) -> World:
    world.task("b", ["compose/a"], "compose/b")
    return world


@pytest.mark.parametrize("whole_group", [False, True], ids=["doit", "group"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_all_and_loses_nothing(hanging: World, number: signal.Signals, whole_group: bool) -> None:
    with hanging.started() as process:
        hanging.wait_for("started")
        asked = time.monotonic()
        (os.killpg if whole_group else os.kill)(process.pid, number)
        out, err = process.communicate(timeout=12)
        assert time.monotonic() - asked < 10
    assert process.returncode == 128 + number
    assert err == ""
    assert out.splitlines()[-1].startswith("demo: TERMINATED: 1 done")
    assert hanging.status() == "TERMINATED"
    assert hanging.report()["copy:b"]["state"] == "running"
    until(lambda: not hanging.alive(), 2)
    assert mended(hanging).run().ran == ["b"]
    assert hanging.status() == "FINISHED"


def test_a_tool_that_ignores_the_signal_is_killed(hanging: World) -> None:
    hanging.task("b", ["compose/a"], "compose/b", "shell", script=f"trap '' TERM INT HUP; {HANGS}")
    with hanging.started() as process:
        hanging.wait_for("started")
        process.terminate()
        assert process.wait(10) == 143
    until(lambda: not hanging.alive(), 2)


def test_further_signals_do_not_disturb_the_end(hanging: World) -> None:
    with hanging.started() as process:
        hanging.wait_for("started")
        for _ in range(20):
            process.send_signal(signal.SIGINT)
            time.sleep(0.01)
        _, err = process.communicate(timeout=12)
    assert (process.returncode, err) == (130, "")


def test_a_run_under_nohup_goes_on_when_the_terminal_is_gone(world: World) -> None:
    world.task("a", ["in"], "compose/a", "slowly")
    world.write("wait", "")
    with world.started(hearing=("nohup",)) as process:
        world.wait_for("half")
        os.killpg(process.pid, signal.SIGHUP)
        world.path("wait").unlink()
        assert process.wait(10) == 0


@pytest.mark.parametrize("delay", [0.05, 0.1, 0.15, 0.2])
def test_a_signal_at_the_start_shows_no_traceback_of_ours(world: World, delay: float) -> None:
    world.task("a", ["in"], "compose/a", seconds=5)
    with world.started() as process:
        time.sleep(delay)
        process.terminate()
        _, err = process.communicate(timeout=12)
    assert process.returncode in (143, -15)
    assert "composelib" not in err


def test_a_reader_that_leaves_ends_the_run(world: World) -> None:
    for name in "abcdefgh":
        world.task(name, ["in"], f"compose/{name}", seconds=0.2)
    with world.started("-n1") as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(10) == 130
        assert process.stderr
        assert process.stderr.read() == ""
    assert world.status() == "TERMINATED"
    until(lambda: not world.alive(), 2)
    assert "a" not in world.run().ran


def test_a_reader_that_left_before_the_closing_line_changes_nothing(chain: World) -> None:
    with chain.started() as process:
        assert process.stdout
        process.stdout.close()
        assert process.wait(10) == 0
        assert process.stderr
        assert process.stderr.read() == ""
    assert chain.status() == "FINISHED"


def test_no_standard_output_at_all_is_fine(world: World) -> None:
    world.task("a", ["in"], "compose/a")
    world.prepare()
    script = " ".join(["exec", *world.command(), ">&-"])
    ended = subprocess.run(["sh", "-c", script], cwd=world.folder, env=world.environment(), timeout=20, check=False)
    assert ended.returncode == 0
    assert world.read("compose/a") == "one"


def test_a_second_run_is_refused_at_once_with_who_is_at_work(hanging: World) -> None:
    with hanging.started() as process:
        hanging.wait_for("started")
        for arguments in ([], ["clean"], ["forget"], ["ignore", "copy:a"], ["reset-dep"]):
            ended = hanging.run(*arguments, timeout=8)
            assert ended.status == 3, arguments
            assert ended.err == f"error: build/demo: process {process.pid} is at work here; wait for it, or end it\n"
        assert hanging.path("compose/a").exists()
        for arguments in (["plan"], ["list", "-s", "--all"], ["info", "copy:a"]):
            assert hanging.run(*arguments).err == ""


def write_lock(world: World, content: str) -> None:
    lock = world.path("compose/a").parents[1] / "lock"
    lock.parent.mkdir(parents=True)
    lock.write_text(content)


def test_a_lock_of_a_dead_process_with_a_reused_id_is_taken(world: World) -> None:
    world.task("a", ["in"], "compose/a")
    write_lock(world, json.dumps({"pid": os.getpid(), "begun": "1"}))
    assert world.run().status == 0


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', "\0" * 100])
def test_an_odd_lock_file_is_no_obstacle(world: World, content: str) -> None:
    world.task("a", ["in"], "compose/a")
    write_lock(world, content)
    assert world.run().status == 0


@pytest.mark.parametrize("whole_group", [False, True], ids=["doit", "group"])
def test_what_a_killed_run_leaves_is_ended_before_the_next_writes(hanging: World, whole_group: bool) -> None:
    with hanging.started() as process:
        hanging.wait_for("started")
        (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
        process.wait(5)
    assert hanging.status() == "STARTED"
    here = "for each in /proc/[0-9]*/cwd; do [ $(readlink $each) = $PWD ] && tr '\\0' ' ' < ${each%cwd}cmdline; done"
    script = f"({here}) 2>&- | grep -ao 'sleep 8[0]00' > $1; echo >> $1"
    hanging.task("b", ["compose/a"], "compose/b", "shell", script=script)
    assert hanging.run().ran == ["b"]
    assert hanging.read("compose/b") == "\n"
    assert hanging.alive() == {}


def test_programs_without_any_tie_to_a_killed_run_are_found_by_a_variable(hanging: World) -> None:
    hanging.task("b", ["compose/a"], "compose/b", "shell", script=f"setsid sh -c 'sleep 8000' & {HANGS}")
    with hanging.started() as process:
        hanging.wait_for("started")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)
    until(lambda: any("sleep 8000" in line for line in hanging.alive().values()))
    assert mended(hanging).run().status == 0
    assert hanging.alive() == {}


def test_a_shell_that_somebody_started_in_a_killed_runs_folder_lives_on(hanging: World) -> None:
    with hanging.started() as process:
        hanging.wait_for("started")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)
    folder = hanging.folder / "build/demo/work/tmp/copy--b"
    with subprocess.Popen(["/bin/sleep", "60"], cwd=folder, env={"PWD": f"{folder}/", "HOME": f"{folder}/"}) as shell:
        assert mended(hanging).run().status == 0
        assert shell.poll() is None
        shell.kill()


def test_a_killed_runs_sweep_is_made_up_for(world: World) -> None:
    world.task("a", ["in"], "work/list", "tree", trees=["work/list"], members=["compose/x", "compose/y"])
    world.run()
    world.task("a", ["in"], "work/list", "tree", trees=["work/list"], members=["compose/x"], uses={"n": 1})
    world.run("copy:a")  # a part of the compose sweeps nothing, as a killed run does not
    assert sorted(world.tree()) == ["x", "y"]
    assert world.run().ran == []
    assert sorted(world.tree()) == ["x"]
    assert world.status() == "FINISHED"


def graph(world: World) -> None:
    """Make a graph of some width and depth."""
    for number in range(12):
        world.write(f"in{number}", f"{number} ")
        world.task(f"a{number}", [f"in{number}"], f"work/a{number}")
        world.task(f"b{number}", [f"work/a{number}", f"work/a{(number + 1) % 12}"], f"compose/b{number}")
    world.task("sum", [f"compose/b{number}" for number in range(12)], "compose/sum")


def kill_loop(tmp_path: Path, slots: str, rounds: int, *, whole_group: bool) -> None:
    clean = World(tmp_path / "clean")
    graph(clean)
    started = time.monotonic()
    clean.run("-n", slots)
    length = 1.1 * (time.monotonic() - started)
    world = World(tmp_path / "killed")
    graph(world)
    dice = random.Random(slots)  # noqa: S311 - the same every time
    for turn in range(rounds):
        (world.folder / "in1").write_text(f"{turn} ")
        (clean.folder / "in1").write_text(f"{turn} ")
        if turn % 5 == 0 and world.path("compose/../state.sqlite").exists():
            for name in ("work/a0", "compose/sum"):
                world.path(name).unlink(missing_ok=True)
        with world.started("-n", slots) as process:
            time.sleep(dice.uniform(0.1, length))
            (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
            process.wait(10)
        begun = set(world.ran())
        ended = world.run("-n", slots)
        assert (ended.status, ended.err) == (0, "")
        assert len(begun & set(ended.ran)) <= int(slots)
        clean.run()
        assert world.tree() == clean.tree()
        assert not [name for name in world.tree() if ".new" in name]
        assert world.status() == "FINISHED"
    until(lambda: not world.alive(), 10)


@pytest.mark.parametrize("whole_group", [False, True], ids=["doit", "group"])
@pytest.mark.parametrize("slots", ["1", "8"])
def test_runs_killed_at_random_moments_end_right(tmp_path: Path, slots: str, whole_group: bool) -> None:
    kill_loop(tmp_path, slots, 3, whole_group=whole_group)


@pytest.mark.slow
@pytest.mark.parametrize("whole_group", [False, True], ids=["doit", "group"])
@pytest.mark.parametrize("slots", ["1", "8"])
def test_runs_killed_at_a_hundred_random_moments_end_right(tmp_path: Path, slots: str, whole_group: bool) -> None:
    kill_loop(tmp_path, slots, 100, whole_group=whole_group)
