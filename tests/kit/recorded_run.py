"""A run as run.json has it, of a few tasks."""

from __future__ import annotations

from typing import Any


def make_run(log: str = "") -> dict[str, Any]:
    """Return a run of three tasks, two at a time, of which one failed, and one that needed no run."""
    rows = [
        ("fetch:Server:amd64", "done", 0.0, 2.0, ""),
        ("gather:Server:amd64", "done", 0.5, 1.0, ""),
        ("fetch:Base:amd64", "failed", 1.5, 1.0, "no such file"),
        ("key:public", "fresh", 0.0, 0.0, ""),
    ]
    return {
        "version": 1,
        "compose": "demo",
        "started": "2026-11-27T03:00:00+00:00",
        "finished": "2026-11-27T03:00:05+00:00",
        "status": "DOOMED",
        "exit": 1,
        "tasks": [
            {"name": name, "state": state, "start": start, "seconds": seconds, "error": error, "why": [], "log": log}
            for name, state, start, seconds, error in rows
        ],
    }
