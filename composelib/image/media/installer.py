"""debian-installer's initramfs: what it has, and what is added so that it installs from a medium of ours."""

from __future__ import annotations

import gzip
import re
import shlex
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from composelib.archive.format.repository import value
from composelib.errors import ComposeError
from composelib.image.media import cpio
from composelib.image.media.cpio import Entry

STATUS = "var/lib/dpkg/status"
INFO = "var/lib/dpkg/info"
PRESEED = "preseed.cfg"  # answers that the installer finds in its initramfs
KEY = "archive-key.asc"
KEY_HOOK = "usr/lib/base-installer.d/10archive-key"  # run when the base system is there and apt not yet set up in it
KEY_SCRIPT = """\
#!/bin/sh -e
mkdir -p /target/etc/apt/trusted.gpg.d
cp /archive-key.asc /target/etc/apt/trusted.gpg.d/{name}
"""
LOADER = "load-cdrom"  # the udeb that lets the installer load all others from a medium
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


def with_files(initramfs: bytes, files: Iterable[Entry], time: int) -> bytes:
    """Add files to a packed initramfs: the kernel unpacks one archive after the other."""
    return initramfs + gzip.compress(cpio.write(files, time), mtime=0)


def plain(name: str, content: bytes, mode: int = 0o644) -> Entry:
    """Give a plain file of an initramfs."""
    return Entry(name, stat.S_IFREG | mode, content)


def trusting(key: bytes, short: str) -> list[Entry]:
    """Give what makes the installed system's apt know the key that a medium is signed with: before apt is set up there.

    debootstrap is not among those that check it: debian-installer tells it to take a medium as it is.
    """
    script = KEY_SCRIPT.format(name=shlex.quote(f"{short}.asc"))
    return [plain(KEY, key), plain(KEY_HOOK, script.encode(), 0o755)]


def udebs(index: bytes) -> dict[str, Udeb]:
    """Read an index of udebs, by name; of several versions the last stands."""
    found = [udeb(part.strip(b"\n") + b"\n") for part in index.split(b"\n\n") if part.strip()]
    return {one.name: one for one in found}


def udeb(stanza: bytes) -> Udeb:
    """Read a stanza of an index of udebs, or of the installer's own status file."""
    depends = [RELATION.match(part.strip()) for part in value(stanza, "Depends").split(",")]
    provides = tuple(part.strip() for part in value(stanza, "Provides").split(",") if part.strip())
    names = tuple(found[0] for found in depends if found)
    return Udeb(value(stanza, "Package"), stanza, names, provides, value(stanza, "Filename"))


def kernel_version(names: Iterable[str]) -> str:
    """Read the kernel's version off the paths of an initramfs. Raises ComposeError if it has no modules."""
    for name in names:
        found = re.match(r"(?:usr/)?lib/modules/([^/]+)/", name)
        if found:
            return found[1]
    raise ComposeError("the installer's initramfs has no kernel modules", "is this debian-installer's?")


def needed(available: Mapping[str, Udeb], there: Mapping[str, Udeb], version: str) -> list[Udeb]:
    """Give the udebs that an installer which has those `there` lacks to load the others from a medium.

    They are the loader, drivers of disks and discs for its kernel, and all they depend on, sorted by name.
    Raises ComposeError when the loader is not available, or none but other kernels' drivers.
    """
    if LOADER not in available and LOADER not in there:
        raise ComposeError(
            f"the repository has no udeb {LOADER}, without which the installer cannot read a medium",
            "add the archive's component main/debian-installer, or one that has its installer images",
        )
    check_kernel(available, version)
    names = {f"{driver}-modules-{version}-di" for driver in DRIVERS}
    waiting = [LOADER, *sorted(names & set(available))]
    had = set(there) | {name for one in there.values() for name in one.provides}
    chosen: dict[str, Udeb] = {}
    while waiting:
        name = waiting.pop()
        one = available.get(name) or provider(available, name)
        if name in had or one is None or one.name in chosen:
            continue
        chosen[one.name] = one
        waiting += one.depends
    return [chosen[name] for name in sorted(chosen)]


def check_kernel(available: Mapping[str, Udeb], version: str) -> None:
    """Raise ComposeError when there are drivers, but of other kernels than the installer's alone."""
    others = {found[1] for name in available if (found := DRIVER.fullmatch(name))}
    if others and version not in others:
        raise ComposeError(
            f"the installer's kernel is {version}, the udebs have drivers for {', '.join(sorted(others))} alone",
            "compose from one state of an archive: its udebs and debian-installer change together",
        )


def provider(available: Mapping[str, Udeb], name: str) -> Udeb | None:
    """Give the first udeb by name that provides another."""
    return next((available[one] for one in sorted(available) if name in available[one].provides), None)


def status(there: str, added: Iterable[Udeb]) -> str:
    """Give the installer's status file with udebs added that are unpacked but not set up, as all in it are.

    The steps that load the rest from the network are no longer of the menu: the medium takes their place.
    """
    kept = [without_menu(part) for part in there.strip("\n").split("\n\n")]
    new = [own_status(one) for one in added]
    return "\n\n".join([*kept, *new]) + "\n"


def without_menu(stanza: str) -> str:
    """Take a step that asks for the network out of the menu."""
    if stanza.partition("\n")[0].removeprefix("Package: ") in NETWORK_STEPS:
        return MENU_ITEM.sub("", stanza + "\n").rstrip("\n")
    return stanza


def own_status(one: Udeb) -> str:
    """Give the stanza of an unpacked udeb in the status file."""
    kept = ("Version", "Provides", "Depends", "Description", "Installer-Menu-Item")
    lines = [f"Package: {one.name}", "Status: install ok unpacked"]
    lines += [f"{name}: {value(one.stanza, name).partition(chr(10))[0]}" for name in kept if value(one.stanza, name)]
    return "\n".join(lines)
