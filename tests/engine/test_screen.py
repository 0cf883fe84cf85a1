"""What the user sees: the status line of a terminal, lines in a pipe, durations."""

from __future__ import annotations

import io

import pytest

from composelib.engine.screen import ERASE, Screen, format_duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_status_is_a_line_in_a_pipe() -> None:
    screen = Screen(stream := io.StringIO())
    screen.status("[1/2] a")
    screen.say("a: FAILED")
    assert stream.getvalue() == "[1/2] a\na: FAILED\n"


def test_a_status_is_rewritten_on_a_terminal_and_wiped_before_a_message() -> None:
    screen = Screen(stream := Terminal())
    screen.status("[1/2] a")
    screen.status("[2/2] b")
    screen.say("a: FAILED")
    screen.say("done")
    assert stream.getvalue() == f"{ERASE}[1/2] a{ERASE}[2/2] b{ERASE}a: FAILED\ndone\n"


def test_a_status_fits_in_a_line_and_has_no_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    screen = Screen(stream := Terminal())
    screen.status("abc\x1b[2Jdefghij")
    assert stream.getvalue() == f"{ERASE}abc\\x1b[2"


def test_a_warning_is_no_part_of_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(stream := Terminal())
    screen.status("[1/2] a")
    screen.warn("the state file is broken")
    assert (stream.getvalue(), capsys.readouterr().err) == (
        f"{ERASE}[1/2] a{ERASE}",
        "warning: the state file is broken\n",
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0s"), (59, "59s"), (60, "1m"), (3569, "59m"), (3570, "1h00m"), (7500, "2h05m")]
)
def test_a_duration_is_short(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
