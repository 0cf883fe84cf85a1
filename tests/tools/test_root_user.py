from __future__ import annotations

import os

import pytest

from composelib.errors import MachineError
from composelib.tools.root_user import require_root


def test_root_may_do_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    require_root("make disks")


def test_anybody_else_is_refused_with_purpose_and_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(MachineError, match=r"^only root can make disks; run doit as root$"):
        require_root("make disks")
