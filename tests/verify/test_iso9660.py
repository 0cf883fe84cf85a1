"""The files of a disc, as xorriso finds them."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest

from composelib.verify.iso9660 import NAME_FIXED, SECTOR, VOLUME, list_disc_files

NAMES = ("plain", "x" * 200, "a b;c'd", "deep/er/and/deeper/than/eight/folders/are/said/to/be/file", "empty")


def make_disc(folder: Path) -> Path:
    """Return an ISO image of what is in the folder `in`."""
    iso = folder / "disc.iso"
    options = ("-quiet", "-r", "-J", "-iso-level", "3", "-o", str(iso), str(folder / "in"))
    subprocess.run(["xorriso", "-as", "mkisofs", *options], check=True, capture_output=True)
    return iso


def test_names_and_contents_are_those_that_went_in(tmp_path: Path) -> None:
    contents = {
        name: b"" if name == "empty" else name.encode() * 300 for name in (*NAMES, *(f"many/{n}" for n in range(200)))
    }
    for name, content in contents.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(content)
    iso = make_disc(tmp_path)
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


def locate_root(content: bytes | bytearray) -> int:
    """Return where the root folder of an ISO image is."""
    return int.from_bytes(content[VOLUME + 158 : VOLUME + 162], "little") * SECTOR


@pytest.mark.parametrize("fault", ["folder", "length", "name"])
def test_a_disc_whose_folders_or_names_lead_round_in_a_circle_is_told(tmp_path: Path, fault: str) -> None:
    (tmp_path / "in/below").mkdir(parents=True)
    iso = make_disc(tmp_path)
    content = bytearray(iso.read_bytes())
    root = locate_root(content)
    start = content.index(b"BELOW", root) - NAME_FIXED
    if fault == "folder":
        content[start + 2 : start + 6] = (root // SECTOR).to_bytes(4, "little")
    elif fault == "length":
        content[start + 10 : start + 14] = (0xFFFFF800).to_bytes(4, "little")
    else:
        area = root + SECTOR * 400
        content += bytes(max(0, area + SECTOR - len(content)))
        entry = b"CE\x1c\x01" + b"".join(struct.pack("<I", number) + bytes(4) for number in (area // SECTOR, 0, 28))
        content[area : area + 28] = entry
        system_use = start + NAME_FIXED + len("BELOW")
        content[system_use : system_use + 28] = entry
    iso.write_bytes(content)
    with iso.open("rb") as disc, pytest.raises(ValueError, match=r"in each other|cut off|has no end"):
        list_disc_files(disc.fileno())
