from __future__ import annotations

from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.tools import xorriso

GUID = "0000005f-0000-5000-8000-000000000000"


def test_equal_signs_and_backslashes_of_paths_are_escaped() -> None:
    assert xorriso.format_path_list([("a=b", Path("/c\\d"))]) == "/a\\=b=/c\\\\d\n"


def test_a_path_with_a_line_break_is_refused() -> None:
    with pytest.raises(ComposeError, match="a path with a line break cannot be put on a medium"):
        xorriso.format_path_list([("a\nb", Path("c"))])


def test_all_times_are_the_epochs() -> None:
    command = xorriso.mkisofs("VOLUME", 1_700_000_000, GUID, Path("paths"), Path("out.iso"), ["-e", "efi.img"])
    assert "--modification-date=2023111422132095" in command
    assert command[command.index("--set_all_file_dates") + 1] == "2023111422132000"
    assert command[command.index("-e") + 1] == "efi.img"
