from __future__ import annotations

import subprocess

from composelib.image.media import grub_menu


def test_a_live_menu_offers_ram_persistence_and_a_serial_console() -> None:
    text = grub_menu.write_live_menu("Demo 12", "amd64")
    for word in (" toram ", " persistence ", "console=ttyS0,115200\n"):
        assert word in text


def test_a_quote_in_a_title_does_not_end_it() -> None:
    assert grub_menu.quote("Ann's") == "'Ann'\\''s'"


def test_grub_takes_the_menus_for_valid() -> None:
    menus = [
        grub_menu.write_live_menu("Ann's", "amd64"),
        grub_menu.write_disk_menu("It's", "amd64", "1234", "/vmlinuz", "/initrd.img", "quiet"),
    ]
    for text in menus:
        subprocess.run(["grub-script-check"], input=text.encode(), check=True)


def test_a_console_of_the_config_is_the_last_and_so_wins() -> None:
    menus = (
        grub_menu.write_live_menu("Demo", "amd64", "console=ttyS1"),
        grub_menu.write_disk_menu("Demo", "arm64", "1234", "/vmlinuz", "/initrd.img", "console=ttyS1"),
    )
    for menu in menus:
        lines = [line for line in menu.splitlines() if line.startswith("    linux ")]
        assert all(line.endswith(" console=ttyS1") for line in lines)


def test_the_serial_line_is_that_of_the_arch() -> None:
    for arch, line in (("amd64", "ttyS0"), ("arm64", "ttyAMA0"), ("riscv64", "ttyS0")):
        menu = grub_menu.write_disk_menu("Demo", arch, "1234", "/vmlinuz", "/initrd.img")
        assert f" console={line},115200 console=tty0\n" in menu
        assert f" single console=tty0 console={line},115200\n" in menu
