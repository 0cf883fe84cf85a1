from __future__ import annotations

from pathlib import Path

import pytest

from composelib.errors import MachineError
from composelib.image.media import boot
from composelib.tools import grub


def test_modules_that_are_not_installed_are_named_with_their_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grub, "find_modules", lambda platform: tmp_path / platform)
    with pytest.raises(MachineError) as caught:
        boot.make_core("x86_64-efi", tmp_path / "config", tmp_path / "core")
    assert caught.value.hint == "apt-get install grub-efi-amd64-bin"
