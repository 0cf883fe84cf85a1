"""Commands for sh that scripts in a root file system are made of."""

from __future__ import annotations

from shlex import quote

PROLOGUE = "#!/bin/sh\nset -eu\n"


def render_file(path: str, content: str) -> str:
    """Return the command that writes a file."""
    return f"printf %s {quote(content)} >{quote(path)}\n"
