"""A run as a trace."""

from __future__ import annotations

from composelib.text.run_trace import make_trace
from tests.kit.recorded_run import make_run


def test_each_task_that_ran_is_an_event_in_a_row_of_its_own_time() -> None:
    trace = make_trace(make_run())
    events = [event for event in trace["traceEvents"] if event["ph"] == "X"]
    assert [(event["name"], event["tid"], event["ts"], event["dur"]) for event in events] == [
        ("fetch:Server:amd64", 1, 0, 2_000_000),
        ("gather:Server:amd64", 2, 500_000, 1_000_000),
        ("fetch:Base:amd64", 2, 1_500_000, 1_000_000),
    ]
    assert [event["cat"] for event in events] == ["fetch", "gather", "fetch"]
    assert events[2]["args"] == {"state": "failed", "why": [], "error": "no such file"}


def test_the_process_is_the_compose() -> None:
    (name,) = (event for event in make_trace(make_run())["traceEvents"] if event["ph"] == "M")
    assert name["args"] == {"name": "compose demo"}
