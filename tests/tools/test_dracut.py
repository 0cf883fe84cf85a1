from __future__ import annotations

from composelib.tools import dracut


def test_an_initramfs_is_made_for_any_machine_and_the_same_each_time() -> None:
    command = dracut.initramfs("6.1.0-9-amd64", "/boot/initramfs.img", ["ostree", "systemd"])
    assert command == [
        *("dracut", "--quiet", "--force", "--no-hostonly", "--reproducible", "--zstd", "--add=ostree systemd"),
        *("--kver", "6.1.0-9-amd64", "/boot/initramfs.img"),
    ]
