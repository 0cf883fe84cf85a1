"""debian-installer's initramfs: its content, and the files that are added so that it installs from our media."""

from __future__ import annotations

import re
import shlex
import stat
from collections.abc import Iterable, Mapping

from composelib.archive.format.repository import read_field
from composelib.dataclass import dataclass
from composelib.errors import ComposeError
from composelib.image.media import cpio
from composelib.image.media.cpio import CpioEntry
from composelib.text.packed_file import compress_as

STATUS = "var/lib/dpkg/status"
INFO = "var/lib/dpkg/info"
PRESEED = "preseed.cfg"  # the installer reads answers from this file of its initramfs
KEY = "archive-key.asc"
KEY_HOOK = "usr/lib/base-installer.d/10archive-key"  # run after the base system is installed, before apt is set up
KEY_SCRIPT = """\
#!/bin/sh -e
mkdir -p /target/etc/apt/trusted.gpg.d
cp /archive-key.asc /target/etc/apt/trusted.gpg.d/{name}
"""
LOADER = "load-cdrom"  # the udeb that loads all further ones from a medium
NETWORK_STEPS = ("choose-mirror", "download-installer")
DRIVERS = ("cdrom-core", "isofs", "ata", "sata", "pata", "scsi", "usb-storage")
DRIVER = re.compile(r"[a-z0-9-]+-modules-(.+)-di")
MENU_ITEM = re.compile(r"^Installer-Menu-Item:.*\n", re.MULTILINE)
RELATION = re.compile(r"[a-z0-9][a-z0-9+.-]+")


@dataclass(frozen=True)
class Udeb:
    """A package of the installer, as its stanza in an index has it."""

    name: str
    stanza: bytes
    depends: tuple[str, ...]
    provides: tuple[str, ...]
    path: str
    """Its file below the repository's root."""


def add_files(initramfs: bytes, files: Iterable[CpioEntry], time: int) -> bytes:
    """Return a packed initramfs with files added: the kernel unpacks one archive after the other."""
    return initramfs + compress_as(cpio.write_cpio(files, time), ".gz")


def make_plain_file(name: str, content: bytes, mode: int = 0o644) -> CpioEntry:
    """Return a plain file of an initramfs."""
    return CpioEntry(name, stat.S_IFREG | mode, content)


def make_key_files(key: bytes, short: str) -> list[CpioEntry]:
    """Return the files that install the key of a medium for the installed system's apt, before apt is set up there.

    debootstrap does not check the key: debian-installer has it trust a medium.
    """
    script = KEY_SCRIPT.format(name=shlex.quote(f"{short}.asc"))
    return [make_plain_file(KEY, key), make_plain_file(KEY_HOOK, script.encode(), 0o755)]


def read_udebs(index: bytes) -> dict[str, Udeb]:
    """Read an index of udebs, by name; of several versions the last counts."""
    stanzas = (paragraph.strip(b"\n") + b"\n" for paragraph in index.split(b"\n\n") if paragraph.strip())
    return {udeb.name: udeb for udeb in map(read_udeb, stanzas)}


def read_udeb(stanza: bytes) -> Udeb:
    """Read a stanza of an index of udebs, or of the installer's own status file."""
    depends = [RELATION.match(relation.strip()) for relation in read_field(stanza, "Depends").split(",")]
    provides = tuple(name.strip() for name in read_field(stanza, "Provides").split(",") if name.strip())
    names = tuple(match[0] for match in depends if match)
    return Udeb(read_field(stanza, "Package"), stanza, names, provides, read_field(stanza, "Filename"))


def read_kernel_version(names: Iterable[str]) -> str:
    """Return the kernel's version, by the paths of an initramfs. Raise ComposeError if it has no modules."""
    for name in names:
        match = re.match(r"(?:usr/)?lib/modules/([^/]+)/", name)
        if match:
            return match[1]
    raise ComposeError(
        "the installer's initramfs has no kernel modules",
        "the archive's initrd.gz is not a complete one of debian-installer; use another suite",
    )


def choose_udebs(available: Mapping[str, Udeb], unpacked: Mapping[str, Udeb], version: str) -> list[Udeb]:
    """Return the udebs that must be added to those unpacked in an installer for it to load the rest from a medium.

    They are the loader, drivers of disks and discs for its kernel, and all they depend on, sorted by name.
    Raise ComposeError if the loader is not available, or only drivers for other kernels are.
    """
    if LOADER not in available and LOADER not in unpacked:
        raise ComposeError(
            f"the repository has no udeb {LOADER}, without which the installer cannot read a medium",
            "use a suite whose component main has udebs (main/debian-installer), or an archive with installer images",
        )
    check_kernel(available, version)
    names = {f"{driver}-modules-{version}-di" for driver in DRIVERS}
    waiting = [LOADER, *sorted(names & set(available))]
    satisfied = set(unpacked) | {name for udeb in unpacked.values() for name in udeb.provides}
    chosen: dict[str, Udeb] = {}
    while waiting:
        name = waiting.pop()
        udeb = available.get(name) or find_provider(available, name)
        if name in satisfied or udeb is None or udeb.name in chosen:
            continue
        chosen[udeb.name] = udeb
        waiting += udeb.depends
    return [chosen[name] for name in sorted(chosen)]


def check_kernel(available: Mapping[str, Udeb], version: str) -> None:
    """Raise ComposeError if there are drivers, but only for other kernels than the installer's."""
    versions = {match[1] for name in available if (match := DRIVER.fullmatch(name))}
    if versions and version not in versions:
        raise ComposeError(
            f"the installer's kernel is {version}, but the udebs only have drivers for {', '.join(sorted(versions))}",
            "compose from one state of an archive: its udebs and debian-installer change together",
        )


def find_provider(available: Mapping[str, Udeb], name: str) -> Udeb | None:
    """Return the first udeb, by name, that provides a name."""
    return next((udeb for _, udeb in sorted(available.items()) if name in udeb.provides), None)


def add_to_status(status: str, added: Iterable[Udeb]) -> str:
    """Return the installer's status file with udebs added that are unpacked but not configured, like all others in it.

    The steps that load the rest from the network are taken out of the menu: the medium replaces them.
    """
    old = [remove_from_menu(stanza) for stanza in status.strip("\n").split("\n\n")]
    new = [write_status(udeb) for udeb in added]
    return "\n\n".join([*old, *new]) + "\n"


def remove_from_menu(stanza: str) -> str:
    """Return a stanza of the status file without its menu item if it is a step that needs the network."""
    if stanza.partition("\n")[0].removeprefix("Package: ") in NETWORK_STEPS:
        return MENU_ITEM.sub("", stanza + "\n").rstrip("\n")
    return stanza


def write_status(udeb: Udeb) -> str:
    """Return the stanza of an unpacked udeb in the status file."""
    lines = [f"Package: {udeb.name}", "Status: install ok unpacked"]
    for name in ("Version", "Provides", "Depends", "Description", "Installer-Menu-Item"):
        text = read_field(udeb.stanza, name)
        lines += [f"{name}: {text.partition(chr(10))[0]}"] if text else []
    return "\n".join(lines)
