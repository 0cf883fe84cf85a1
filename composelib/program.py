"""The program's own name and version, as users type and see them."""

from __future__ import annotations

import sys
from pathlib import Path


def find_working_folder() -> Path | None:
    """Return the working folder; None if it was removed."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None


START = find_working_folder()
"""The folder in which the program was started, to begin anew there; None if it was removed before."""
VERSION = "0.1"
INSTALLED = "deb-compose"
"""The command once the program is installed; in a checkout of it, doit is."""
PROGRAM = INSTALLED if Path(sys.argv[0]).name == INSTALLED else "doit"
"""The command that was typed, for messages that say what to type."""
CONFIGS = "composes"
"""The folder of a checkout's configs."""
