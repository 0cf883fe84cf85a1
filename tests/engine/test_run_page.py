"""The page about a run.

Also covers: composelib.engine.run_record.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from composelib.engine.run_page import chain_bars, find_longest_chain, render_run_page
from composelib.text.escape import escape_lines
from tests.kit.html_checker import check_html
from tests.kit.task_world import World


def task(name: str, seconds: float = 1.0, state: str = "done", **keys: Any) -> dict[str, Any]:
    return {"name": name, "state": state, "seconds": seconds, "why": ["new"], "log": "", "error": "", **keys}


def run(*tasks: dict[str, Any], text: str = "demo") -> dict[str, Any]:
    times = {"started": "2026-01-01T00:00:00+00:00", "finished": "2026-01-01T00:01:00+00:00"}
    return {"version": 1, "compose": text, **times, "status": "DOOMED", "exit": 1, "tasks": list(tasks)}


def test_the_longest_chain_is_that_of_the_most_seconds_together() -> None:
    needs = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c", "group"], "group": ["a"]}
    chain = find_longest_chain([task("a"), task("b", 5), task("c", 2), task("d", 1)], needs)
    assert [row["name"] for row in chain] == ["a", "b", "d"]
    assert [(bar.start, bar.width) for bar in chain_bars(chain)] == [(0, 1 / 7), (1 / 7, 5 / 7), (6 / 7, 1 / 7)]


def test_a_run_whose_tasks_took_no_time_has_no_chart(tmp_path: Path) -> None:
    assert "svg" not in check_html(render_run_page(run(task("a", 0.0, "skipped")), {"a": []}, tmp_path)).seen


def test_a_failure_has_the_end_of_its_log_and_a_link_to_it(tmp_path: Path) -> None:
    log = tmp_path / "logs/a/b c.log"
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"line {number}\n" for number in range(100)) + "error: it broke\n")
    failed = task("a:b", state="failed", error="it broke", log=str(log))
    page = render_run_page(run(failed), {"a:b": []}, tmp_path)
    assert "line 60\n" in page
    assert "line 59\n" not in page
    assert "error: it broke" not in page
    assert '<a href="logs/a/b%20c.log">' in page


@given(st.text(alphabet=st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_no_content_can_break_out(content: str) -> None:
    page = check_html(
        render_run_page(run(task(content, error=content, state="failed"), text=content), {content: []}, Path())
    )
    plain = check_html(render_run_page(run(task("x", error="x", state="failed"), text="x"), {"x": []}, Path()))
    assert page.seen == plain.seen
    assert escape_lines(content) in "".join(page.texts)


def test_a_run_leaves_its_page_beside_run_json(world: World) -> None:
    world.task("a", ["in"], "compose/a")
    world.task("b", ["compose/a"], "compose/b", "shell", script="echo so far; false")
    assert world.run().status == 1
    page = (world.folder / "build/demo/report.html").read_text()
    check_html(page)
    assert "DOOMED, exit status 1" in page
    assert "so far" in page
    assert page.index("copy:a, ") < page.index("copy:b, ")
