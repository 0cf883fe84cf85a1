"""The IDs of a compose that are taken, and so must not be used again."""

from __future__ import annotations

from composelib.files import write_file
from composelib.model.compose import Compose


def take_id(compose: Compose, name: str) -> None:
    """Record that an ID must not be used again."""
    taken_ids = set(compose.paths.taken_ids.read_text().split()) if compose.paths.taken_ids.exists() else set()
    write_file(compose.paths.taken_ids, "".join(f"{taken}\n" for taken in sorted(taken_ids | {name})))
