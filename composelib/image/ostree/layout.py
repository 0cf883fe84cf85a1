"""OSTree's layout of a Debian root: where each entry of a plain root goes, and what of /var systemd-tmpfiles makes.

An operating system in OSTree is all below /usr and the same on every machine; /etc is merged from /usr/etc, /var belongs
to the machine and is never in a commit (ostree(1); libostree's manual, "Adapting existing systems").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["dir", "file", "link", "hard link", "other"]

DPKG = "usr/lib/sysimage/dpkg"
FACTORY = "usr/share/factory"
TMPFILES = "usr/lib/tmpfiles.d/zz-compose-var.conf"

HOMES = {  # folders of a plain root that belong to the machine, and where they are
    "home": "var/home",
    "root": "var/roothome",
    "opt": "var/opt",
    "srv": "var/srv",
    "mnt": "var/mnt",
    "usr/local": "var/usrlocal",
}
LINKS = {
    **{name: target for name, target in HOMES.items() if name != "usr/local"},
    "usr/local": "../var/usrlocal",
    "media": "run/media",
    "ostree": "sysroot/ostree",
}
EMPTY = {
    "boot": 0o755,
    "dev": 0o755,
    "proc": 0o555,
    "run": 0o755,
    "sys": 0o555,
    "sysroot": 0o755,
    "tmp": 0o1777,
    "var": 0o755,
}
VOLATILE = ("var/backups", "var/cache", "var/lib/apt", "var/log", "var/tmp")
"""Whose files are of no use on another machine; their folders are kept."""

KERNEL = re.compile(r"boot/(vmlinu[xz]|System\.map|config)-(.+)")
LEFT_OUT = re.compile(r"(vmlinuz|initrd\.img)(\.old)?")


@dataclass(frozen=True)
class Entry:
    """An entry of a tree: its path without a leading slash, what it is, whose, and where it links to."""

    name: str
    kind: Kind
    mode: int = 0o644
    owner: int = 0
    group: int = 0
    target: str = ""


@dataclass
class Layout:
    """The working of the rules on one tree, entry by entry; what they gather on the way."""

    lines: list[str] = field(default_factory=list)
    """Of tmpfiles.d(5)."""
    kernels: set[str] = field(default_factory=set)
    initramfs: set[str] = field(default_factory=set)

    def place(self, entry: Entry) -> str:
        """Say where in the commit an entry goes; empty for one that does not go into it."""
        name = renamed(entry.name)
        first = name.partition("/")[0]
        if (
            not name
            or name in EMPTY
            or name in LINKS
            or first in EMPTY.keys() - {"boot", "var"}
            or LEFT_OUT.fullmatch(name)
        ):
            return ""
        if first == "var":
            return self.in_var(entry, name)
        if first == "boot":
            return self.kernel(name) if entry.kind == "file" else ""
        if name.startswith("usr/lib/modules/") and name.endswith("/initramfs.img"):
            self.initramfs.add(name.split("/")[3])
        return name

    def kernel(self, name: str) -> str:
        """Say where a file of /boot goes: a kernel's beside its modules, nothing else's anywhere."""
        found = KERNEL.fullmatch(name)
        if not found:
            return ""
        what, version = found.groups()
        if what.startswith("vmlinu"):
            self.kernels.add(version)
            what = "vmlinuz"
        return f"usr/lib/modules/{version}/{what}"

    def in_var(self, entry: Entry, name: str) -> str:
        """Let systemd-tmpfiles make an entry of /var; a file of use goes where it is copied from on the first boot."""
        path = escaped(f"/{name}")
        owned = f"{entry.mode & 0o7777:04o} {entry.owner} {entry.group}"
        if entry.kind == "dir":
            self.lines.append(f"d {path} {owned} - -")
        elif entry.kind == "link":
            self.lines.append(f"L {path} - - - - {escaped(entry.target)}")
        elif entry.kind in {"file", "hard link"} and not name.startswith(tuple(f"{folder}/" for folder in VOLATILE)):
            self.lines.append(f"C {path} - - - - {escaped(f'/{FACTORY}/{name}')}")
            return f"{FACTORY}/{name}"
        return ""

    def target(self, name: str) -> str:
        """Say where the first name of a hard-linked file went."""
        moved = renamed(name)
        return f"{FACTORY}/{moved}" if moved.startswith("var/") else moved

    def tmpfiles(self) -> str:
        """Give the content of TMPFILES."""
        fixed = [
            f"d /{place} {'0700' if place == 'var/roothome' else '0755'} root root - -" for place in HOMES.values()
        ]
        made = {line.split()[1] for line in self.lines}
        database = f"L /var/lib/dpkg - - - - ../../{DPKG}"
        return "".join(
            f"{line}\n"
            for line in sorted([*self.lines, *(one for one in fixed if one.split()[1] not in made), database])
        )

    def faults(self) -> Iterator[str]:
        """Say what a tree lacks to be booted as a commit."""
        if not self.kernels:
            yield "it has no kernel"
        if len(self.kernels) > 1:
            yield f"it has {len(self.kernels)} kernels, {', '.join(sorted(self.kernels))}, where a commit has one"
        yield from (f"its kernel {kernel} has no initramfs" for kernel in sorted(self.kernels - self.initramfs))


def renamed(name: str) -> str:
    """Give the path that an entry of a plain root has in OSTree's layout, before /var is taken out."""
    for old, new in (("etc", "usr/etc"), ("var/lib/dpkg", DPKG), *HOMES.items()):
        if name == old and old in HOMES:
            return new if old == "root" else name
        if name == old or name.startswith(f"{old}/"):
            return new + name[len(old) :]
    return name


def fixed_entries() -> Iterable[Entry]:
    """Give the entries that every commit has, whatever the plain root has in their places."""
    yield Entry(".", "dir", 0o755)
    yield from (Entry(name, "dir", mode) for name, mode in EMPTY.items())
    yield from (Entry(name, "link", 0o777, target=target) for name, target in LINKS.items())


def escaped(path: str) -> str:
    """Give a path as a field of tmpfiles.d(5)."""
    plain = path.replace("\\", "\\\\").replace("%", "%%")
    return f'"{plain}"' if re.search(r"\s", plain) else plain
