"""The state file: what is in it survives, what is wrong with it is set aside."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from composelib.engine.digests import Digests
from composelib.engine.freshness import Seen, TaskRecord
from composelib.engine.state_db import Records
from tests.kit.task_world import World

STATE = "compose/../state.sqlite"


def record(word: str) -> TaskRecord:
    seen = Seen({"word": word}, "", {"in": word}, "source", {"sh": "1"})
    return TaskRecord(seen, {"out": word}, {}, 1.5)


def opened(path: Path, warnings: list[str] | None = None) -> Records:
    records = Records(path, (warnings if warnings is not None else []).append)
    records.read()
    return records


def change_state(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def test_a_record_is_there_for_the_next_reader_at_once(tmp_path: Path) -> None:
    writer = opened(tmp_path / "state")
    writer.keep("a", record("one"))
    assert opened(tmp_path / "state").tasks == {"a": record("one")}
    writer.remove("a")
    assert opened(tmp_path / "state").tasks == {}
    writer.close()


def test_reading_changes_nothing_while_another_writes(tmp_path: Path) -> None:
    writer = opened(tmp_path / "state")
    writer.keep("a", record("one"))
    before = {path.name: path.stat() for path in tmp_path.iterdir()}
    opened(tmp_path / "state")
    assert {path.name: path.stat() for path in tmp_path.iterdir()} == before
    writer.close()


def test_records_are_read_though_their_writer_ends_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, copy = opened(tmp_path / "state"), shutil.copy
    writer.keep("a", record("one"))

    def end_writer(source: Path, target: Path) -> object:
        writer.close()
        return copy(source, target)

    monkeypatch.setattr("shutil.copy", end_writer)
    assert opened(tmp_path / "state").tasks == {"a": record("one")}


def leave_records(path: Path) -> None:
    """Let a process write fifty records, and kill it."""
    code = f"""
import os
from pathlib import Path
from tests.engine.test_state_db import opened, record
writer = opened(Path({str(path)!r}))
for number in range(50):
    writer.keep(str(number), record("one"))
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code], check=False)


def test_the_records_of_a_killed_writer_are_read(tmp_path: Path) -> None:
    leave_records(tmp_path / "state")
    assert (tmp_path / "state-wal").exists()
    assert len(opened(tmp_path / "state").tasks) == 50
    records = opened(tmp_path / "state")
    records.keep("more", record("two"))
    records.close()
    assert len(opened(tmp_path / "state").tasks) == 51


def test_the_records_of_a_killed_writer_stay_in_a_backup_of_hard_links(tmp_path: Path) -> None:
    leave_records(tmp_path / "state")
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"backup{suffix}").hardlink_to(tmp_path / f"state{suffix}")
    records = opened(tmp_path / "state")
    records.remove("1")
    records.close()
    assert len(opened(tmp_path / "state").tasks) == 49
    assert len(opened(tmp_path / "backup").tasks) == 50


def test_a_transaction_that_is_interrupted_leaves_no_trace(tmp_path: Path) -> None:
    records = opened(tmp_path / "state")

    def interrupted() -> None:
        with records.transaction() as connection:
            connection.execute("INSERT INTO ignored VALUES ('a')")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    records.keep("a", record("one"))
    records.close()
    assert opened(tmp_path / "state").ignored == set()


def test_digests_that_nobody_asks_for_are_forgotten(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    records = opened(tmp_path / "state")
    records.digests = Digests({str(tmp_path / name): ((1, 2, 3, 4, 5), name) for name in ("a", "b")})
    records.digests.changed = set(records.digests.entries)
    records.remember_digests()
    records.digests.of(str(tmp_path / "a"))
    records.forget_digests()
    records.close()
    assert set(opened(tmp_path / "state").digests.entries) == {str(tmp_path / "a")}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("good") / "state"
    records = opened(path)
    for number in range(20):
        records.keep(f"task:{number}", record("word " * number * 50))
    records.close()
    return path


def harmed(path: Path, good: Path, content: bytes) -> str:
    """Write a state file, use it, and give what was found wrong with it; what is read is right, or nothing is read."""
    for old in path.parent.glob("state*"):
        old.unlink()
    path.write_bytes(content)
    warnings: list[str] = []
    records = opened(path, warnings)
    known = dict(records.tasks)
    records.keep("new", record("new"))
    records.close()
    again = opened(path)
    assert again.tasks["new"] == record("new")
    if warnings:
        assert len(warnings) == 1
        assert path.with_name("state.bad").read_bytes() == content
        assert again.tasks.keys() == {"new"}
    else:
        assert again.tasks.keys() == {"new"} | known.keys()
        assert known == opened(good).tasks
    return warnings[0] if warnings else ""


@pytest.mark.parametrize("share", [0, 0.001, 0.01, 0.1, 0.3, 0.5, 0.8, 0.99, 0.9999])
def test_a_truncated_state_file_is_set_aside(tmp_path: Path, good: Path, share: float) -> None:
    content = good.read_bytes()
    said = harmed(tmp_path / "state", good, content[: int(len(content) * share)])
    assert said or share > 0.9  # the last page's end may be empty


@pytest.mark.slow
def test_a_state_file_truncated_at_any_length_is_set_aside(tmp_path: Path, good: Path) -> None:
    content = good.read_bytes()
    for length in range(0, len(content), 97):
        said = harmed(tmp_path / "state", good, content[:length])
        assert said or length > len(content) - 4096, length


def test_a_zeroed_page_never_passes_for_records(tmp_path: Path, good: Path) -> None:
    content = good.read_bytes()
    page = 4096
    for start in range(0, len(content), page):
        zeroed = content[:start] + bytes(page) + content[start + page :]
        harmed(tmp_path / "state", good, zeroed)


def test_flipped_bits_never_make_a_record_that_was_not_there(tmp_path: Path, good: Path) -> None:
    content = bytearray(good.read_bytes())
    dice = random.Random(1)  # noqa: S311 - the same every time
    right = opened(good).tasks
    for _ in range(100):
        at = dice.randrange(len(content))
        flipped = bytes(content[:at]) + bytes([content[at] ^ 1 << dice.randrange(8)]) + bytes(content[at + 1 :])
        path = tmp_path / "state"
        path.write_bytes(flipped)
        found = opened(path).tasks
        same = {name for name in found if found[name] == right.get(name)}
        assert not found or len(same) >= 19


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: (path.unlink(), path.mkdir(), (path / "file").touch()),
        lambda path: path.write_text("not a database at all, but some text" * 100),
        lambda path: path.write_text(""),
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        lambda path: change_state(path, "PRAGMA user_version = 99"),
        lambda path: change_state(path, "UPDATE task SET record = '[]'"),
        lambda path: change_state(path, "DROP TABLE digest"),
    ],
    ids=["folder", "text", "empty", "truncated", "newer", "nonsense", "table"],
)
def test_a_run_with_a_broken_state_file_warns_once_and_ends_right(chain: World, harm: Callable[[Path], object]) -> None:
    before = chain.tree()
    harm(chain.path(STATE))
    ended = chain.run("-n1")
    assert (ended.status, sorted(ended.ran)) == (0, ["a", "b", "c", "d"])
    assert len(ended.err.splitlines()) == 1
    assert ended.err.startswith("warning: build/demo/state.sqlite: ")
    assert "state.sqlite.bad" in ended.err
    assert chain.path(f"{STATE}.bad").exists()
    assert chain.tree() == before
    again = chain.run()
    assert (again.ran, again.err) == ([], "")


def test_a_plan_with_a_broken_state_file_leaves_it_alone(chain: World) -> None:
    chain.path(STATE).write_text("broken")
    before = chain.snapshot()
    assert "4 will run" in chain.run("plan").out
    assert chain.snapshot() == before


def test_a_state_file_that_is_gone_means_all_is_made(chain: World) -> None:
    chain.path(STATE).unlink()
    ended = chain.run("-n1")
    assert (len(ended.ran), ended.err) == (4, "")


def test_a_folder_in_place_of_the_file_is_set_aside_even_if_a_file_was_before(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite.bad").write_text("a former one")
    (tmp_path / "state.sqlite/below").mkdir(parents=True)
    records = Records(tmp_path / "state.sqlite", lambda _: None)
    records.read()
    records.ignore("a")
    assert (tmp_path / "state.sqlite.bad/below").is_dir()


@pytest.mark.parametrize("kind", ["fifo", "link"])
def test_what_is_no_file_of_ours_is_neither_opened_nor_followed(tmp_path: Path, kind: str) -> None:
    opened(tmp_path / "another").keep("a", record("one"))
    os.mkfifo(tmp_path / "state") if kind == "fifo" else (tmp_path / "state").symlink_to("another")
    warnings: list[str] = []
    records = opened(tmp_path / "state", warnings)
    assert records.tasks == {}
    records.keep("b", record("two"))
    assert warnings == [f"{tmp_path / 'state'}: it is no regular file; renamed to state.bad, all tasks run again"]
    assert opened(tmp_path / "another").tasks.keys() == {"a"}
    assert opened(tmp_path / "state").tasks.keys() == {"b"}
