"""`doit boot`: an image starts in QEMU, on this terminal, and stays as it is.

Also covers: composelib.commands.shared.named_image, composelib.image.media.boot_drive.
"""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from composelib.commands.boot import BootCommand, find_subject, prepare_disk
from composelib.config import load
from composelib.errors import ConfigError
from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.program import PROGRAM
from tests.kit.demo_compose import CHECKOUT, Demo
from tests.kit.raw_disks import write_raw_disk

SECTOR = bytes.fromhex(
    "faea087c0000"  # cli; jmp 0:7c08
    "9090"
    "31c08ed88ec08ed0bc007c"  # flat segments, a stack
    "be447c"  # si = the text
    "baf803"  # dx = the serial line
    "ac08c07403ee"  # print its bytes
    "ebf8"
    "b80103bb007cb90200b600b280cd13"  # write this sector to sector 2 of the disk
    "b80103bb007cb90200b600b280cd13"
    "f4ebfd"  # halt
)
"""Boots by BIOS, says so on the serial line, and writes to its disk."""
TEXT = 0x44
"""Where the text is in the sector."""


@pytest.fixture(scope="module")
def picture() -> Compose:
    """Return a compose with an image of every kind."""
    return load(Path("docs/architecture.yaml"))


@pytest.fixture
def whole(picture: Compose, tmp_path: Path) -> Compose:
    """Return it with a file for each of its images."""
    made = load(picture.config, build=tmp_path)
    for variant in made.variants:
        for image in variant.images:
            for path in made.paths.image_files(variant.name, "amd64", image):
                write_file(path, "image")
    return made


@pytest.mark.parametrize(
    ("name", "installs"),
    [
        ("live", False),
        ("disk", False),
        ("edge-disk", False),
        ("installer", True),
        ("netboot", True),
        ("edge-installer", True),
        ("VARIANT:amd64:disk", False),
    ],
)
def test_every_kind_that_starts_is_started_and_an_installer_gets_a_disk(
    whole: Compose, name: str, installs: bool
) -> None:
    subject = find_subject(whole, name)
    assert next(path.name.split("-")[-1] for path in subject.files).startswith("amd64.")
    assert (subject.arch, subject.installs) == ("amd64", installs)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("packages", "VARIANT:amd64:packages: of kind iso; it starts no machine"),
        ("edge", "of kind ostree; start a disk that is made `from` it"),
        ("tool", "of kind container; it starts no machine"),
        ("nosuch", "nosuch: no image of this name, and no file that can be started; there are VARIANT:amd64:installer"),
    ],
)
def test_what_does_not_start_is_told(whole: Compose, name: str, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        find_subject(whole, name)
    assert problem in str(error.value)


def test_a_number_that_is_none_is_told_in_plain_words() -> None:
    with pytest.raises(ConfigError) as caught:
        BootCommand().parse_words(["dvd", "--memory=much"])
    assert (
        str(caught.value)
        == f"{PROGRAM} boot: --memory: 'much' is no whole number; `{PROGRAM} help boot` lists its options"
    )


def test_an_image_that_is_not_made_yet_is_told_with_the_task_that_makes_it(picture: Compose) -> None:
    with pytest.raises(ConfigError, match=r"not made yet; `.* image_format:VARIANT:amd64:edge-disk`"):
        find_subject(picture, "edge-disk")


def test_a_file_of_an_image_names_it(whole: Compose) -> None:
    path = find_subject(whole, "live").files[0]
    assert find_subject(whole, str(path)).files == (path,)


def test_a_file_of_a_disk_starts_on_a_machine_of_its_arch(whole: Compose, tmp_path: Path) -> None:
    assert find_subject(whole, str(write_raw_disk(tmp_path / "any.raw", arch="arm64"))).arch == "arm64"


def test_a_disk_that_is_there_is_used_as_it_is(tmp_path: Path) -> None:
    disk = tmp_path / "system.raw"
    disk.write_bytes(b"system")
    assert prepare_disk(disk).format == "raw"
    assert disk.read_bytes() == b"system"


def make_disk(path: Path) -> bytes:
    """Write a disk of the boot sector and an empty one; return its bytes."""
    sector = SECTOR.ljust(TEXT, b"\x90") + b"it has started\r\n\0"
    path.write_bytes(sector.ljust(510, b"\0") + b"\x55\xaa" + bytes(1 << 20))
    return path.read_bytes()


def read_until(terminal: int, text: bytes, seconds: float) -> bytes:
    """Read from a terminal until a text came; AssertionError if it does not in time."""
    output, deadline = b"", time.monotonic() + seconds
    while text not in output:
        assert select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0], output
        output += os.read(terminal, 4096)
    return output


@pytest.mark.slow
def test_a_disk_starts_on_this_terminal_is_quit_by_keys_and_stays_as_it_is(demo: Demo, tmp_path: Path) -> None:
    disk = tmp_path / "started.raw"
    content = make_disk(disk)
    ours, theirs = pty.openpty()
    words = ("boot", str(disk), f"compose={demo.config}", "--memory=64")
    command = (sys.executable, "-m", "doit", *words)
    with subprocess.Popen(command, cwd=CHECKOUT, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        output = read_until(ours, b"it has started", 120)
        assert b"starts by bios; Ctrl-A X ends it" in output
        time.sleep(1)  # for its write
        os.write(ours, b"\x01x")
        assert process.wait(30) == 0
    os.close(ours)
    assert disk.read_bytes() == content
