"""The conditions in which a compose is made again: as unlike those of the first time as this machine and user allow."""

from __future__ import annotations

import ctypes
import os
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.task import Task
from composelib.tools import run as tool_run
from composelib.tools.root_user import is_root

CLONE_NEWUTS, CLONE_NEWUSER = 0x04000000, 0x10000000
OTHER_USER = 1
"""The number of Debian's user and group `daemon`."""
ROOTED = frozenset({"build", "chroot", "rootfs", "image_build", "ostree", "ostree_disk", "ostree_installer"})
"""The stages of which some work is root's."""
ROOTFS = "rootfs"
"""The stage that makes root file systems: the library that fakes the time is out of their sight but for /proc."""
ENTERING = "ostree_installer"
"""A stage that runs a program within a root, from which no path leads to the library."""
OUTSIDE = "/proc/1/root"
"""The machine's own root as seen within a root file system: that of the first process of the namespace (proc(5))."""
LIBRARIES = "lib/*/faketime/libfaketime.so.1"
SURROUNDINGS = {
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "tr_TR.UTF-8",
    "LANG": "tr_TR.UTF-8",
    "USER": "someone",
    "HOSTNAME": "elsewhere",
}
UMASK = 0o027
LATER = "+400d"
FAKETIME_OPTIONS = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1", "FAKETIME_DISABLE_SHM": "1"}


@dataclass(frozen=True)
class Conditions:
    """What differs from the first time; what is not possible here is empty or False."""

    hostname: str
    other_user: bool
    faketime: str
    """The path of libfaketime."""

    def describe(self, slots: int) -> Iterator[str]:
        """Yield the lines that say what is varied, and what cannot be."""
        names = ["path", "umask", "locale", "time zone", f"-n {slots}"]
        missing: list[str] = []
        for name, is_varied, cause in (
            ("host name", self.hostname, "needs root"),
            ("user", self.other_user, "needs root"),
            ("a later date", self.faketime, "needs the Debian package libfaketime"),
        ):
            (names if is_varied else missing).append(name if is_varied else f"{name} ({cause})")
        yield f"varied      {', '.join(names)}"
        if missing:
            yield f"not varied  {', '.join(missing)}"


def find_conditions() -> Conditions:
    """Return the conditions that are possible here."""
    library = next(iter(sorted(map(str, Path("/usr").glob(LIBRARIES)))), "")
    return Conditions("elsewhere" if is_root() else "", is_root(), library)


def enter(conditions: Conditions) -> None:
    """Change the surroundings of this process, and of all that it starts."""
    os.umask(UMASK)
    os.environ |= SURROUNDINGS
    time.tzset()
    if conditions.hostname:
        unshare(CLONE_NEWUTS)
        socket.sethostname(conditions.hostname)


def unshare(flags: int) -> None:
    """Leave namespaces of this process for new ones (unshare(2)). Raise OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "unshare")


def vary(name: str, task: Task, conditions: Conditions, *, later: bool = True) -> partial[None]:
    """Return a task's work, to be done in the conditions that suit its stage, at a later date if that is wanted."""
    stage = name.partition(":")[0]
    library = conditions.faketime if later and stage != ENTERING else ""
    if library and stage == ROOTFS:
        library = f"{OUTSIDE}{library}"
    return partial(work, task.run, library, other_user=conditions.other_user and stage not in ROOTED)


def work(action: partial[None], library: str, *, other_user: bool) -> None:
    """Do a task's work, as another user, and at a later date for the programs that it starts."""
    if other_user:
        become_other_user()
    if library:
        fake = {"LD_PRELOAD": library, "FAKETIME": LATER, **FAKETIME_OPTIONS}
        os.environ |= fake
        tool_run.INHERITED += tuple(fake)
    action()


def become_other_user() -> None:
    """Become another user, whom the files of this one belong to: in a user namespace (user_namespaces(7))."""
    user, group = os.geteuid(), os.getegid()
    unshare(CLONE_NEWUSER)
    for name, content in (
        ("uid_map", f"{OTHER_USER} {user} 1"),
        ("setgroups", "deny"),
        ("gid_map", f"{OTHER_USER} {group} 1"),
    ):
        Path("/proc/self", name).write_text(content)
