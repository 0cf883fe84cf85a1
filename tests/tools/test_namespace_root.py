"""Functions that are called as root, by root and by a user who has subordinate users."""

from __future__ import annotations

import os

import pytest

from composelib.tools.namespace_root import call_as_root
from tests.kit.plain_user import has_plain_user, open_plain_user

CALL = """
import os
from pathlib import Path
from composelib.errors import ComposeError
from composelib.tools.namespace_root import call_as_root

def give_away(path: Path) -> tuple[int, ...]:
    path.touch()
    os.chown(path, 5, 6)
    return os.getuid(), path.stat().st_uid, path.stat().st_gid

def refuse() -> None:
    raise ComposeError("too small", "enlarge it")

print(*call_as_root(lambda: give_away(Path("file")), "making it"))
print(os.getuid(), Path("file").stat().st_uid, flush=True)
try:
    call_as_root(refuse, "making it")
except ComposeError as error:
    print(error)
"""
ALONE = """
from composelib.tools import private_binfmt
from composelib.tools.namespace_root import call_as_root

private_binfmt.read_ids = lambda name: [(1, 1)]
call_as_root(lambda: None, "making it")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="is about root")
def test_root_calls_the_function_itself() -> None:
    assert call_as_root(os.getpid, "testing") == os.getpid()


@pytest.mark.skipif(not has_plain_user(), reason="needs root, and the package uidmap")
def test_a_user_calls_it_as_root_of_a_namespace_and_gets_its_answer_and_errors() -> None:
    with open_plain_user() as user:
        printed = user.run(CALL).splitlines()
    assert printed == ["0 5 6", f"65534 {1879048192 + 4}", "too small; enlarge it"]


@pytest.mark.skipif(not has_plain_user(), reason="needs root, and the package uidmap")
def test_a_user_for_whom_there_is_no_namespace_is_told_what_is_needed() -> None:
    with open_plain_user() as user, pytest.raises(AssertionError, match="making it needs root, or a user namespace"):
        user.run(ALONE)
