"""Pages that list what the code has list all of it, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

from composelib import errors
from composelib.engine.child_process import END_SIGNALS, OWN_BUG
from composelib.engine.exit_status import INTERRUPTED
from composelib.model.image import IMAGE_KINDS
from tests.kit.schemas import FOLDER

COMMON = {"version", "event", "compose"}
"""The fields that every event has."""


def read_rows(page: str) -> dict[str, str]:
    """Return the rows of a page's table: the last cell by the first."""
    rows = re.findall(
        r"^\| (`?[^|]+?`?) \|.*\| ([^|]+) \|$|^\| ([^|]+) \| ([^|]+) \|$", Path(page).read_text(), re.MULTILINE
    )
    return {first or third: second or fourth for first, second, third, fourth in rows}


def test_the_events_of_notify_have_the_fields_of_their_schema() -> None:
    formats = json.loads((FOLDER / "notification.json").read_text())["oneOf"]
    expected = {item["properties"]["event"]["const"]: item["properties"].keys() - COMMON for item in formats}
    rows = {name.strip("`"): cell for name, cell in read_rows("docs/events.md").items() if name.startswith("`")}
    assert {name: set(re.findall(r"`(\w+)`", cell)) for name, cell in rows.items()} == expected


def test_every_exit_status_is_explained() -> None:
    numbers = [int(number) for first in read_rows("docs/exit-statuses.md") for number in re.findall(r"\d+", first)]
    kinds = {kind.status for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "status")}
    assert set(numbers) == {0, *kinds, OWN_BUG, *(INTERRUPTED + number for number in END_SIGNALS)}
    assert len(numbers) == len(set(numbers))


def test_the_glossary_has_every_image_kind_and_status() -> None:
    text = Path("docs/glossary.md").read_text()
    words = {*(kind.kind for kind in IMAGE_KINDS), "STARTED", "FINISHED", "FINISHED_INCOMPLETE", "DOOMED", "TERMINATED"}
    assert [word for word in sorted(words) if word not in text] == []
