"""GRUB's configuration as text: the menus of media and disks, and the search for them."""

from __future__ import annotations

from collections.abc import Sequence

from composelib.dataclass import dataclass

SERIAL_LINES = {"arm64": "ttyAMA0"}
"""By arch: Linux's name of a machine's first serial line, where it is not ttyS0."""
HEADER = """\
if serial --unit=0 --speed=115200; then
    terminal_input console serial
    terminal_output console serial
fi
insmod all_video
set timeout={timeout}
set default=0
"""


@dataclass(frozen=True)
class MenuEntry:
    """A line of the menu, and the kernel and initramfs that it starts: paths as GRUB sees them."""

    title: str
    kernel: str
    initrd: str
    append: str
    key: str = ""
    """The key on the keyboard that chooses it."""


def format_menu(entries: Sequence[MenuEntry], timeout: int = 5) -> str:
    """Return a grub.cfg that offers entries on screen and serial line and starts the first after `timeout` seconds."""
    return HEADER.format(timeout=timeout) + "".join(map(write_entry, entries))


def write_entry(entry: MenuEntry) -> str:
    """Return a menuentry."""
    hotkey = f" --hotkey={entry.key}" if entry.key else ""
    return (
        f"menuentry {quote(entry.title)}{hotkey} {{\n"
        f"    linux {entry.kernel} {entry.append}\n"
        f"    initrd {entry.initrd}\n"
        "}\n"
    )


def quote(text: str) -> str:
    """Quote a word for GRUB's shell: within single quotes only the quote itself needs care."""
    return "'" + text.replace("'", "'\\''") + "'"


def list_consoles(arch: str) -> str:
    """Return the arguments that make the serial line and the screen consoles: a login is offered on each that exists.

    The last one is /dev/console: arguments of the config come after these.
    """
    return f"{name_serial_line(arch)} console=tty0"


def list_serial_consoles(arch: str) -> str:
    """Return the arguments that make the screen and the serial line consoles, and the latter /dev/console."""
    return f"console=tty0 {name_serial_line(arch)}"


def name_serial_line(arch: str) -> str:
    """Return the argument that makes the first serial line a console."""
    return f"console={SERIAL_LINES.get(arch, 'ttyS0')},115200"


def write_live_menu(name: str, arch: str, append: str = "") -> str:
    """Return the menu of a live medium (live-boot(7)): plain, to RAM, with persistence, serial console, checked."""
    base = "boot=live components"
    consoles, serial = list_consoles(arch), list_serial_consoles(arch)
    choices = [
        (f"{name} (live)", "l", f"{base} {consoles}"),
        (f"{name} (live, loaded into RAM)", "r", f"{base} toram {consoles}"),
        (f"{name} (live, with persistence)", "p", f"{base} persistence {consoles}"),
        (f"{name} (live, serial console)", "s", f"{base} {serial}"),
        (f"{name} (live, medium checked first)", "c", f"{base} verify-checksums {consoles}"),
    ]
    return format_menu(
        [
            MenuEntry(title, "/live/vmlinuz", "/live/initrd.img", f"{words} {append}".strip(), key)
            for title, key, words in choices
        ]
    )


def write_installer_menu(name: str, arch: str, folder: str, *, automatic: bool) -> str:
    """Return the menu of an installer's medium, its kernel in `folder`; `automatic` if it has answers to all questions.

    debootstrap may not know the release's codename, so the menu makes it use the script of sid.
    """
    base = "base-installer/debootstrap_script=sid"
    first = f"{base} auto=true priority=critical" if automatic else base
    choices = [
        (f"Install {name}", "i", f"{first} --- quiet"),
        (f"Install {name} (serial console)", "s", f"{first} {list_serial_consoles(arch)} ---"),
        (f"Install {name} (expert)", "e", f"{base} priority=low ---"),
        (f"Rescue a system with {name}", "r", f"{base} rescue/enable=true --- quiet"),
    ]
    return format_menu(
        [MenuEntry(title, f"/{folder}/vmlinuz", f"/{folder}/initrd.gz", words, key) for title, key, words in choices],
        timeout=30,
    )


def write_disk_menu(name: str, arch: str, root: str, kernel: str, initrd: str, append: str = "") -> str:
    """Return the menu of a disk whose root file system has the UUID `root`."""
    base = f"root=UUID={root} ro"
    choices = [
        (name, "", f"{base} {list_consoles(arch)}"),
        (f"{name} (serial console)", "s", f"{base} {list_serial_consoles(arch)}"),
        (f"{name} (recovery)", "r", f"{base} single {list_serial_consoles(arch)}"),
    ]
    return format_menu(
        [MenuEntry(title, kernel, initrd, f"{words} {append}".strip(), key) for title, key, words in choices], timeout=2
    )


def embed_file_search(marker: str) -> str:
    """Return the config inside a GRUB core image that finds its medium by a file on it."""
    return f"search --no-floppy --set=root --file {marker}\nset prefix=($root)/boot/grub\n"


def embed_uuid_search(uuid: str, folder: str) -> str:
    """Return the config inside a GRUB core image that finds the file system of its menu by UUID, and the menu's folder in it."""
    return f"search --no-floppy --set=root --fs-uuid {uuid}\nset prefix=($root){folder}\n"
