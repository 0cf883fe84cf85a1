"""The last runs are kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from composelib.engine import run_archive
from composelib.engine.run_archive import archive_run
from composelib.files import write_file
from tests.kit.demo_compose import Demo
from tests.kit.recorded_run import make_run


def archive(folder: Path, started: str, log: str = "") -> None:
    run = make_run(log) | {"started": started}
    write_file(folder / "run.json", json.dumps(run))
    write_file(folder / "report.html", "page")
    archive_run(folder, run)


def test_a_run_is_kept_with_its_page_a_trace_and_the_logs_of_what_failed(tmp_path: Path) -> None:
    log = tmp_path / "logs/fetch/Base-amd64.log"
    write_file(log, "$ curl\nno such file\n")
    archive(tmp_path, "2026-11-27T03:00:00+00:00", str(log))
    folder = tmp_path / "runs/2026-11-27T030000"
    kept = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert kept == ["logs/fetch/Base-amd64.log", "report.html", "run.json", "trace.json"]
    assert (tmp_path / "metrics.prom").read_text().endswith("# EOF\n")


def test_the_oldest_runs_go_and_a_long_log_keeps_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_archive, "MOST_RUNS", 2)
    monkeypatch.setattr(run_archive, "LONGEST_LOG", 4)
    log = tmp_path / "logs/fetch/x.log"
    write_file(log, "beginend\n")
    for day in (1, 2, 3):
        archive(tmp_path, f"2026-11-0{day}T03:00:00+00:00", str(log))
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["2026-11-02T030000", "2026-11-03T030000"]
    assert (tmp_path / "runs/2026-11-03T030000/logs/fetch/x.log").read_text() == "end\n"


def test_a_run_of_the_demo_is_kept_and_one_with_nothing_to_do_is_not(demo: Demo) -> None:
    (folder,) = (demo.root / "runs").iterdir()
    assert json.loads((folder / "run.json").read_text())["tasks"]
    events = json.loads((folder / "trace.json").read_text())["traceEvents"]
    assert any(event.get("cat") == "createrepo" and event["ts"] > 0 for event in events)
    assert demo.doit().status == 0
    assert len(list((demo.root / "runs").iterdir())) == 1
