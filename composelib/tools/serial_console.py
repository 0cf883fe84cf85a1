"""A running virtual machine: starts it, waits for text on its serial line, types to it, takes screenshots."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import Any

from composelib.dataclass import dataclass
from composelib.errors import ComposeError, MachineError
from composelib.files import open_own
from composelib.tools import qemu
from composelib.tools.run import Process, start

QUOTED = 1500  # characters of the serial line that an error quotes
PAUSE = 0.02  # seconds between typed characters: a guest's serial port drops faster input
ESCAPES = re.compile(rb"\x1b(\[[0-9;?=]*[A-Za-z]|[()][0-9A-Za-z]|[=>78cM])|[\r\x00\x07]")


class BootError(ComposeError):
    """A machine did not start as it should; the message quotes the end of its serial line."""


@dataclass
class Console:
    """A running machine."""

    process: Process
    log: Path
    """All that it has printed, as raw bytes."""
    monitor: socket.socket
    seen: str = ""
    """All that it has printed, without terminal escapes."""
    position: int = 0
    """The end of the last match of `wait` in `seen`."""
    pending: bytes = field(default=b"", repr=False)
    """The beginning of an escape sequence that has not ended yet."""

    def wait(self, pattern: str, seconds: float) -> re.Match[str]:
        """Wait until a regular expression matches what the machine prints after the last match; return the match.

        Raise BootError if `seconds` pass or the machine ends before that.
        """
        deadline = time.monotonic() + seconds
        while True:
            match = re.compile(pattern, re.MULTILINE).search(self.seen, self.position)
            if match:
                self.position = match.end()
                return match
            if not self.read(deadline - time.monotonic()):
                how = "ended" if self.process.poll() is not None else f"did not print it in {seconds:g} seconds"
                raise BootError(f"waiting for {pattern!r}: the machine {how}; it printed:\n{self.seen[-QUOTED:]}")

    def read(self, seconds: float) -> bool:
        """Read what the machine prints next; return False if nothing comes in time or the machine has ended."""
        stream = self.process.stdout
        if stream is None or seconds <= 0 or not select.select([stream], [], [], seconds)[0]:
            return False
        data = stream.read(65536)
        if not data:
            self.process.wait(5)
            return False
        with self.log.open("ab") as log:
            log.write(data)
        text, self.pending = split_escapes(self.pending + data)
        self.seen += ESCAPES.sub(b"", text).decode(errors="replace")
        return True

    def type(self, text: str) -> None:
        """Type text, slowly enough for an emulated serial port."""
        if self.process.stdin is None:
            return
        for character in text.encode():
            self.process.stdin.write(bytes([character]))
            time.sleep(PAUSE)

    def ask(self, command: str, seconds: float = 60, prompt: str = r"[#$] $") -> str:
        """Type a command line to a shell; return what comes before its next prompt."""
        start = self.position
        self.type(command + "\n")
        match = self.wait(prompt, seconds)
        return self.seen[start : match.start()].partition("\n")[2]

    def log_in(self, user: str, password: str, seconds: float = 120) -> None:
        """Log in at a login prompt, and wait for a shell prompt."""
        self.type(user + "\n")
        self.wait(r"Password: ?", seconds)
        self.type(password + "\n")
        self.wait(r"[#$] $", seconds)

    def take_screenshot(self, path: Path, seconds: float = 30) -> None:
        """Write a PNG of the machine's screen; the machine must have a `screen`."""
        self.order("qmp_capabilities", seconds)
        self.order("screendump", seconds, filename=str(path.absolute()), format="png")

    def order(self, command: str, seconds: float, **arguments: str) -> None:
        """Send a QMP command and wait for its answer. Raise BootError if it is refused."""
        self.monitor.settimeout(seconds)
        self.monitor.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        answers = self.monitor.makefile("rb", buffering=0)
        for line in answers:
            answer: dict[str, Any] = json.loads(line)
            if "return" in answer:
                return
            if "error" in answer:
                raise BootError(f"{command}: {answer['error'].get('desc', 'refused')}")

    def wait_for_end(self, seconds: float) -> None:
        """Wait until the machine has switched itself off. Raise BootError if it does not."""
        deadline = time.monotonic() + seconds
        while self.read(deadline - time.monotonic()):
            pass
        if self.process.poll() is None:
            raise BootError(f"the machine is not off after {seconds:g} seconds; it printed:\n{self.seen[-QUOTED:]}")


def split_escapes(data: bytes) -> tuple[bytes, bytes]:
    """Split data before the beginning of an escape sequence that has not ended yet."""
    start = data.rfind(b"\x1b")
    if start >= 0 and len(data) - start < 16 and not ESCAPES.match(data, start):  # noqa: PLR2004 - the longest sequence
        return data[:start], data[start:]
    return data, b""


def copy_firmware(machine: qemu.Machine, variables: Path) -> None:
    """Copy the variable store of a machine's UEFI firmware, if it has one. Raise MachineError if the firmware is not installed."""
    files = qemu.list_firmware_files(machine)
    for file in files:
        if not file.is_file():
            cure = f"apt-get install {qemu.FIRMWARE_PACKAGES[machine.arch]}"
            raise MachineError(f"{file}: there is no such firmware", cure)
    for store in files[1:]:
        shutil.copyfile(store, variables)


@contextmanager
def start_machine(machine: qemu.Machine, log: Path) -> Iterator[Console]:
    """Start a machine whose serial line goes to `log`; end it when the block ends."""
    os.close(open_own(log, os.O_WRONLY | os.O_TRUNC))
    ours, theirs = socket.socketpair()
    with ours, theirs, tempfile.TemporaryDirectory() as folder:
        variables = Path(folder, "variables")
        copy_firmware(machine, variables)
        command = qemu.system(machine, variables=variables, monitor=theirs.fileno())
        with start(command, pass_fds=(theirs.fileno(),)) as process:
            yield Console(process, log, ours)
