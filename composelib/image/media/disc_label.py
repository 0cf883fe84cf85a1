"""The label of a medium of packages: the names that it carries inside."""

from __future__ import annotations

from dataclasses import replace

from composelib.dataclass import dataclass
from composelib.image.media.identifiers import make_volume_id

INSTALL = "install"
"""The folder of a medium that has the installer's kernel."""


@dataclass(frozen=True)
class DiscLabel:
    """What a medium of packages says of itself."""

    title: str
    """`Demo 12 "bookworm" - Server amd64 dvd`."""
    codename: str
    """The codename of the suite on it."""
    volume: str
    """The volume ID."""
    components: tuple[str, ...]


def number_label(label: DiscLabel, disc: int) -> DiscLabel:
    """Return the label of a disc of a set."""
    return replace(label, title=f"{label.title} disc {disc}", volume=make_volume_id(label.volume, str(disc)))
