"""How tasks run: what they have around them, what fails them, what the user sees of it.

Also covers: composelib.engine.child_process, composelib.engine.doit_commands, composelib.engine.doit_errors,
composelib.engine.doit_runner, composelib.engine.doit_selection, composelib.engine.exit_status,
composelib.engine.report, composelib.engine.run.
"""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import time

import pytest

from tests.kit.task_world import World, until


def test_a_task_is_alone_in_a_session_with_clean_surroundings(world: World) -> None:
    world.task("a", ["in"], "compose/a", "surroundings")
    assert world.run().status == 0
    assert eval(world.read("compose/a")) == {"session": True, "TZ": "UTC", "LC_ALL": "C.UTF-8"}  # noqa: S307 - our own
    assert not list(world.path("work/tmp").iterdir())


@pytest.mark.parametrize("mask", [0o000, 0o027, 0o077])
def test_the_users_umask_changes_no_output(world: World, mask: int) -> None:
    world.task("a", ["in"], "compose/sub/a")
    world.run(starter=("sh", "-c", f'umask {mask:03o}; exec "$@"', "sh"))
    assert world.path("compose/sub/a").stat().st_mode & 0o777 == 0o444
    assert world.path("compose/sub").stat().st_mode & 0o777 == 0o755
    assert world.path("compose/STATUS").stat().st_mode & 0o777 == 0o644


def test_independent_tasks_run_at_once(world: World) -> None:
    meet = "touch here-$$; until [ $(ls here-* | wc -l) = 4 ]; do sleep 0.05; done; echo > $1"
    for name in "abcd":
        world.task(name, ["in"], f"compose/{name}", "shell", script=meet, timeout=40)
    assert world.run("-n4").status == 0


def test_a_pool_is_shared_by_as_many_as_it_has_room_for(world: World) -> None:
    script = "mkdir lock || exit 7; sleep 0.1; rmdir lock; echo > $1"
    for name in "abcd":
        world.task(name, ["in"], f"compose/{name}", "shell", pool="sign", script=script)
    world.task("free", ["in"], "compose/free")
    assert world.run("-n8").status == 0


def test_the_longest_way_to_the_end_goes_first(world: World) -> None:
    for name in ("quick1", "quick2", "quick3"):
        world.task(name, ["in"], f"compose/{name}")
    world.task("long1", ["in"], "work/long1", seconds=0.2)
    world.task("long2", ["work/long1"], "compose/long2", seconds=0.2)
    world.run("-n1")
    world.write("in", "two")
    assert world.run("-n1").ran[:2] == ["long1", "long2"]


@pytest.fixture
def listing(world: World) -> World:
    """Return a world in which the task `user` needs what the task `finder` lists: the output of `late`."""
    world.write("needs", "build/demo/work/late\n")
    world.task("finder", ["needs"], "work/needs")
    world.task("user", ["work/needs"], "compose/user", listed="work/needs", listed_by="copy:finder")
    world.task("late", ["in"], "work/late", seconds=0.3)
    world.task("other", ["in"], "compose/other")
    return world


def test_a_task_waits_for_what_another_one_lists_for_it(listing: World) -> None:
    assert listing.run("-n4", "copy:user").ran == ["finder", "late", "user"]
    assert listing.run("-n4").ran == ["other"]


def test_a_listed_input_that_changes_with_the_list_is_waited_for(listing: World) -> None:
    listing.task("finder", ["needs"], "work/needs", uses={"run": 1})
    listing.task("first", ["in"], "work/first", seconds=0.1)
    listing.task("late", ["work/first"], "work/late", seconds=0.3)
    listing.run("-n2")
    listing.write("in", "two")
    listing.task("finder", ["needs"], "work/needs", uses={"run": 2})
    assert listing.run("-n2", "copy:user").ran[-2:] == ["late", "user"]


def test_a_listed_input_is_a_reason_to_run_and_planned(listing: World) -> None:
    listing.run()
    listing.write("in", "two")
    assert "if copy:late comes out different" in listing.run("plan").out
    assert listing.run("copy:user").ran == ["late", "user"]
    listing.write("needs", "")
    listing.write("in", "three")
    assert listing.run("copy:user").ran == ["finder", "user"]


def test_what_needs_a_listed_input_that_fails_is_skipped(listing: World) -> None:
    listing.task("late", ["in"], "work/late", "crash")
    ended = listing.run()
    assert ended.status
    assert "user" not in ended.ran
    assert "other" in ended.ran


def test_what_takes_next_to_nothing_goes_before_all_else(world: World) -> None:
    world.task("check", ["in"], "work/check", quick=True)
    world.task("long1", ["in"], "work/long1", seconds=0.2)
    world.task("long2", ["work/long1"], "compose/long2", seconds=0.2)
    world.run("-n1")
    world.write("in", "two")
    assert world.run("-n1").ran == ["check", "long1", "long2"]


def test_a_failure_block_has_all_a_user_needs(world: World) -> None:
    script = "seq 1 1000; echo out; echo err >&2; exit 125"
    world.task("a", ["in"], "compose/a", "shell", script=script)
    ended = world.run("compose=demo")
    assert ended.status == 1
    assert ended.err == ""
    lines = ended.out.splitlines()
    assert lines[1] == "copy:a: FAILED"
    assert re.fullmatch(r"  error: sh -c '.*' sh build/demo/compose/a: exit status 125", lines[2])
    assert re.fullmatch(r"  command: sh -c '.*' sh build/demo/compose/a", lines[3])
    assert lines[4:25] == [
        "  last lines of the log:",
        *(f"    {number}" for number in range(983, 1001)),
        "    out",
        "    err",
    ]
    assert "  log: build/demo/logs/copy/a.log" in lines
    assert "  again: doit compose=demo copy:a" in lines
    assert lines[-1].startswith("demo: DOOMED: 1 failed in ")
    assert world.path("logs/copy").joinpath("a.log").read_text().startswith("$ sh -c ")
    assert world.status() == "DOOMED"
    entry = world.report()["copy:a"]
    assert (entry["state"], entry["error"].endswith("exit status 125")) == ("failed", True)


def test_the_first_warnings_of_a_task_are_shown(world: World) -> None:
    script = r"""for word in a b 'c\033[2J' d e; do printf "warning: $word\n"; done; echo >$1"""
    world.task("a", ["in"], "compose/a", "shell", script=script)
    assert world.run("compose=demo").err.splitlines() == [
        *(f"warning: copy:a: {word}" for word in ("a", "b", r"c\x1b[2J")),
        "warning: copy:a: 2 more warnings in build/demo/logs/copy/a.log",
    ]
    assert not world.run("compose=demo").err


def test_a_tool_ended_by_a_signal_is_told_so(world: World) -> None:
    world.task("a", ["in"], "compose/a", "shell", script="kill -SEGV $$")
    assert "killed by SIGSEGV" in world.run().out


def test_on_request_nothing_new_starts_after_a_failure(world: World) -> None:
    world.write("fail", "")
    world.task("a", ["in"], "compose/a", "fail")
    world.task("b", ["in"], "compose/b")
    ended = world.run("-n1", "--stop")
    assert (ended.status, ended.ran) == (1, ["a"])


def test_after_a_failure_what_does_not_need_it_goes_on(world: World) -> None:
    world.write("fail", "")
    world.task("a", ["in"], "compose/a", "fail")
    world.task("b", ["compose/a"], "compose/b")
    world.task("c", ["in"], "compose/c")
    ended = world.run()
    assert (ended.status, sorted(ended.ran)) == (1, ["a", "c"])
    assert world.report()["copy:b"]["state"] == "skipped"
    assert world.report()["copy:b"]["error"] == "needs copy:a"


def test_a_failed_task_runs_again_though_nothing_changed(world: World) -> None:
    world.write("fail", "")
    world.task("a", ["in"], "compose/a", "fail")
    world.run()
    world.path("fail").unlink()
    assert world.run().ran == ["a"]
    assert world.status() == "FINISHED"


def test_a_bug_is_one_line_with_the_traceback_in_the_log(world: World) -> None:
    world.task("a", ["in"], "compose/a", "crash")
    ended = world.run()
    assert ended.status == 70
    assert "error: internal error: RuntimeError: a bug; this is a bug" in ended.out
    assert "Traceback" in world.path("logs/copy").joinpath("a.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGBUS])
def test_a_killed_worker_fails_its_task_only(world: World, number: signal.Signals) -> None:
    world.write("fail", "")
    world.task("a", ["in"], "compose/a", "die", number=number)
    world.task("b", ["in"], "compose/b", seconds=0.2)
    ended = world.run("-n2")
    assert ended.status == 1
    assert f"its process was killed by {number.name}" in ended.out
    assert world.read("compose/b") == "one"
    world.path("fail").unlink()
    assert world.run().ran == ["a"]


def test_a_tool_that_hangs_is_ended_with_its_children(world: World) -> None:
    script = "trap '' TERM; sleep 1000 & sleep 1000"
    world.task("a", ["in"], "compose/a", "shell", script=script, timeout=0.3)
    ended = world.run()
    assert (ended.status, "took more than 0.3 seconds" in ended.out) == (1, True)
    until(lambda: not world.alive(), 10)


def test_a_forgotten_background_child_holds_nobody_and_ends_with_its_task(world: World) -> None:
    world.task("a", ["in"], "work/a", "shell", script="(sleep 7001 &) & (setsid sleep 7002 &) & echo > $1")
    here = "for each in /proc/[0-9]*/cwd; do [ $(readlink $each) = $PWD ] && tr '\\0' ' ' < ${each%cwd}cmdline; done"
    script = f"({here}) 2>&- | grep -ao 'sleep 7[0]0[1]' > $1; echo >> $1"
    world.task("b", ["work/a"], "compose/b", "shell", script=script)
    started = time.monotonic()
    assert world.run().status == 0
    assert time.monotonic() - started < 5
    assert world.read("compose/b") == "\n"
    assert world.alive() == {}


def test_a_task_that_makes_nothing_fails(world: World) -> None:
    world.task("a", ["in"], ["compose/a", "compose/b"], "nothing")
    ended = world.run()
    assert ended.status == 1
    assert "it succeeded but did not make build/demo/compose/a, build/demo/compose/b" in ended.out


@pytest.mark.parametrize("program", ["true", "touch"])
def test_a_tool_that_makes_nothing_fails_its_task_naming_command_and_file(world: World, program: str) -> None:
    world.task("a", ["in"], "compose/a", "tool", program=program)
    ended = world.run()
    assert ended.status == 1
    assert "error: build/demo/compose/a: nothing was written" in ended.out
    assert f"  command: {program} build/demo/compose/.a.new" in ended.out
    assert not world.tree()


def test_a_full_disk_is_the_machines_fault(world: World) -> None:
    world.task("a", ["in"], "compose/a", "copy", word="x" * 100_000)
    ended = world.run(starter=("prlimit", "--fsize=50000"))
    assert ended.status in (1, 3)
    assert not world.tree()
    assert world.run().status == 0


def test_a_failable_task_dooms_nothing_and_takes_what_needs_it_along(world: World) -> None:
    world.write("fail", "")
    world.task("a", ["in"], "compose/a", "fail", failable=True)
    world.task("b", ["compose/a"], "compose/b")
    world.task("c", ["compose/b"], "compose/c")
    world.task("sums", ["in"], "compose/sums", optional=["compose/a", "compose/c"])
    ended = world.run()
    assert (ended.status, ended.ran) == (0, ["a", "sums"])
    assert "copy:a: failed (failable)" in ended.out
    assert ended.out.splitlines()[-1].startswith("demo: FINISHED_INCOMPLETE: 1 done, 1 failed-failable, 2 skipped in")
    assert world.status() == "FINISHED_INCOMPLETE"
    assert world.tree() == {"sums": b"one"}
    assert world.run().ran == ["a"]
    world.path("fail").unlink()
    assert world.run().ran == ["a", "b", "c", "sums"]
    assert world.status() == "FINISHED"


def test_a_failable_task_that_fails_after_it_was_made_takes_its_outputs_back(world: World) -> None:
    world.task("a", ["in"], "compose/a", "fail", failable=True)
    world.task("sums", ["in"], "compose/sums", optional=["compose/a"])
    world.run()
    assert world.read("compose/sums") == "oneone"
    world.write("fail", "")
    world.write("in", "two")
    assert world.run().status == 0
    assert world.tree() == {"sums": b"two"}


def test_a_failable_task_that_lacks_an_input_dooms_nothing(world: World) -> None:
    world.task("a", ["nowhere"], "compose/a", failable=True)
    assert world.run().status == 0
    assert world.status() == "FINISHED_INCOMPLETE"


def test_a_probe_that_gets_no_answer_fails_its_task_only(world: World) -> None:
    world.write(
        "dodo.py",
        world.read("dodo.py").replace(
            "return Path(name).read_text()",
            "from composelib.errors import TrustError\n    raise TrustError('no answer', 'plug it in')",
        ),
    )
    world.task("a", ["in"], "compose/a", probe="archive")
    world.task("b", ["in"], "compose/b")
    ended = world.run()
    assert (ended.status, ended.ran) == (4, ["b"])
    assert "copy:a: FAILED\n  error: no answer; plug it in" in ended.out
    assert world.read("asked").split() == ["archive"]


def test_lines_in_a_pipe_tell_how_far_it_is(world: World) -> None:
    world.task("a", ["in"], "work/a", seconds=1.2)
    world.task("b", ["work/a"], "compose/b")
    began, ended = world.run("-n1").out.splitlines()[:2]
    assert began == "[0/2] copy:a"
    assert re.fullmatch(r"\[1/2\] copy:a: done in \d+\.\d s", ended)
    world.write("in", "two")
    assert world.run("-n1").out.splitlines()[0] == "[0/2 1s left] copy:a"


def test_other_processes_see_how_far_it_is_while_it_runs(world: World) -> None:
    world.task("a", ["in"], "work/a", "slowly")
    world.write("wait", "")
    progress = world.folder / "build/demo/progress.json"
    with world.started() as process:
        world.wait_for("half")
        until(progress.exists)
        state = json.loads(progress.read_text())
        world.path("wait").unlink()
        assert process.wait(10) == 0
    assert [task["name"] for task in state["running"]] == ["copy:a"]
    assert (state["ended"], state["total"], state["tasks"]) == (0, 1, {"running": 1})
    assert not progress.exists()


def test_a_terminal_shows_what_runs_and_rewrites_it(world: World) -> None:
    world.task("a", ["in"], "compose/a", "show_progress")
    ours, theirs = pty.openpty()
    with world.started(stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        said = b""
        while select.select([ours], [], [], 20)[0]:
            try:
                said += os.read(ours, 4096)
            except OSError:
                break
        assert process.wait(10) == 0
    os.close(ours)
    text = said.decode()
    assert "[0/1]\r\n  copy:a 0s" in text
    assert "\r\x1b[K\x1b[A\r\x1b[K[0/1]\r\n  copy:a 0s, half way" in text
    assert re.search(r"\r\x1b\[Kdemo: FINISHED: 1 done in ", text)


def test_a_part_of_the_compose_is_not_the_compose(chain: World) -> None:
    assert chain.status() == "FINISHED"
    chain.write("in", "two")
    assert chain.run("copy:a").ran == ["a"]
    assert chain.status() == "STARTED"
    assert chain.run("copy:a").out.startswith("demo: 1 fresh in ")
    chain.run()
    assert chain.status() == "FINISHED"


def test_a_name_that_means_nothing_is_refused_with_the_nearest(chain: World) -> None:
    before = chain.snapshot()
    ended = chain.run("copy:aa", "copyy:*", "build/demo/compose/x")
    assert ended.status == 2
    assert ended.err.splitlines() == [
        "error: copy:aa: no task or target of that name; did you mean 'copy:a'?",
        "error: copyy:*: no task or target matches; did you mean 'copy'?",
        "error: build/demo/compose/x: no task or target of that name; did you mean 'build/demo/compose/d'?",
    ]
    assert chain.snapshot() == before


def test_a_mistyped_command_is_guessed(chain: World) -> None:
    assert "did you mean 'plan'?" in chain.run("plann").err


@pytest.mark.parametrize(
    "names", [["copy:*"], ["copy:a"], ["copy"], ["build/demo/compose/a"], ["./build/demo/../demo/compose/a"]]
)
def test_tasks_stages_wildcards_and_targets_can_be_named(world: World, names: list[str]) -> None:
    world.task("a", ["in"], "compose/a")
    ended = world.run(*names)
    assert (ended.status, ended.ran) == (0, ["a"])


def test_an_absolute_path_names_a_target(world: World) -> None:
    world.task("a", ["in"], "compose/a")
    assert world.run(str(world.path("compose/a"))).ran == ["a"]


def test_a_single_task_can_be_run_without_what_it_needs(chain: World) -> None:
    chain.write("in", "two")
    assert chain.run("-s", "copy:b").ran == []
    assert chain.run("-s", "copy:a").ran == ["a"]


def test_all_can_be_run_though_fresh(chain: World) -> None:
    assert sorted(chain.run("-a").ran) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("arguments", [["-n", "-1"], ["-n", "x"], ["--nonsense"]])
def test_a_wrong_call_is_refused(world: World, arguments: list[str]) -> None:
    ended = world.run(*arguments)
    assert ended.status == 2
    assert ended.err.startswith("error: ")
    assert not world.path("lock").exists()


def test_help_tells_the_options(world: World) -> None:
    said = world.run("help", "run").out
    for option in ("--always-execute", "--stop", "--quiet", "--verbose", "--json", "--process", "--single", "130"):
        assert option in said


def test_run_json_tells_of_every_task(chain: World) -> None:
    chain.write("other", "three")
    chain.run()
    report = chain.report()
    assert (report[""]["version"], report[""]["status"], report[""]["exit"]) == (1, "FINISHED", 0)
    assert [report[f"copy:{name}"]["state"] for name in "abcd"] == ["fresh", "fresh", "fresh", "done"]
    assert report["copy:d"]["why"] == ["other changed"]
    assert report["copy:d"]["seconds"] > 0
    assert report["copy:d"]["log"] == "build/demo/logs/copy/d.log"


def test_missing_programs_are_told_before_anything_starts(world: World) -> None:
    world.task("a", ["in"], "compose/a")
    world.task("b", ["in"], "compose/b", tools=["mkmoon"])
    world.task("c", ["in"], "compose/c", tools=["mksun"])
    ended = world.run()
    assert (ended.status, ended.ran) == (3, [])
    assert "mkmoon" in ended.err
    assert "mksun" in ended.err
    assert {path.name for path in (world.folder / "build" / "demo").rglob("*")} == {".deb-compose", "lock"}


def test_a_program_that_is_missing_for_a_fresh_task_only_matters_when_it_would_run(world: World) -> None:
    world.task("a", ["in"], "compose/a")
    world.task("b", ["other"], "compose/b", tools=["mkmoon"])
    assert world.run("copy:a").ran == ["a"]


def test_few_open_files_fail_a_task_or_slow_it_but_end(world: World) -> None:
    for number in range(40):
        world.task(f"t{number}", ["in"], f"compose/{number}")
    ended = world.run("-n8", starter=("prlimit", "--nofile=32"))
    assert ended.status in (0, 3)
    assert world.run("-n8").status == 0
    assert len(world.tree()) == 40
