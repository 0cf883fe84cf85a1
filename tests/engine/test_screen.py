"""What stands on a terminal for the time being is rewritten and wiped; durations."""

from __future__ import annotations

import io

import pytest

from composelib.engine.screen import ERASE, UP, Screen, format_duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_status_is_rewritten_and_wiped_before_a_message() -> None:
    screen = Screen(stream := Terminal())
    screen.show(["[1/2]"])
    screen.show(["[2/2]"])
    screen.say("a: FAILED")
    screen.say("done")
    assert stream.getvalue() == f"[1/2]{ERASE}[2/2]{ERASE}a: FAILED\ndone\n"


def test_a_status_of_some_lines_is_wiped_from_the_last_to_the_first() -> None:
    screen = Screen(stream := Terminal())
    screen.show(["[1/2]", "  a", "  b"])
    screen.clear()
    assert stream.getvalue() == f"[1/2]\n  a\n  b{ERASE}{UP}{ERASE}{UP}{ERASE}"


def test_in_a_terminal_that_became_narrower_all_rows_that_the_status_fills_are_wiped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    screen = Screen(stream := Terminal())
    screen.show(["[1/2 40s left]", "  a 3s"])
    monkeypatch.setenv("COLUMNS", "10")
    screen.clear()
    assert stream.getvalue() == f"[1/2 40s left]\n  a 3s{ERASE}{UP}{ERASE}{UP}{ERASE}"


def test_a_status_fits_the_terminal_and_has_no_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    monkeypatch.setenv("LINES", "3")
    screen = Screen(stream := Terminal())
    screen.show(["abc\x1b[2Jdefghij", "b", "c", "d"])
    assert stream.getvalue() == "abc\\x1b[2\nb"


def test_a_warning_is_no_part_of_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(stream := Terminal())
    screen.show(["[1/2]"])
    screen.warn("the state file is broken")
    assert (stream.getvalue(), capsys.readouterr().err) == (f"[1/2]{ERASE}", "warning: the state file is broken\n")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0s"), (59, "59s"), (60, "1m"), (3569, "59m"), (3570, "1h00m"), (7500, "2h05m")]
)
def test_a_duration_is_short(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
