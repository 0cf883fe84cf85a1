"""What makes a task run again, and what does not."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from composelib.engine.freshness import compare_values
from composelib.task import Json
from tests.kit.task_world import World


def test_nothing_changed_runs_nothing_and_writes_nothing_but_the_lock(chain: World) -> None:
    chain.run()
    before = chain.snapshot()
    ended = chain.run()
    assert (ended.status, ended.ran) == (0, [])
    assert ended.out.startswith("demo: FINISHED: 4 fresh in ")
    assert len(ended.out.splitlines()) == 1
    after = chain.snapshot()
    assert {Path(path).name for path in before if before[path] != after[path]} <= {"lock"}
    assert before.keys() == after.keys()


def test_a_touched_input_runs_nothing(chain: World) -> None:
    chain.path("in").touch()
    assert chain.run().ran == []


def test_a_changed_input_runs_what_it_reaches_only(chain: World) -> None:
    chain.write("other", "three")
    assert chain.run().ran == ["d"]
    chain.write("in", "three")
    assert chain.run().ran == ["a", "b", "c"]


def test_an_output_that_comes_out_the_same_ends_the_chain(chain: World) -> None:
    chain.task("a", ["in"], "compose/a", uses={"words": ["x"]})
    assert chain.run().ran == ["a"]


def test_a_change_of_what_it_uses_says_what_changed(chain: World) -> None:
    chain.task("a", ["in"], "compose/a", uses={"words": ["x", "z"]})
    chain.run()
    assert chain.report()["copy:a"]["why"] == ["words: without y", "words: with z"]


def test_a_change_of_the_stages_source_runs_its_tasks(chain: World) -> None:
    chain.write("work.py", chain.read("work.py") + "ADDED = 1\n")
    assert sorted(chain.run("-n1").ran) == ["a", "b", "c", "d"]
    assert chain.report()["copy:a"]["why"] == ["the program's own source changed: work.py"]


def test_a_comment_or_a_docstring_of_the_stages_source_runs_nothing(chain: World) -> None:
    chain.write("work.py", "# new\n" + chain.read("work.py").replace('"""Make the output,', '"""Write the output,'))
    assert chain.run("-n1").ran == []
    assert chain.run("plan").out.splitlines() == ["0 will run, 0 may follow, 4 up to date"]


def test_a_source_edited_during_the_run_is_seen_by_the_next(chain: World) -> None:
    chain.write("in", "three")
    chain.task("a", ["in"], "compose/a", "slowly")
    chain.write("wait", "")
    with chain.started("-n1") as process:
        chain.wait_for("half")
        chain.write("work.py", chain.read("work.py").replace("content + word", "content.upper() + word"))
        chain.path("wait").unlink()
        process.communicate(timeout=20)
    assert set(chain.run().ran) >= {"a", "b", "c"}
    assert chain.read("compose/c") == "THREE"


def test_another_program_runs_the_tasks_that_use_it(chain: World, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy("/bin/sh", chain.folder / "sh")
    monkeypatch.setenv("PATH", f"{chain.folder}:{os.environ['PATH']}")
    assert chain.run().ran == ["b"]
    assert chain.report()["copy:b"]["why"][0].startswith("program sh changed: ")


def into_a_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_text("edited"),
        lambda path: path.write_text(""),
        lambda path: path.unlink(),
        lambda path: path.chmod(0o600),
        lambda path: (path.rename(path.parents[1] / "moved"), path.symlink_to("../moved")),
        lambda path: (path.unlink(), path.symlink_to("nowhere")),
        lambda path: (path.unlink(), path.symlink_to(path.name)),
        lambda path: (path.unlink(), path.mkdir()),
        into_a_fifo,
    ],
    ids=["edited", "emptied", "deleted", "chmod", "link", "dangling", "loop", "folder", "fifo"],
)
def test_a_harmed_output_is_made_again(chain: World, harm: Callable[[Path], object]) -> None:
    before = chain.tree()
    harm(chain.path("compose/a"))
    ended = chain.run()
    assert (ended.status, ended.ran) == (0, ["a"])
    assert chain.path("compose/a").stat().st_mode & 0o777 == 0o444
    assert not chain.path("compose/a").is_symlink()
    assert chain.tree() == before


def test_an_output_edited_in_place_with_its_time_kept_is_made_again(chain: World) -> None:
    before = chain.path("compose/a").stat()
    chain.write("compose/a", "eno")
    os.utime(chain.path("compose/a"), ns=(before.st_atime_ns, before.st_mtime_ns))
    assert chain.run().ran == ["a"]


def test_what_depends_on_a_harmed_output_is_never_made_of_it(chain: World) -> None:
    chain.write("work/b", "harmed")
    chain.path("compose/c").unlink()
    assert chain.run().ran == ["b", "c"]
    assert chain.read("compose/c") == "one"


def test_an_optional_input_counts_when_it_comes_and_goes(world: World) -> None:
    world.task("a", ["in"], "compose/a", optional=["maybe"])
    assert world.run().ran == ["a"]
    world.write("maybe", "two")
    assert world.run().ran == ["a"]
    assert world.read("compose/a") == "onetwo"
    world.path("maybe").unlink()
    assert world.run().ran == ["a"]
    assert world.read("compose/a") == "one"


def test_an_order_only_input_alone_is_no_reason(world: World) -> None:
    world.task("date", ["other"], "work/date")
    world.task("a", ["in"], "compose/a", order_only=["work/date"])
    world.write("other", "monday")
    assert world.run().ran == ["date", "a"]
    world.write("other", "tuesday")
    assert world.run().ran == ["date"]
    world.write("in", "two")
    assert world.run().ran == ["a"]
    assert world.read("compose/a") == "twotuesday"


def test_a_probe_is_asked_once_in_a_run_and_its_answer_counts(world: World) -> None:
    world.write("archive", "monday")
    world.task("a", ["in"], "compose/a", probe="archive")
    assert world.run().ran == ["a"]
    assert world.read("asked").split() == ["archive"]
    assert world.run().ran == []
    assert world.read("asked").split() == ["archive"] * 2
    world.write("archive", "tuesday")
    assert world.run().ran == ["a"]
    assert world.report()["copy:a"]["why"] == ["the outside state changed: monday -> tuesday"]


@pytest.mark.parametrize("harm", ["gone", "edited", "folder"])
def test_a_harmed_member_of_a_tree_is_made_again(world: World, harm: str) -> None:
    world.task("a", ["in"], "work/list", "tree", trees=["work/list"], members=["compose/x/1", "compose/y"])
    world.run()
    before = world.tree()
    path = world.path("compose/x/1")
    if harm == "edited":
        path.write_text("edited")
    else:
        path.unlink()
    if harm == "folder":
        path.mkdir()
        path.rmdir()
    assert world.run().ran == ["a"]
    assert world.tree() == before


def test_a_missing_input_that_no_task_makes_fails_its_task(world: World) -> None:
    world.task("a", ["nowhere"], "compose/a")
    world.task("b", ["in"], "compose/b")
    ended = world.run()
    assert ended.status == 1
    assert "copy:a: FAILED\n  error: nowhere is not there" in ended.out
    assert ended.ran == ["b"]


def test_a_folder_is_no_input(world: World) -> None:
    world.path("folder").mkdir()
    world.task("a", ["folder"], "compose/a")
    ended = world.run()
    assert (ended.status, ended.err) == (1, "")


def test_a_clock_far_back_or_ahead_causes_no_storm_and_no_miss(chain: World) -> None:
    for years in (3, -10, 0):
        stamp = chain.path("in").stat().st_mtime - years * 31_000_000
        os.utime(chain.path("in"), (stamp, stamp))
        assert chain.run().ran == []
    chain.write("in", "new")
    os.utime(chain.path("in"), (stamp, stamp))
    assert chain.run().ran == ["a", "b", "c"]


def test_values_are_compared_key_by_key() -> None:
    before = {"a": 1, "b": {"c": [1, 2], "d": "x"}, "e": None}
    now = {"a": 1, "b": {"c": [2, 1], "d": "y"}, "f": True}
    assert list(compare_values("", before, now)) == [
        "b.c: in another order or number",
        "b.d: x -> y",
        "f: null -> true",
    ]
    assert list(compare_values("", json.loads(json.dumps(before)), before)) == []


def test_rows_that_have_names_are_compared_by_them() -> None:
    before: Json = [{"name": "Base", "strict": "off", "rest": "x" * 90}, {"name": "Old", "strict": "off"}]
    now: Json = [
        {"name": "Base", "strict": "fatal", "rest": "x" * 90},
        {"variant": "Base", "arch": "amd64", "name": "dvd"},
    ]
    assert list(compare_values("rows", before, now)) == [
        "rows.Base.strict: off -> fatal",
        "rows: with Base:amd64:dvd",
        "rows: without Old",
    ]


def test_of_long_values_what_differs_is_shown() -> None:
    (told,) = compare_values("text", "a" * 100 + "one", "a" * 100 + "two")
    assert told == f"text: …{'a' * 30}one -> …{'a' * 30}two"


def test_entries_that_only_moved_are_told_in_one_line() -> None:
    def entries(*texts: str, line: int) -> Json:
        return {"packages": [f"{text} (a.yaml:{line + number}:5)" for number, text in enumerate(texts)]}

    before = entries("nano", "shell (>= 1.0)", line=1)
    assert list(compare_values("", before, entries("nano", "shell (>= 1.0)", line=2))) == ["lines of the config moved"]
    assert list(compare_values("", before, entries("nano", "vim", "shell (>= 1.0)", line=1))) == [
        "packages: with vim (a.yaml:2:5)",
        "lines of the config moved",
    ]
    assert list(compare_values("", before, entries("nano", "nano", line=1))) == [
        "packages: without shell (>= 1.0) (a.yaml:2:5)",
        "packages: with nano (a.yaml:2:5)",
    ]
    imported = {"packages": ["a (seed:3:1, imported)"]}
    assert list(compare_values("", imported, {"packages": ["a (seed:4:1, imported)"]})) == ["lines of the config moved"]
