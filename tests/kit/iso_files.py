"""The files of an ISO image, read by xorriso."""

from __future__ import annotations

import subprocess
from pathlib import Path


def extract_iso(iso: Path, folder: Path, path: str = "/") -> Path:
    """Copy a file or folder, by default the root, out of an ISO image; return the copy, which is writable."""
    command = ["xorriso", "-osirrox", "on", "-indev", str(iso), "-extract", path, str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    subprocess.run(["chmod", "-R", "u+w", folder], check=True)
    return folder


def list_iso(iso: Path) -> str:
    """Return the paths of an ISO image's files and folders, each in quotes."""
    command = ["xorriso", "-indev", str(iso), "-find", "/"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
