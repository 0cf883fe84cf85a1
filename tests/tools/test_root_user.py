from __future__ import annotations

import os
import pwd

import pytest

from composelib.errors import MachineError
from composelib.tools.root_user import find_home, is_root, require_root


def test_root_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert is_root()
    require_root("deploying a commit")


def test_another_user_gets_an_error_that_says_what_needs_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert not is_root()
    with pytest.raises(MachineError, match="deploying a commit needs root; run as root"):
        require_root("deploying a commit")


def test_the_home_of_a_user_whom_the_machine_does_not_know_is_the_root_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(number: int) -> pwd.struct_passwd:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", look_up)
    assert find_home() == "/"
