"""Runs a program as root of namespaces of its own, in a root of overlaid folders: `python3 -I sandbox.py FILE`.

It is a program by itself and imports nothing of ours. The program that it runs sees its own processes, a network without
links, and of the machine's files nothing but the folders that the JSON in FILE names; the user of each number there is another one
here, whom nobody else is. However it ends, even killed, none of its processes and none of its mounts remains.
"""

from __future__ import annotations

import ctypes
import json
import os
import pwd
import signal
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

USERS = 65536
"""How many users there are inside."""
FIRST_OF_ROOT = 0x6DEB0000
"""The number here of the root inside, if root runs this: from a range that systemd leaves to containers."""
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 1 << 12, 1 << 14, 1 << 18
MNT_DETACH = 2
CLONE_NEWNS = 0x00020000
NAMESPACES = CLONE_NEWNS | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
"""Mounts, cgroups, host name, IPC, users, processes, network: unshare(2)."""
PR_SET_PDEATHSIG = 1
DEVICES = ("full", "null", "random", "tty", "urandom", "zero")
LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2", "ptmx": "pts/ptmx"}
NOT_STARTED = 213
"""The exit status if the program cannot be started: one that no program ends with by chance."""

OVER_LIMIT = 214
"""The exit status if the program was ended because it took too much."""
SHORTEST_PAUSE = 0.1
"""Seconds between two looks at what the program takes."""
BLOCK = 512
"""Bytes of a block, as stat(2) counts them."""

libc = ctypes.CDLL(None, use_errno=True)


def main(job: dict[str, Any]) -> int:
    """Run `argv` with `environment`; return its exit status.

    With `lower`, folders with the topmost first, its root is an overlay over these: what it writes is in `folder`/upper.
    There `read`, `write` and `programs` name folders by their paths inside; only from the last, read-only, too, is
    anything started. With `terminal` it stays in this session, to talk with whoever sits there. Without `lower` it works in the machine's files.
    """
    yield_memory()
    mounted = {**job["read"], **job["write"], **job["programs"]}
    folders = {*job["lower"], *mounted.values(), job["folder"]}
    paths = expose(folders, {job["folder"], *job["write"].values()}) if os.getuid() == 0 else {}
    folder = os.open(paths.get(job["folder"], job["folder"]), os.O_DIRECTORY)
    enter_namespaces()
    child = os.fork()
    if child == 0:
        end_with_parent()
        try:
            os.chdir(paths.get(job["folder"], job["folder"]))
            if job["lower"]:
                enter_root(job, paths)
            if not job["terminal"]:
                os.setsid()
            os.execve(job["argv"][0], job["argv"], job["environment"])  # noqa: S606 - there is no shell to want
        finally:
            report_failure()
    return watch(child, job["memory"], job["disk"], folder) % 256


def watch(child: int, memory: int, disk: int, folder: int) -> int:
    """Wait for a program; return its exit status. End it when all in its namespaces takes more than some bytes; 0 for any number.

    This process is in the program's root, too, once that is entered. A look at what is taken is followed by ten times as
    long without one.
    """
    ended, pause = 0, SHORTEST_PAUSE
    outside = Path("/proc").stat().st_dev
    looks = (
        ("memory", memory, partial(measure_memory, outside)),
        ("disk", disk, partial(measure_disk, folder)),
    )
    while not ended:
        time.sleep(pause if memory or disk else 0)
        begun = time.monotonic()
        for name, limit, measure in looks:
            if limit and measure() > limit:
                print(f"sandbox: more {name} than {limit} bytes: all inside is ended", file=sys.stderr, flush=True)
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)  # all that run below it have ended, too, and write nothing more
                return OVER_LIMIT
        ended, status = os.waitpid(child, os.WNOHANG if memory or disk else 0)
        pause = max(SHORTEST_PAUSE, 10 * (time.monotonic() - begun))
    return os.waitstatus_to_exitcode(status)


def measure_memory(outside: int) -> int:
    """Return how many bytes of memory the processes inside have for themselves (proc(5), statm).

    `outside` is the device of the machine's /proc, which is here until the root is entered.
    """
    with suppress(OSError):  # it is being entered
        if Path("/proc").stat().st_dev != outside:
            return sum(map(count_pages, Path("/proc").glob("[0-9]*/statm"))) * os.sysconf("SC_PAGE_SIZE")
    return 0


def count_pages(statm: Path) -> int:
    """Return how many pages of memory a process has for itself; 0 if it has ended."""
    try:
        _, resident, shared, *_ = statm.read_text().split()
    except OSError:
        return 0
    return int(resident) - int(shared)


def measure_disk(folder: int) -> int:
    """Return how many bytes of the disk the overlay in an open folder takes."""
    total = 0
    with suppress(FileNotFoundError):  # it is not there yet
        for _, _, names, parent in os.fwalk("upper", dir_fd=folder):
            for name in names:
                with suppress(OSError):  # it was removed
                    total += os.stat(name, dir_fd=parent, follow_symlinks=False).st_blocks * BLOCK
    return total


def expose(folders: set[str], writable: set[str]) -> dict[str, str]:
    """Let the root inside, who is nobody here, reach folders wherever they are: return the paths where it finds them."""
    call_libc("unshare", CLONE_NEWNS)
    call_libc("mount", "none", "/", None, MS_REC | MS_PRIVATE, None)
    call_libc("mount", "none", "/run", "tmpfs", 0, "mode=755,size=1m")
    paths = {folder: f"/run/{number}" for number, folder in enumerate(sorted(folders))}
    for folder, path in paths.items():
        if folder in writable:
            os.chown(folder, FIRST_OF_ROOT, FIRST_OF_ROOT)
        Path(path).mkdir()
        call_libc("mount", folder, path, None, MS_BIND | MS_REC, None)
    return paths


def call_libc(name: str, *words: Any) -> None:
    """Call a function of the C library. Raise OSError if it fails."""
    arguments = [os.fsencode(word) if isinstance(word, str) else word for word in words]
    if getattr(libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name} {' '.join(map(str, words))}: {os.strerror(number)}")


def end_with_parent() -> None:
    """Let this process be killed when its parent ends."""
    call_libc("prctl", PR_SET_PDEATHSIG, signal.SIGKILL)


def report_failure() -> NoReturn:
    """End this process, which could not start the program, after printing why."""
    print(f"sandbox: {sys.exc_info()[1]}", file=sys.stderr, flush=True)
    os._exit(NOT_STARTED)


def enter_namespaces() -> None:
    """Enter namespaces of our own, in which this process is root; its children are the first processes there."""
    pid, (ready, go) = os.getpid(), os.pipe()
    helper = os.fork()
    if helper == 0:
        try:
            os.close(go)
            os.read(ready, 1)
            map_users(pid)
            os._exit(0)
        finally:
            report_failure()
    call_libc("unshare", NAMESPACES)
    os.close(ready)
    os.close(go)
    if os.waitstatus_to_exitcode(os.waitpid(helper, 0)[1]):
        raise SystemExit(NOT_STARTED)
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    end_with_parent()


def map_users(pid: int) -> None:
    """Say who the users inside are here: numbers of nobody's if we are root, else us and our subordinate users."""
    if os.getuid() == 0:
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{pid}/{name}").write_text(f"0 {FIRST_OF_ROOT} {USERS}")
        return
    run_helper("newuidmap", str(pid), "0", str(os.getuid()), "1", "1", *read_subordinate("/etc/subuid"))
    run_helper("newgidmap", str(pid), "0", str(os.getgid()), "1", "1", *read_subordinate("/etc/subgid"))


def run_helper(*argv: str) -> None:
    """Run a program to its end. Raise OSError if it fails."""
    if os.spawnvp(os.P_WAIT, argv[0], argv):  # noqa: S606 - as above
        raise OSError(f"{' '.join(argv)}: failed")


def read_subordinate(path: str) -> tuple[str, str]:
    """Return the first of this user's subordinate users (subuid(5)), and how many we take. Raise OSError if there are none."""
    user = os.getuid()
    names = {str(user)}
    with suppress(KeyError):
        names.add(pwd.getpwuid(user).pw_name)
    rows = [line.split(":") for line in Path(path).read_text().splitlines()]
    for name, first, count in (row for row in rows if len(row) == 3):  # noqa: PLR2004 - NAME:FIRST:COUNT
        if name in names and int(count) >= USERS - 1:
            return first, str(USERS - 1)
    raise OSError(f"{path}: no {USERS} subordinate users of {' or '.join(sorted(names))}")


def enter_root(job: dict[str, Any], paths: dict[str, str]) -> None:
    """Mount the root, with its own /proc and /dev, and leave the machine's files behind."""
    call_libc("mount", "none", "/", None, MS_REC | MS_PRIVATE, None)
    for name in ("upper", "work", "root"):
        Path(name).mkdir(exist_ok=True)
    lower = ":".join(paths.get(path, path) for path in job["lower"])
    call_libc("mount", "overlay", "root", "overlay", 0, f"lowerdir={lower},upperdir=upper,workdir=work,userxattr")
    os.chdir("root")
    mount_devices()
    call_libc("mount", "proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)
    for target, source in {**job["read"], **job["write"], **job["programs"]}.items():
        Path(f".{target}").mkdir(parents=True, exist_ok=True)
        call_libc("mount", paths.get(source, source), f".{target}", None, MS_BIND, None)
        flags = MS_NOSUID | MS_NODEV | (0 if target in job["write"] else MS_RDONLY)
        flags |= 0 if target in job["programs"] else MS_NOEXEC
        call_libc("mount", None, f".{target}", None, MS_BIND | MS_REMOUNT | flags, None)
    call_libc("pivot_root", ".", ".")
    call_libc("umount2", ".", MNT_DETACH)
    os.chdir("/")
    call_libc("sethostname", "localhost", len("localhost"))


def yield_memory() -> None:
    """Let what runs here be the first to be killed when the machine's memory runs out."""
    Path("/proc/self/oom_score_adj").write_text("1000")


def mount_devices() -> None:
    """Mount a /dev with what any program expects there."""
    call_libc("mount", "none", "dev", "tmpfs", MS_NOSUID, "mode=755,size=1m")
    for name in DEVICES:
        Path(f"dev/{name}").touch()
        call_libc("mount", f"/dev/{name}", f"dev/{name}", None, MS_BIND, None)
    for name, target in LINKS.items():
        Path(f"dev/{name}").symlink_to(target)
    Path("dev/pts").mkdir()
    call_libc("mount", "none", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")
    Path("dev/shm").mkdir()
    call_libc("mount", "none", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")


if __name__ == "__main__":
    try:
        sys.exit(main(json.loads(Path(sys.argv[1]).read_bytes())))
    except OSError:
        report_failure()
