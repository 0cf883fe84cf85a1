"""doit as a program, in which every task first reads a file that it does not declare, and roots are a few files.

What watches the tasks has to find that read of each of them.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from doit.__main__ import main

from composelib.actions import chroot
from composelib.building.build_job import BuildJob
from composelib.building.builders import native
from composelib.engine import child_process
from composelib.image.ostree.installer_init import PROGRAMS
from composelib.image.root.builder import RootJob
from composelib.image.root.builders import mmdebstrap
from composelib.stages.chroot import ChrootJob
from composelib.task import Task
from tests.kit.root_tars import FILES, LINKS, write_tiny_root
from tests.kit.tiny_archive import deb, paragraph

FOREIGN = "DECLARED_FOREIGN"
"""The variable that names the file; empty for none."""
OPENED = "DECLARED_OPENED"
"""The variable that names the folder in which each process writes down what its Python opens."""
STUB_ROOTS = "DECLARED_STUB_ROOTS"
"""The variable that asks for roots of a few files."""
SHELL = ("/bin/sh", "/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6")
"""The files of the machine with which a script starts within a root."""
BOOTABLE = {
    **FILES,
    **{f"usr/bin/{name}": b"" for name in PROGRAMS},
    "proc/empty": b"",
    "etc/os-release": b"ID=tiny\nVERSION_ID=1.10\n",
    "usr/lib/modules/6.1.0-9-amd64/initramfs.img": b"initramfs",
    "var/lib/dpkg/status": b"Package: tool\n",
}


def trespass(run: partial[None], foreign: str) -> None:
    """Read the file, then do what the task is for."""
    Path(foreign).read_bytes()
    run()


def write_down_opens(folder: str) -> None:
    """Write down, from now on, what Python opens in this process and those forked from it."""
    sink = os.open(f"{folder}/{os.getpid()}", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event in {"open", "os.listdir", "os.scandir"} and isinstance(arguments[0], (str, bytes, os.PathLike)):
            os.write(sink, os.path.normpath(Path.cwd() / os.fsdecode(arguments[0])).encode() + b"\n")

    sys.addaudithook(hear)


def attempt(task: Task, log: Path, scratch: Path, channel: int) -> int:
    """Run a task that trespasses."""
    write_down_opens(os.environ[OPENED])
    foreign = os.environ.get(FOREIGN, "")
    return REAL_ATTEMPT(
        replace(task, run=partial(trespass, task.run, foreign)) if foreign else task, log, scratch, channel
    )


def build_stub(root: RootJob, output: Path) -> None:
    """Write the root file system of a few files."""
    root.packages.read_bytes()
    shell = {f"usr{path}": Path(path).read_bytes() for path in SHELL}
    folders = {name: f"usr/{name}" for name in ("bin", "sbin", "lib", "lib64")}
    write_tiny_root(output, BOOTABLE | shell | {"usr/bin/dracut": render_dracut()}, LINKS | folders)


def make_chroot_stub(job: ChrootJob) -> None:
    """Write a root that nothing can be built in."""
    job.packages.read_bytes()
    write_tiny_root(job.output)


def build_binaries_stub(job: BuildJob, results: Path) -> None:
    """Leave a package without building anything."""
    fields = {"Package": "greeter", "Version": "1.0", "Architecture": "amd64", "Maintainer": "Tiny <tiny@example.org>"}
    content = deb(paragraph({**fields, "Description": job.source.name}), {})
    name = "greeter_1.0_amd64"
    (results / f"{name}.deb").write_bytes(content)
    row = f"{hashlib.sha256(content).hexdigest()} {len(content)} {name}.deb"
    (results / f"{name}.changes").write_text(f"Checksums-Sha256:\n {row}\n")


def render_dracut() -> bytes:
    """Return a script that writes an initramfs of a word."""
    packed = subprocess.run(["zstd", "-c"], input=b"initramfs", capture_output=True, check=True).stdout
    octets = "".join(f"\\{octet:03o}" for octet in packed)
    return f"#!/bin/sh\nprintf '{octets}' >/installer.img\n".encode()


REAL_ATTEMPT = child_process.attempt


if __name__ == "__main__":
    child_process.attempt = attempt
    if os.environ.get(STUB_ROOTS):
        mmdebstrap.build = build_stub
        chroot.make_chroot = make_chroot_stub
        native.build_binaries = build_binaries_stub
    sys.argv[0] = "doit"
    sys.exit(main())
