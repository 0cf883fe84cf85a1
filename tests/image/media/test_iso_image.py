from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.image.media.iso_image import write_iso
from tests.kit.iso_files import extract_iso


def write(folder: Path, **options: object) -> Path:
    """Write an ISO image of one file, of a name that xorriso's lists must quote."""
    (folder / "a=b\\c").write_text("content")
    content = [("x=y\\z", folder / "a=b\\c")]
    write_iso(folder / "out.iso", content, "VOLUME", 1_700_000_000, folder / "paths", **options)  # type: ignore[arg-type] # any of them
    return folder / "out.iso"


def test_a_file_is_on_it_under_its_path_whatever_characters_are_in_it(tmp_path: Path) -> None:
    iso = write(tmp_path)
    extract_iso(iso, tmp_path / "tree")
    assert (tmp_path / "tree/x=y\\z").read_text() == "content"


def test_an_image_that_its_check_refuses_does_not_appear(tmp_path: Path) -> None:
    def refuse(size: int) -> None:
        raise ComposeError(f"{size > 0}")

    with pytest.raises(ComposeError, match="True"):
        write(tmp_path, check=refuse)
    assert not list(tmp_path.glob("*.iso*"))


def identify(folder: Path, volume: str) -> tuple[str, str]:
    """Return the GUID of a bootable medium's partition table, by sgdisk, and the UUID of its file system, by blkid."""
    folder.mkdir()
    (folder / "efi.img").write_bytes(bytes(1 << 20))
    boot = ["-e", "efi.img", "-no-emul-boot", "-efi-boot-part", "--efi-boot-image"]
    iso = folder / "out.iso"
    write_iso(iso, [("efi.img", folder / "efi.img")], volume, 1_700_000_000, folder / "paths", boot=boot)
    table = subprocess.run(["sgdisk", "-p", iso], check=True, capture_output=True, text=True).stdout
    uuid = subprocess.run(["blkid", "-p", "-o", "value", "-s", "UUID", iso], check=True, capture_output=True, text=True)
    (guid,) = re.findall(r"Disk identifier \(GUID\): (\S+)", table)
    return guid, uuid.stdout.strip()


def test_two_media_of_one_time_have_ids_of_their_own(tmp_path: Path) -> None:
    first, second = identify(tmp_path / "a", "DEMO-A"), identify(tmp_path / "b", "DEMO-B")
    assert first[0] != second[0]
    assert first[1] != second[1]
    assert first == identify(tmp_path / "again", "DEMO-A")
