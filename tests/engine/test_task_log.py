"""The log of a task."""

from __future__ import annotations

from pathlib import Path

import pytest

from composelib.engine.task_log import LAST_BYTES, escape_log, read_last_lines
from tests.kit.task_world import World

HOSTILE = b"\x1b]0;title\x07 red\x1b[31m \xc2\x9b2J \xe2\x80\xaegnp \xff\n"
RAW = (b"\x1b", b"\x07", b"\xc2\x9b", b"\xe2\x80\xae", b"\xff")


def test_a_log_with_nothing_to_escape_is_left_as_it_is(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes("1\t2 Stra\u00dfe\n".encode())
    before = log.stat()
    escape_log(log)
    assert (log.read_bytes(), log.stat().st_mtime_ns) == ("1\t2 Stra\u00dfe\n".encode(), before.st_mtime_ns)


def test_what_a_terminal_obeys_is_escaped_in_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"10 %\r20 %\r\n" + HOSTILE)
    escape_log(log)
    assert log.read_text() == "10 %\n20 %\n\\x1b]0;title\\x07 red\\x1b[31m \\u009b2J \\u202egnp \\xff\n"


def test_only_the_end_of_a_long_log_is_read(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"x" * LAST_BYTES + b"\nlast\n")
    assert read_last_lines(log)[-1] == "last"


def test_there_are_no_last_lines_without_a_log(tmp_path: Path) -> None:
    assert read_last_lines(tmp_path / "log") == []


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_program_prints_reaches_neither_terminal_nor_log_raw(world: World, fails: bool) -> None:
    octal = "".join(f"\\{byte:03o}" for byte in HOSTILE)
    world.task("a", ["in"], "work/a", "shell", script=f"printf '{octal}'; echo x >$1; exit {int(fails)}")
    ended = world.run()
    assert ended.status == int(fails)
    log = (world.folder / "build/demo/logs/copy/a.log").read_bytes()
    assert b"\\x1b]0;title\\x07 red" in (ended.out.encode() if fails else log)
    assert [raw for raw in RAW if raw in ended.out.encode() + ended.err.encode() + log] == []
