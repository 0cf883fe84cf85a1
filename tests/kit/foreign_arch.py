"""Whether this machine emulates another arch."""

from __future__ import annotations

import pytest

from composelib.preflight import silence
from composelib.tools import binfmt
from composelib.tools.run import run


def emulates_arm64() -> bool:
    """Return whether programs of arm64 run here in a private binfmt_misc."""
    if not binfmt.find_handler("arm64").is_file():
        return False
    with silence():
        return run(binfmt.emulate("arm64", ["true"]), ok=tuple(range(256))).returncode == 0


needs_emulation = pytest.mark.skipif(
    not emulates_arm64(), reason="needs Linux 6.7 and the package qemu-user-static, to emulate arm64"
)
