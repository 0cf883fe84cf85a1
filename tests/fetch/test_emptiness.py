from __future__ import annotations

from pathlib import Path

import pytest

from composelib.errors import TrustError
from composelib.fetch.archive_memory import ArchiveMemory
from composelib.fetch.emptiness import check_filled

URIS = ("http://example.org/",)


def test_only_what_was_read_decides(tmp_path: Path) -> None:
    memory = ArchiveMemory(tmp_path / "store/archives", tmp_path / "one/archives")
    check_filled(memory, URIS, "stable", {"main/amd64": True, "contrib/amd64": False}, "it", allowed=False)
    check_filled(memory, URIS, "stable", {"contrib/amd64": False}, "it", allowed=False)
    check_filled(memory, URIS, "stable", {"main/arm64": False}, "it", allowed=False)
    check_filled(memory, URIS, "testing", {"main/amd64": False}, "it", allowed=False)
    with pytest.raises(TrustError, match="it: no packages, and there were some in main/amd64"):
        check_filled(memory, URIS, "stable", {"main/amd64": False}, "it", allowed=False)
