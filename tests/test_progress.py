"""How a task reports its progress."""

from __future__ import annotations

import os

import pytest

from composelib.progress import CHANNEL, report_progress


def test_a_report_is_a_line_in_the_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    monkeypatch.setenv(CHANNEL, str(writing))
    report_progress("half\nway")
    os.close(writing)
    with os.fdopen(reading) as stream:
        assert stream.read() == "half way\n"


def test_without_a_channel_or_with_a_closed_one_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CHANNEL, raising=False)
    report_progress("half way")
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)
    monkeypatch.setenv(CHANNEL, str(writing))
    report_progress("half way")
