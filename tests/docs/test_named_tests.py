"""Tests that the pages name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

NAMED = re.compile(r"`((?:[\w-]+/)*test_\w+\.py)::(test_\w+)`")


@pytest.mark.parametrize("page", ["faults", "trust"])
def test_every_test_that_a_page_names_exists(page: str) -> None:
    named = NAMED.findall(Path(f"docs/{page}.md").read_text())
    assert len(named) > 20, "the page names its tests"
    assert [name for path, name in named if f"def {name}(" not in Path("tests", path).read_text()] == []


def test_every_row_of_faults_names_a_test() -> None:
    rows = re.findall(r"^\| +(\d+) \|.*$", Path("docs/faults.md").read_text(), re.MULTILINE)
    lines = [line for line in Path("docs/faults.md").read_text().splitlines() if re.match(r"\| +\d", line)]
    assert [int(row) for row in rows] == list(range(1, len(rows) + 1))
    assert [line for line in lines if not NAMED.search(line)] == []
