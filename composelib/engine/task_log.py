"""The log of a task: what it and its programs printed."""

from __future__ import annotations

import re
from pathlib import Path

from composelib.text.escape import escape_lines

LAST_BYTES = 65536
"""How many bytes of a log are read for its last lines."""
CONTROL = re.compile(
    rb"[\x00-\x08\x0b-\x1f\x7f]"
    rb"|\xc2[\x80-\x9f]"  # U+0080 to U+009F
    rb"|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xd8\x9c|\xef\xbb\xbf"  # invisible, or of writing direction
)
"""Bytes in UTF-8 that a terminal may obey."""


def escape_log(log: Path) -> None:
    """Rewrite a log, escaped, if programs wrote to it what a terminal may obey; a carriage return ends a line."""
    content = log.read_bytes()
    if CONTROL.search(content):
        text = content.decode(errors="backslashreplace").replace("\r\n", "\n").replace("\r", "\n")
        log.write_text(escape_lines(text))


def read_last_lines(log: Path) -> list[str]:
    """Return the last lines of a log; none if it cannot be read."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - LAST_BYTES))
            return stream.read().decode(errors="backslashreplace").splitlines()
    except OSError:
        return []
