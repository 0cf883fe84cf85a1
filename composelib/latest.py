"""Which compose was published last."""

from __future__ import annotations

from pathlib import Path

from composelib.files import read_link_name
from composelib.model.compose_id import is_compose_id


def read_latest(link: Path) -> str:
    """Return the name of the compose that was published last; empty if there is none."""
    name = read_link_name(link)
    return name if is_compose_id(name) else ""
