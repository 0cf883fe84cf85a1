from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from composelib.errors import MachineError
from composelib.tools import qemu
from composelib.tools.run import start
from composelib.tools.serial_console import BootError, Console, copy_firmware, split_escapes

GUEST = r"""
import sys
print("\x1b[1;32mhost login:\x1b[0m ", end="", flush=True)
for line in sys.stdin:
    if line == "poweroff\n": break
    print(f"{line}got {line.strip()}\n# ", end="", flush=True)
"""


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """Return a console of a program that talks as a guest does."""
    ours, theirs = socket.socketpair()
    with ours, theirs, start([sys.executable, "-c", GUEST]) as process:
        yield Console(process, tmp_path / "serial.log", ours)


def test_what_is_printed_is_seen_without_escapes_and_logged_with_them(console: Console, tmp_path: Path) -> None:
    assert console.wait(r"^host login: ?$", 10)
    assert (tmp_path / "serial.log").read_bytes().startswith(b"\x1b[1;32m")


def test_a_shell_answers_with_what_it_prints_before_its_prompt(console: Console) -> None:
    console.wait("login:", 10)
    assert console.ask("hello", 10) == "got hello\n"


def test_what_is_not_printed_in_time_is_an_error_that_quotes_what_was(console: Console) -> None:
    with pytest.raises(BootError, match=r"(?s)waiting for 'panic': the machine did not print it in 0\.5 .*host login:"):
        console.wait("panic", 0.5)


def test_a_machine_that_switches_itself_off_ends(console: Console) -> None:
    console.wait("login:", 10)
    with pytest.raises(BootError, match="is not off after"):
        console.wait_for_end(0.1)
    console.type("poweroff\n")
    console.wait_for_end(10)
    with pytest.raises(BootError, match="the machine ended"):
        console.wait("anything", 10)


@pytest.mark.parametrize(
    ("data", "split"), [(b"a\x1b[1", (b"a", b"\x1b[1")), (b"a\x1b[1m", (b"a\x1b[1m", b"")), (b"a", (b"a", b""))]
)
def test_an_escape_sequence_that_has_not_ended_is_split_off(data: bytes, split: tuple[bytes, bytes]) -> None:
    assert split_escapes(data) == split


def test_firmware_that_is_not_installed_is_told_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qemu, "UEFI", {("riscv64", "uefi"): (tmp_path / "uboot.elf",)})
    with pytest.raises(MachineError, match=r"/uboot\.elf: there is no such firmware; apt-get install u-boot-qemu"):
        copy_firmware(qemu.Machine("riscv64", firmware="uefi"), tmp_path / "variables")
