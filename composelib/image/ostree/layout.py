"""OSTree's layout of a Debian root: the path of each entry in a commit, and the lines of tmpfiles.d(5) for /var.

An operating system in OSTree is all below /usr and the same on every machine; /etc is merged from /usr/etc, /var belongs
to the machine and is never in a commit (ostree(1); libostree's manual, "Adapting existing systems").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import Literal

from composelib.dataclass import dataclass

EntryKind = Literal["dir", "file", "link", "hard link", "other"]

DPKG = "usr/lib/sysimage/dpkg"
FACTORY = "usr/share/factory"
TMPFILES = "usr/lib/tmpfiles.d/zz-compose-var.conf"

HOMES = {  # folders of a plain root that belong to the machine, and their paths in OSTree's layout
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
"""Folders whose files are of no use on another machine: only the folders themselves are in the commit."""

KERNEL = re.compile(r"boot/(vmlinu[xz]|System\.map|config)-(.+)")
KERNEL_LINK = re.compile(r"(vmlinuz|initrd\.img)(\.old)?")


@dataclass(frozen=True)
class TreeEntry:
    """An entry of a tree."""

    name: str
    """Its path, without a leading slash."""
    kind: EntryKind
    mode: int = 0o644
    owner: int = 0
    group: int = 0
    target: str = ""
    """The target of a link."""


@dataclass
class Layout:
    """Maps the entries of one tree to their paths in a commit, and collects what the whole commit needs on the way."""

    lines: list[str] = field(default_factory=list)
    """Lines of tmpfiles.d(5) for the entries of /var."""
    kernels: set[str] = field(default_factory=set)
    """The versions of the kernels in /boot."""
    initramfs: set[str] = field(default_factory=set)
    """The versions of the kernels that have an initramfs."""

    def map_path(self, entry: TreeEntry) -> str:
        """Return the path of an entry in the commit; empty if it is not in the commit."""
        name = move_path(entry.name)
        first = name.partition("/")[0]
        if (
            not name
            or name in EMPTY
            or name in LINKS
            or first in EMPTY.keys() - {"boot", "var"}
            or KERNEL_LINK.fullmatch(name)
        ):
            return ""
        if first == "var":
            return self.map_var(entry, name)
        if first == "boot":
            return self.map_kernel(name) if entry.kind == "file" else ""
        if name.startswith("usr/lib/modules/") and name.endswith("/initramfs.img"):
            self.initramfs.add(name.split("/")[3])
        return name

    def map_kernel(self, name: str) -> str:
        """Return the path of a file of /boot: beside the kernel's modules if it belongs to a kernel; else empty."""
        match = KERNEL.fullmatch(name)
        if not match:
            return ""
        file, version = match.groups()
        if file.startswith("vmlinu"):
            self.kernels.add(version)
            file = "vmlinuz"
        return f"usr/lib/modules/{version}/{file}"

    def map_var(self, entry: TreeEntry, name: str) -> str:
        """Add the line by which systemd-tmpfiles makes an entry of /var; return the path that a file is copied from."""
        path = escape(f"/{name}")
        owned = f"{entry.mode & 0o7777:04o} {entry.owner} {entry.group}"
        if entry.kind == "dir":
            self.lines.append(f"d {path} {owned} - -")
        elif entry.kind == "link":
            self.lines.append(f"L {path} - - - - {escape(entry.target)}")
        elif entry.kind in {"file", "hard link"} and not name.startswith(tuple(f"{folder}/" for folder in VOLATILE)):
            self.lines.append(f"C {path} - - - - {escape(f'/{FACTORY}/{name}')}")
            return f"{FACTORY}/{name}"
        return ""

    def map_target(self, name: str) -> str:
        """Return the path in the commit of a hard-linked file's first name."""
        moved = move_path(name)
        return f"{FACTORY}/{moved}" if moved.startswith("var/") else moved

    def render_tmpfiles(self) -> str:
        """Return the content of TMPFILES."""
        fixed = [f"d /{path} {'0700' if path == 'var/roothome' else '0755'} root root - -" for path in HOMES.values()]
        paths = {line.split(" ")[1] for line in self.lines}
        database = f"L /var/lib/dpkg - - - - ../../{DPKG}"
        return "".join(
            f"{line}\n"
            for line in sorted([*self.lines, *(line for line in fixed if line.split(" ")[1] not in paths), database])
        )

    def list_unwritable(self) -> list[str]:
        """Return the lines with a name or target that no line of tmpfiles.d(5) can hold."""
        return [line for line in self.lines if not line.isprintable()]

    def find_faults(self) -> Iterator[str]:
        """Yield the reasons why a tree cannot be booted as a commit."""
        if not self.kernels:
            yield "it has no kernel"
        if len(self.kernels) > 1:
            yield f"it has {len(self.kernels)} kernels, {', '.join(sorted(self.kernels))}, where a commit has one"
        yield from (f"its kernel {kernel} has no initramfs" for kernel in sorted(self.kernels - self.initramfs))


def move_path(name: str) -> str:
    """Return the path of a plain root's entry in OSTree's layout, /var included."""
    for old, new in (("etc", "usr/etc"), ("var/lib/dpkg", DPKG), *HOMES.items()):
        if name == old and old in HOMES:
            return new if old == "root" else name
        if name == old or name.startswith(f"{old}/"):
            return new + name[len(old) :]
    return name


def list_fixed_entries() -> Iterable[TreeEntry]:
    """Yield the entries that every commit has, whatever the plain root has at their paths."""
    yield TreeEntry(".", "dir", 0o755)
    yield from (TreeEntry(name, "dir", mode) for name, mode in EMPTY.items())
    yield from (TreeEntry(name, "link", 0o777, target=target) for name, target in LINKS.items())


def escape(path: str) -> str:
    """Return a path as a field of tmpfiles.d(5)."""
    plain = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{plain}"' if re.search(r"[\s\"']", plain) else plain
