"""Whether the .debs of the store are the packages that their indices say: each is opened once, and remembered by its SHA256."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from typing import NamedTuple

from composelib.archive.format import deb
from composelib.archive.format.deb import UnreadableError
from composelib.archive.format.repository import read_field
from composelib.archive.format.stanza import StanzaError, parse_fields
from composelib.dataclass import dataclass
from composelib.errors import TrustError
from composelib.fetch.deb_folder import read_control
from composelib.files import break_link, discard, open_own, write_file
from composelib.text.escape import excerpt

RECORD = "controls"
"""The file beside the store's `sha256` that says what each .deb is: SHA256, then its fields; the dot ends a line that is complete."""
LINE = re.compile(r"^([0-9a-f]{64}) ([!-~]+) ([!-~]+) ([!-~]+) \.$", re.MULTILINE)
NAMED = 10
"""How many packages an error names."""


class PackageIdentity(NamedTuple):
    """What tells a package from all others."""

    package: str
    version: str
    architecture: str


class IndexedFile(NamedTuple):
    """A .deb of the store, and what its archive's index says that it is."""

    path: Path
    sha256: str
    identity: PackageIdentity
    label: str
    """The package and its archive, for messages."""


@dataclass
class IdentityRecord:
    """What the .debs of a store are by their own control files."""

    path: Path
    identities: dict[str, PackageIdentity] = field(default_factory=dict)
    """By SHA256."""
    fresh: dict[str, PackageIdentity] = field(default_factory=dict)
    """Those that are not yet on disk."""
    ahead: dict[str, PackageIdentity] = field(default_factory=dict)
    """Those that were read before check() compares them."""

    def load(self) -> None:
        """Read what was recorded; whatever is no whole line is skipped, what is no file of ours is removed."""
        if self.path.is_symlink() or not self.path.is_file():
            discard(self.path)
        else:
            for sha256, *words in LINE.findall(self.path.read_text(errors="replace")):
                self.identities[sha256] = PackageIdentity(*words)

    def read_ahead(self, sha256: str, path: Path) -> None:
        """Read what a new file of the store is, as one of several threads; what is no .deb, or needs dpkg-deb, is left to check()."""
        if sha256 not in self.identities:
            with suppress(StanzaError, UnreadableError), path.open("rb") as stream:
                self.ahead[sha256] = parse_identity(deb.read_control(stream, path.stat().st_size))

    def check(self, file: IndexedFile) -> str:
        """Return how a file differs from what its index says, empty if it does not."""
        if self.identities.get(file.sha256) == file.identity:
            return ""
        try:
            actual = self.ahead.get(file.sha256) or read_identity(file.path)
        except StanzaError as error:
            return f"{file.label}: its .deb: {excerpt(str(error))}"
        if actual == file.identity:
            self.identities[file.sha256] = self.fresh[file.sha256] = actual
            return ""
        name = next(name for name in actual._fields if getattr(actual, name) != getattr(file.identity, name))
        actual_text, indexed = excerpt(getattr(actual, name)), excerpt(getattr(file.identity, name))
        return f"{file.label}: its .deb says {name.title()} {actual_text or '(none)'}, the index {indexed}"

    def save(self) -> None:
        """Add what is new to the file on disk, after an incomplete line that a killed run left."""
        text = format_identities(self.fresh)
        if text:
            break_link(self.path)
            with os.fdopen(open_own(self.path, os.O_WRONLY | os.O_APPEND), "w") as stream:
                stream.write(f"\n{text}")
        self.fresh.clear()

    def retain(self, names: Collection[str]) -> None:
        """Drop what is recorded of all other files; write the file anew if there is any."""
        others = self.identities.keys() - names
        for sha256 in others:
            del self.identities[sha256]
        if others:
            write_file(self.path, format_identities(self.identities))


def format_identities(identities: Mapping[str, PackageIdentity]) -> str:
    """Return the lines of what files are."""
    return "".join(f"{sha256} {' '.join(identity)} .\n" for sha256, identity in identities.items())


def read_identity(path: Path) -> PackageIdentity:
    """Return what a .deb is by its control file. Raise StanzaError if that cannot be read."""
    return parse_identity(read_control(path, path.stat().st_size))


def parse_identity(control: bytes) -> PackageIdentity:
    """Return what a package is by its control file. Raise StanzaError."""
    fields = parse_fields(control.rstrip(b"\n"))
    words = (fields.get(name, b"").decode(errors="replace") for name in PackageIdentity._fields)
    return PackageIdentity(*words)


def read_indexed_identity(stanza: bytes) -> PackageIdentity:
    """Return what a package is by its stanza in an index."""
    return PackageIdentity(*(read_field(stanza, name.title()) for name in PackageIdentity._fields))


def open_record(store: Path) -> IdentityRecord:
    """Return what is recorded of the .debs of a store; `store` is the folder of files by SHA256."""
    record = IdentityRecord(store.parent / RECORD)
    record.load()
    return record


def check_identities(record: IdentityRecord, files: Iterable[IndexedFile]) -> None:
    """Raise TrustError naming the .debs that are other packages than their indices say; record those that are not."""
    problems = [problem for file in files if (problem := record.check(file))]
    record.save()
    if problems:
        more = f"; and {len(problems) - NAMED} more" if len(problems) > NAMED else ""
        raise TrustError(f"{'; '.join(problems[:NAMED])}{more}", "the archive is broken or hostile; tell who runs it")
