"""Runs a command in which programs of another arch run, too: `python3 -I private_binfmt.py HANDLER COMMAND…`.

It is a program by itself and imports nothing of ours. HANDLER is a file of binfmt.d(5), as the packages of qemu-user have them.
The command runs as the same user, with the same files, in a user namespace with a binfmt_misc of its own, which Linux has from
6.7 on: nothing is registered on the machine.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import struct
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

Ids = list[tuple[int, int]]
WriteMap = Callable[[int, str, Ids], None]

BINFMT_MISC = "/proc/sys/fs/binfmt_misc"
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_REC, MS_PRIVATE = 1 << 14, 1 << 18
PR_SET_PDEATHSIG, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 47, 2
CAP_SETGID, CAP_SETUID = 6, 7
CAPABILITY_VERSION_3 = 0x20080522
NOT_STARTED = 213
"""The exit status if the command cannot be started."""

libc = ctypes.CDLL(None, use_errno=True)


def main(handler: str, command: list[str]) -> int:
    """Run the command; return its exit status."""
    ids = {name: read_ids(name) for name in ("uid", "gid")}
    is_root = os.getuid() == 0
    enter_namespaces(CLONE_NEWUSER | CLONE_NEWNS, write_same_ids if is_root else start_from_zero, ids)
    call_libc("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    call_libc("mount", b"none", BINFMT_MISC.encode(), b"binfmt_misc", 0, None)
    Path(BINFMT_MISC, "register").write_bytes(Path(handler).read_bytes().strip())
    child = os.fork()  # this process keeps the mount, and with it the handler
    if child == 0:
        try:
            if not is_root:
                enter_namespaces(CLONE_NEWUSER, end_at_zero, ids)
                retain_capabilities()
            call_libc("prctl", PR_SET_PDEATHSIG, signal.SIGKILL)
            os.execvp(command[0], command)  # noqa: S606 - there is no shell to want
        finally:
            report_failure()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the command gets it, too, and may have to tidy up
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) % 256


def call_libc(name: str, *arguments: Any) -> None:
    """Call a function of the C library. Raise OSError if it fails."""
    if getattr(libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def report_failure() -> NoReturn:
    """End this process after printing why it could not go on."""
    print(f"private_binfmt: {sys.exc_info()[1]}", file=sys.stderr, flush=True)
    os._exit(NOT_STARTED)


def enter_namespaces(flags: int, write_map: WriteMap, ids: Mapping[str, Ids]) -> None:
    """Enter namespaces whose users and groups `write_map` maps, from outside."""
    pid, (ready, go) = os.getpid(), os.pipe()
    helper = os.fork()
    if helper == 0:
        try:
            os.close(go)
            os.read(ready, 1)
            for name in ids:
                write_map(pid, name, ids[name])
            os._exit(0)
        finally:
            report_failure()
    call_libc("unshare", flags)
    os.close(ready)
    os.close(go)
    if os.waitstatus_to_exitcode(os.waitpid(helper, 0)[1]):
        raise SystemExit(NOT_STARTED)


def read_ids(name: str) -> Ids:
    """Return ranges of users or groups, each its first number and how many: all for root, else the own one and its subordinates."""
    if os.getuid() == 0:
        rows = [line.split() for line in Path(f"/proc/self/{name}_map").read_text().splitlines()]
        return [(int(first), int(count)) for first, _, count in rows]
    names = {str(os.getuid())}
    with suppress(KeyError):
        names.add(pwd.getpwuid(os.getuid()).pw_name)
    rows = [line.split(":") for line in Path(f"/etc/sub{name}").read_text().splitlines()]
    subordinate = [(int(row[1]), int(row[2])) for row in rows if len(row) == 3 and row[0] in names]  # noqa: PLR2004 - NAME:FIRST:COUNT
    return [(os.getuid() if name == "uid" else os.getgid(), 1), *subordinate]


def write_same_ids(pid: int, name: str, ids: Ids) -> None:
    """Let all have their own numbers in the namespace of a process."""
    Path(f"/proc/{pid}/{name}_map").write_text("".join(f"{first} {first} {count}\n" for first, count in ids))


def start_from_zero(pid: int, name: str, ids: Ids) -> None:
    """Let all be numbered from 0, root's number, who alone may register a handler. Raise OSError if newuidmap(1) refuses."""
    words = [str(number) for inside, first, count in count_up(ids) for number in (inside, first, count)]
    if os.spawnvp(os.P_WAIT, f"new{name}map", [f"new{name}map", str(pid), *words]):  # noqa: S606 - as above
        raise OSError(f"new{name}map {' '.join(words)}: failed")


def end_at_zero(pid: int, name: str, ids: Ids) -> None:
    """Map the users that are numbered from 0 back to their own numbers, in a namespace below."""
    rows = (f"{first} {inside} {count}\n" for inside, first, count in count_up(ids))
    Path(f"/proc/{pid}/{name}_map").write_text("".join(rows))


def count_up(ids: Ids) -> Iterator[tuple[int, int, int]]:
    """Yield ranges with the numbers that they begin with if all are numbered from 0."""
    inside = 0
    for first, count in ids:
        yield inside, first, count
        inside += count


def retain_capabilities() -> None:
    """Let the command's newuidmap(1) work: it is not the machine's root's here, so that it does not become root."""
    mask = 1 << CAP_SETGID | 1 << CAP_SETUID
    call_libc("capset", struct.pack("=Ii", CAPABILITY_VERSION_3, 0), struct.pack("=6I", mask, mask, mask, 0, 0, 0))
    for capability in (CAP_SETGID, CAP_SETUID):
        call_libc("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], sys.argv[2:]))
    except OSError:
        report_failure()
