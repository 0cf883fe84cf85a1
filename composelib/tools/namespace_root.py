"""Calls of functions by root: the machine's, or that of a user namespace, in which its user's subordinate users are the others."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TypeVar

from composelib.errors import MachineError
from composelib.tools import private_binfmt
from composelib.tools.root_user import is_root

ReturnedT = TypeVar("ReturnedT")
CURE = "a user other than root needs the package uidmap, and a line in /etc/subuid and in /etc/subgid"


def call_as_root(function: Callable[[], ReturnedT], purpose: str) -> ReturnedT:
    """Call a function as root; if another user runs this process, in a child process that is root of a user namespace.

    Files that the function leaves to other users belong to subordinate users here. What it returns is returned here, and its
    errors are raised here. Raise MachineError, with the purpose that needs root, if there can be no such namespace.
    """
    if is_root():
        return function()
    sys.stdout.flush()
    sys.stderr.flush()
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=call_in_namespace, args=(function, theirs))
    process.start()
    theirs.close()
    try:
        returned, error = ours.recv()
    except EOFError:
        error = MachineError(f"{purpose} needs root, or a user namespace, which cannot be made here", CURE)
    finally:
        process.join()
    if error:
        raise error
    return returned  # type: ignore[no-any-return] # what the function has returned


def call_in_namespace(function: Callable[[], object], answer: Connection) -> None:
    """Call a function as root of a new user namespace; send what it returns, and the error that it raises, or None."""
    private_binfmt.call_libc("prctl", private_binfmt.PR_SET_PDEATHSIG, signal.SIGKILL)
    ids = {name: private_binfmt.read_ids(name) for name in ("uid", "gid")}
    private_binfmt.enter_namespaces(private_binfmt.CLONE_NEWUSER, private_binfmt.start_from_zero, ids)
    os.setgroups([])
    try:
        answer.send((function(), None))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the function was called from
        answer.send((None, error))
