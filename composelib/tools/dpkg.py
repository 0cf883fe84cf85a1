"""dpkg-deb: reads .debs that are packed in ways Python does not know (dpkg-deb(1))."""

from __future__ import annotations

from pathlib import Path


def field(deb: Path) -> list[str]:
    """Give argv that prints the control stanza of a .deb."""
    return ["dpkg-deb", "--field", str(deb.absolute())]
