from __future__ import annotations

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
