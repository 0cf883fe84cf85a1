"""The standard files of the process: input, output and error."""

from __future__ import annotations

import os
import sys


def open_standard_files() -> None:
    """Open those of standard input, output and error that the caller closed, so that no file of ours gets their number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
