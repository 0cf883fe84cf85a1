"""The files of a disc, as xorriso finds them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from composelib.verify.iso9660 import list_disc_files

NAMES = ("plain", "x" * 200, "a b;c'd", "deep/er/and/deeper/than/eight/folders/are/said/to/be/file", "empty")


def test_names_and_contents_are_those_that_went_in(tmp_path: Path) -> None:
    contents = {
        name: b"" if name == "empty" else name.encode() * 300 for name in (*NAMES, *(f"many/{n}" for n in range(200)))
    }
    for name, content in contents.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(content)
    iso = tmp_path / "disc.iso"
    command = [
        "xorriso",
        "-as",
        "mkisofs",
        "-quiet",
        "-r",
        "-J",
        "-iso-level",
        "3",
        "-o",
        str(iso),
        str(tmp_path / "in"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    with iso.open("rb") as disc:
        files = list_disc_files(disc.fileno())
    whole = iso.read_bytes()
    assert {
        file.path: b"".join(whole[start : start + size] for start, size in file.extents) for file in files
    } == contents
    assert {file.path: file.size for file in files} == {name: len(content) for name, content in contents.items()}


@pytest.mark.parametrize("content", [b"", b"\0" * 40_000, bytes(16 * 2048) + b"\x01CD001" + b"\xff" * 4096])
def test_what_is_no_disc_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "no.iso").write_bytes(content)
    with (tmp_path / "no.iso").open("rb") as disc, pytest.raises(ValueError, match=r"volume|folders"):
        list_disc_files(disc.fileno())
