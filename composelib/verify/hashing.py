"""Compares the bytes of all listed files with their lists, several files at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from composelib.files import sha256_of
from composelib.verify.inventory import Inventory, compare_sum

FileReader = Callable[[Path], "tuple[str, list[str]]"]
"""Reads a file once; returns its SHA256 and what is wrong within it."""


def hash_whole(path: Path) -> tuple[str, list[str]]:
    """Return a file's SHA256; nothing is known of what is within it."""
    return sha256_of(path), []


def check_content(inventory: Inventory, readers: Mapping[str, FileReader]) -> None:
    """Compare all listed files that were not yet read, the largest first; `readers` look into some of them."""
    waiting = [path for path in inventory.listed if path not in inventory.proven]
    missing = [path for path in waiting if path not in inventory.files]
    for path in missing:
        inventory.report(path, "is missing")
    paths = sorted(set(waiting) - set(missing), key=lambda path: (-inventory.files[path], path))

    def read(path: str) -> tuple[str, list[str]]:
        try:
            return readers.get(path, hash_whole)(inventory.root / path)
        except OSError as error:
            return "", [error.strerror or str(error)]

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for path, (sha256, faults) in zip(paths, threads.map(read, paths), strict=True):
            fault = compare_sum(inventory, path, sha256)
            for line in ([fault] if fault else []) + faults:
                inventory.report(path, line)
    inventory.proven.update(waiting)
