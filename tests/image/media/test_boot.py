from __future__ import annotations

from pathlib import Path

import pytest

from composelib.errors import MachineError
from composelib.image.media import boot
from composelib.tools import binfmt, grub


@pytest.mark.parametrize(
    ("platform", "cure"),
    [
        ("x86_64-efi", "apt-get install grub-efi-amd64-bin"),
        ("arm64-efi", "`dpkg --add-architecture arm64`, `apt-get update`, `apt-get install grub-efi-arm64-bin:arm64`"),
    ],
)
def test_modules_that_are_not_installed_are_named_with_their_package(
    platform: str, cure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grub, "find_modules", lambda platform: tmp_path / platform)
    monkeypatch.setattr(binfmt, "read_native_arch", lambda: "amd64")
    with pytest.raises(MachineError) as caught:
        boot.make_core(platform, tmp_path / "config", tmp_path / "core")
    assert caught.value.hint == cure
