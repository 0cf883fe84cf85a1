"""URLs of files of this machine."""

from __future__ import annotations


def is_local(url: str) -> bool:
    """Return whether a URL names a file of this machine."""
    return url.startswith("file:")
