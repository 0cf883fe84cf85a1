from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from composelib.tools.run import ToolError, clean_environment, run, start


def shell(script: str, *words: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    return run(["sh", "-c", script, "sh", *words], **options)  # type: ignore[arg-type] # any of them


def test_output_is_captured_and_input_is_read() -> None:
    assert shell("cat; echo end", input=b"text\n", capture=True).stdout == b"text\nend\n"


def test_standard_error_is_captured_only_if_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    assert shell("echo out; echo err >&2", capture=True).stdout == b"out\n"
    assert shell("echo out; echo err >&2", capture=True, errors=True).stdout == b"out\nerr\n"
    assert capfd.readouterr().err == "err\n"


def test_the_command_is_written_to_the_log_before_it_runs(capfd: pytest.CaptureFixture[str]) -> None:
    shell("true", "a b")
    assert capfd.readouterr().out == "$ sh -c true sh 'a b'\n"


def test_nothing_of_the_users_environment_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    environment = clean_environment()
    assert "LANG" not in environment
    assert (environment["SOURCE_DATE_EPOCH"], environment["LC_ALL"], environment["TZ"]) == ("1", "C.UTF-8", "UTC")


def test_an_exit_status_is_an_error_unless_it_is_expected() -> None:
    assert shell("exit 3", ok=(0, 3)).returncode == 3
    with pytest.raises(ToolError, match=r"^sh -c 'exit 3' sh: exit status 3$"):
        shell("exit 3")


def test_a_signal_is_named() -> None:
    with pytest.raises(ToolError, match="killed by SIGABRT"):
        shell("kill -ABRT $$")


def test_a_program_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"took more than 0\.2 seconds and was ended"):
        shell("(sleep 1; touch late) & sleep 10", cwd=tmp_path, timeout=0.2)
    time.sleep(1.2)
    assert not (tmp_path / "late").exists()


def test_a_started_program_is_talked_with_and_ends_with_the_block() -> None:
    with start(["cat"]) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"line\n")
        assert process.stdout.readline() == b"line\n"
    assert process.poll() is not None
