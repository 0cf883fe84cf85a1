"""What a tree has, what its signed lists say of it, and where the two differ."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

from composelib.dataclass import dataclass


@dataclass(frozen=True)
class ExpectedSum:
    """What a signed list says of a file."""

    sha256: str
    size: int = -1
    """In bytes; -1 if the list does not say."""


@dataclass
class Inventory:
    """A tree's files and what is known of them; all paths are relative to the tree, as texts."""

    root: Path
    files: dict[str, int] = field(default_factory=dict)
    """Size by path of each regular file."""
    special: set[str] = field(default_factory=set)
    """Links, sockets and the like, none of which a tree has."""
    listed: dict[str, ExpectedSum] = field(default_factory=dict)
    """What is still to be compared with the file's bytes."""
    proven: set[str] = field(default_factory=set)
    """Files whose bytes were compared, or that are known to be wrong and so were named."""
    unreadable: list[str] = field(default_factory=list)
    """Folders whose list cannot be believed: their files are not called foreign."""
    problems: list[str] = field(default_factory=list)
    """A line for each problem: `PATH: what is wrong`."""
    expired: list[str] = field(default_factory=list)
    """A line for each file that is as it was signed, but was valid until a time that has passed."""

    def report(self, path: str, fault: str) -> None:
        """Add a problem."""
        self.problems.append(f"{path}: {fault}")

    def claim(self, path: str, sha256: str, size: int = -1) -> None:
        """Note what a signed list says of a file; two lists must agree."""
        first = self.listed.setdefault(path, ExpectedSum(sha256, size))
        if first.sha256 != sha256:
            self.report(path, f"signed lists differ in its SHA256: {first.sha256} and {sha256}")

    def open_proven(self, path: str) -> bytes | None:
        """Return the content of a listed file, once it is what its list says; None, and a problem, if it is not."""
        if path not in self.listed:
            return None
        content = (self.root / path).read_bytes() if path in self.files else b""
        fault = compare_sum(self, path, hashlib.sha256(content).hexdigest())
        if fault and path not in self.proven:
            self.report(path, fault)
        self.proven.add(path)
        return None if fault else content

    def list_pool(self) -> dict[str, str]:
        """Return the SHA256 of each package file by its path."""
        return {path: listed.sha256 for path, listed in self.listed.items() if "/repo/pool/" in path}

    def list_foreign(self) -> Iterator[str]:
        """Yield the files that no list names."""
        unreadable = tuple(self.unreadable)
        accounted = self.listed.keys() | self.proven
        return (path for path in sorted(self.files) if path not in accounted and not path.startswith(unreadable))


def compare_sum(inventory: Inventory, path: str, sha256: str) -> str:
    """Return what is wrong with a listed file whose bytes have this SHA256; empty if nothing is."""
    listed = inventory.listed[path]
    if path not in inventory.files:
        return "is missing"
    if listed.size not in {-1, inventory.files[path]}:
        return f"{inventory.files[path]} bytes, not {listed.size}"
    return "" if sha256 == listed.sha256 else "its content does not match its checksum"


def take_inventory(root: Path) -> Inventory:
    """Return the inventory of a tree, in which links, sockets and the like are problems."""
    inventory = Inventory(root)
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        with os.scandir(root / folder) as entries:
            for entry in entries:
                path = f"{folder}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{path}/")
                elif stat.S_ISREG((status := entry.stat(follow_symlinks=False)).st_mode):
                    inventory.files[path] = status.st_size
                else:
                    inventory.special.add(path)
                    inventory.report(path, "is neither a file nor a folder")
    return inventory
