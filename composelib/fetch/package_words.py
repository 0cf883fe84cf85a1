"""Whether a .deb names a word in what makes users and groups when it is installed: its scripts, and files of sysusers.d(5)."""

from __future__ import annotations

import re
from pathlib import Path

from composelib.archive.format import deb
from composelib.archive.format.tar_names import read_tar_members
from composelib.fetch.file_lists import open_data

SYSUSERS = re.compile(rb"(?:\./)?usr/lib/sysusers\.d/[^/]+\.conf")


def compile_word(word: str) -> re.Pattern[bytes]:
    """Return the pattern of a word that may have `-` in it."""
    return re.compile(rb"(?<![\w-])" + re.escape(word.encode()) + rb"(?![\w-])")


def has_word_in_control(package: Path, word: str) -> bool:
    """Return whether a .deb's control files have a word; True if dpkg alone can unpack them. Raise StanzaError."""
    with package.open("rb") as stream:
        member = deb.read_members(stream, package.stat().st_size)[1]
        stream.seek(member.start)
        packed = stream.read(member.size)
    try:
        control = deb.unpack_control(packed, member.name.removeprefix("control.tar"))
    except deb.UnreadableError:
        return True
    return bool(compile_word(word).search(control))


def has_word_in_sysusers(package: Path, word: str) -> bool:
    """Return whether a .deb's files for systemd-sysusers have a word. Raise StanzaError if it cannot be read."""
    with open_data(package) as blocks:
        return any(compile_word(word).search(content) for _, content in read_tar_members(blocks, SYSUSERS))
