"""xorriso(1) as mkisofs: makes an ISO image of files from anywhere, reproducibly."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from composelib.errors import ComposeError


def mkisofs(volume: str, epoch: int, guid: str, path_list: Path, output: Path, boot: Sequence[str] = ()) -> list[str]:
    """Return the command that makes an ISO of the files in a path list.

    `-r` sets owners and modes to fixed ones; all times are `epoch`'s. `guid` is the disk's GUID in its partition table; the
    ISO's own UUID is a time (xorriso(1)), whose hundredths of a second are taken from the GUID.
    `boot` are the options that make it bootable (grub.make_boot_options).
    """
    second = time.strftime("%Y%m%d%H%M%S", time.gmtime(epoch))
    dates = [f"--modification-date={second}{int(guid[:8], 16) % 100:02}", "--set_all_file_dates", f"{second}00"]
    dates += ["--gpt_disk_guid", guid]
    names = ["-r", "-J", "-joliet-long", "-iso-level", "3", "-V", volume]
    files = ["-graft-points", "-path-list", str(path_list), "-o", str(output)]
    return ["xorriso", "-as", "mkisofs", "-quiet", *names, *dates, *boot, *files]


def format_path_list(content: Iterable[tuple[str, Path]]) -> str:
    """Return the text of a path list: for each file its path on the medium and its path on this machine.

    Raise ComposeError for a path with a line break, which the format cannot hold.
    """
    lines = []
    for name, path in content:
        if "\n" in f"{name}{path}":
            raise ComposeError(f"{name!r}: a path with a line break cannot be put on a medium")
        lines.append(f"/{escape(name)}={escape(str(path))}\n")
    return "".join(lines)


def escape(path: str) -> str:
    """Return a path as `-graft-points` reads it."""
    return path.replace("\\", "\\\\").replace("=", "\\=")


def extract_all(iso: Path, folder: Path) -> list[str]:
    """Return the command that extracts an ISO image's files into a folder."""
    return ["xorriso", "-osirrox", "on", "-indev", str(iso), "-extract", "/", str(folder)]
