"""xorriso as mkisofs: a tree as an ISO image that is the same whenever it is made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def of_tree(tree: Path, volume: str, output: Path, boot: Sequence[str] = ()) -> list[str]:
    """Give the command that makes an ISO of a tree; `boot` are grub.boot_words.

    Owners and modes are levelled by Rock Ridge's `-r`; times are the files' own, the volume's SOURCE_DATE_EPOCH.
    """
    command = ["xorriso", "-as", "mkisofs", "-quiet", "-r", "-J", "-joliet-long", "-iso-level", "3"]
    return [*command, "-V", volume, *boot, "-o", str(output), str(tree)]
