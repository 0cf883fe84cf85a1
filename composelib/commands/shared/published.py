"""The published composes of a compose: which is the latest, and which IDs are taken."""

from __future__ import annotations

from composelib.files import write_file
from composelib.model.compose import Compose

LATEST = "latest"  # the symlink to the compose that was published last


def take_id(compose: Compose, name: str) -> None:
    """Record that an ID must not be used again."""
    taken_ids = set(compose.paths.taken.read_text().split()) if compose.paths.taken.exists() else set()
    write_file(compose.paths.taken, "".join(f"{taken}\n" for taken in sorted(taken_ids | {name})))
