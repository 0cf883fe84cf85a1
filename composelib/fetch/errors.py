"""The errors that servers cause."""

from __future__ import annotations

from composelib.errors import ComposeError


class NetworkError(ComposeError):
    """A server could not be reached or did not send what was requested."""


class NotThereError(NetworkError):
    """A server says that it does not have a file."""
