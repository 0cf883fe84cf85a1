"""The folder that a source package is unpacked, changed and packed in, from within a cage alone."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from email.utils import formatdate
from pathlib import Path
from typing import IO

from composelib.archive.format.repository import SOURCE
from composelib.archive.format.version import is_valid_version
from composelib.dataclass import dataclass
from composelib.errors import ComposeError, TrustError
from composelib.files import sha256_of, write_file
from composelib.source.dsc import Dsc, get_upstream, read_dsc
from composelib.text.escape import escape
from composelib.tools import cage, dpkg_source
from composelib.tools.run import ToolError, run

LONGEST_CHANGELOG = 1 << 20
"""The most bytes that are read of what is printed of a changelog's newest entry."""
LONGEST_CAPTURE = 1 << 26
"""The most bytes that are read of what a program in the cage prints."""
LONGEST_CONTROL = 1 << 22
"""The most bytes that are read of a debian/control."""
READ = '[ ! -f "$1/debian/control" ] || head -c "$2" "$1/debian/control"'
DATE = re.compile(r"[0-9]{1,11}")
"""Seconds since 1970, as many as a calendar has."""
INVALID_VERSION = "unknown"
"""What dpkg-parsechangelog prints for a version that is none."""
PUT_ENTRY = 'cat entry "$1/debian/changelog" > joined && cat joined > "$1/debian/changelog" && rm entry joined'


@dataclass(frozen=True)
class ChangelogEntry:
    """The newest entry of a changelog; `date` is in seconds since 1970."""

    source: str
    version: str
    date: int

    @property
    def upstream(self) -> str:
        """The version without epoch and revision."""
        return get_upstream(self.version)


@dataclass(frozen=True)
class Workshop:
    """A folder below which one source package is worked on."""

    folder: Path
    label: str
    """For messages: the origin of the source package in the config, and its name."""

    @property
    def work(self) -> Path:
        """The folder that the cage can write to."""
        return self.folder / "work"

    @property
    def cage(self) -> Path:
        """The empty folder that the cage's root is mounted on."""
        return self.folder / "cage"

    @property
    def program(self) -> Path:
        """The file with the program that enters the cage."""
        return self.folder / "enter"

    def open(self) -> None:
        """Make the folders, and the program that enters the cage."""
        self.work.mkdir(parents=True)
        self.cage.mkdir()
        self.program.write_text(cage.ENTER)

    def run(
        self, argv: Sequence[str], *, capture: bool = False, date: int = 0, stdin: IO[bytes] | None = None
    ) -> bytes:
        """Run a program in the cage; return the beginning of what it printed if that is captured. Raise ToolError if it fails."""
        command = cage.confine(self.program, self.cage, self.work, argv)
        dated = {"SOURCE_DATE_EPOCH": str(date)}
        if not capture:
            run(command, env=dated, stdin=stdin)
            return b""
        with (self.folder / "printed").open("w+b") as stream:  # a file, as what is printed may be without end
            run(command, env=dated, stdin=stdin, stdout=stream)
            length = stream.seek(0, os.SEEK_END)
            stream.seek(0)
            return stream.read(min(length, LONGEST_CAPTURE))  # as much memory is taken as is asked for

    def read_changelog(self, tree: str) -> ChangelogEntry:
        """Return the newest entry of a tree's changelog. Raise ComposeError if it is none that a path can be made of."""
        try:
            printed = self.run(dpkg_source.parse_changelog(tree), capture=True)[:LONGEST_CHANGELOG].decode(
                errors="replace"
            )
        except ToolError:
            raise ComposeError(
                f"{self.label}: debian/changelog cannot be read", "the log has dpkg's own message"
            ) from None
        lines = (line.partition(": ") for line in printed.splitlines())
        fields = {name: value for name, _, value in lines}
        source, version, date = (fields.get(name, "") for name in ("Source", "Version", "Timestamp"))
        is_version = version != INVALID_VERSION and is_valid_version(version)
        if not (SOURCE.fullmatch(source) and is_version and DATE.fullmatch(date)):
            raise ComposeError(
                f"{self.label}: the first entry of debian/changelog has no valid name, version or date",
                "`dch` writes one",
            )
        return ChangelogEntry(source, version, int(date))

    def add_entry(
        self, tree: str, entry: ChangelogEntry, distribution: str, lines: Sequence[str], maintainer: str
    ) -> None:
        """Put an entry before all others of a tree's changelog."""
        changes = "".join(f"  * {line}\n" for line in lines)
        head = f"{entry.source} ({entry.version}) {distribution}; urgency=medium"
        text = f"{head}\n\n{changes}\n -- {maintainer}  {formatdate(entry.date).replace('-0000', '+0000')}\n\n"
        write_file(self.work / "entry", text)
        self.run(["sh", "-euc", PUT_ENTRY, "sh", tree])

    def unpack(self, dsc: Dsc) -> str:
        """Unpack a source package of the folder; return the name of the tree."""
        tree = f"{dsc.source}-{dsc.upstream}"
        try:
            self.run(dpkg_source.unpack_package(dsc.name, tree))
        except ToolError as error:
            raise TrustError(
                f"{self.label}: {dsc.name} cannot be unpacked", "the log has dpkg-source's reason"
            ) from error
        return tree

    def read_control(self, dsc: Dsc) -> bytes:
        """Return the debian/control of a source package of the folder; empty if it is no file."""
        tree = f"{dsc.source}-{dsc.upstream}"
        self.run(["rm", "-rf", tree])
        return self.run(["sh", "-euc", READ, "sh", self.unpack(dsc), str(LONGEST_CONTROL)], capture=True)

    def pack(self, tree: str) -> Dsc:
        """Make a source package of a tree of the folder, beside it."""
        entry = self.read_changelog(tree)
        try:
            self.run(dpkg_source.build_package(tree), date=entry.date)
        except ToolError as error:
            raise ComposeError(f"{self.label}: it cannot be packed", "the log has dpkg-source's reason") from error
        version = entry.version.partition(":")[2] if ":" in entry.version else entry.version
        return self.read(f"{entry.source}_{version}.dsc")

    def read(self, name: str) -> Dsc:
        """Read a .dsc of the folder, and check the files that it lists. Raise TrustError if one differs."""
        path = self.work / name
        if path.is_symlink() or not path.is_file():
            raise TrustError(f"{self.label}: {escape(name)}: it is not there, or not a file")
        dsc = read_dsc(path.read_bytes(), name, self.label)
        for file in dsc.files:
            target = self.work / file.name
            if target.is_symlink() or not target.is_file():
                raise TrustError(
                    f"{self.label}: {name} lists {file.name}, which is not there", "put it beside the .dsc"
                )
            if (target.stat().st_size, sha256_of(target)) != (file.size, file.sha256):
                raise TrustError(f"{self.label}: {file.name}: its size or SHA256 is not the one that {name} lists")
        return dsc
