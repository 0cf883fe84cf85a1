"""The files in a tar from outside, with links followed: what its paths lead to in the tar itself, never beside it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from tarfile import TarFile, TarInfo

MOST_LINKS = 40
"""Number of symbolic links to follow in a path, as Linux does."""


class MemberError(Exception):
    """A member of a tar that leads to no file of the tar."""


@dataclass(frozen=True)
class TarTree:
    """The members of a tar by their paths, which have neither a slash nor `./` at their beginning."""

    members: Mapping[str, TarInfo]
    folders: frozenset[str]

    def list_files(self, path: str) -> Iterator[tuple[str, TarInfo]]:
        """Yield the files at or below a path: the path of each, and the regular file that it is or leads to.

        Raise MemberError for a link that leads to no file of the tar, and for a device or pipe.
        """
        start = self.follow(path)
        if start in self.members and start not in self.folders:
            yield path, self.find_file(start)
            return
        for name in sorted(self.members):
            if name in self.folders or not is_below(name, start):
                continue
            shown = posixpath.join(path, posixpath.relpath(name, start or "."))
            target = self.follow(name)
            if target not in self.folders:
                yield shown, self.find_file(target)
            elif is_below(name, target):
                raise MemberError(f"{name}: leads in a circle, to {target or 'the top folder'}")
            else:
                for file, member in self.list_files(target):
                    yield posixpath.join(shown, posixpath.relpath(file, target or ".")), member

    def find_file(self, path: str) -> TarInfo:
        """Return the regular file at a path, behind a hard link if it is one."""
        member = self.members[path]
        if member.islnk():
            member = self.members.get(normalize(member.linkname), member)
        if not member.isreg():
            raise MemberError(f"{path}: is neither a file nor a link to one")
        return member

    def follow(self, path: str) -> str:
        """Return the path of the file or folder that a path leads to. Raise MemberError if that is not in the tar."""
        current = path
        for _ in range(MOST_LINKS):
            link = self.find_link(current)
            if link is None:
                if current in self.members or current in self.folders:
                    return current
                raise MemberError(
                    f"{path}: {'is not there' if path == current else f'leads to {current}, which is not there'}"
                )
            target = posixpath.normpath(posixpath.join(posixpath.dirname(link), self.members[link].linkname))
            if target.startswith(("/", "../")) or target == "..":
                raise MemberError(f"{path}: leads out of its tree, to {self.members[link].linkname}")
            current = normalize(posixpath.join(target, current[len(link) + 1 :]))
        raise MemberError(f"{path}: its links lead in a circle")

    def find_link(self, path: str) -> str | None:
        """Return the first symbolic link on a path; None if there is none."""
        parts = path.split("/")
        heads = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
        return next((head for head in heads if head in self.members and self.members[head].issym()), None)


def read_tree(tar: TarFile) -> TarTree:
    """Read the members of a tar; of two with one path, the last counts, as it does when a tar is unpacked."""
    members = {normalize(member.name): member for member in tar}
    folders = {""} | {name for name, member in members.items() if member.isdir()}
    folders |= {parent for name in members for parent in list_parents(name)}
    return TarTree(members, frozenset(folders))


def list_parents(path: str) -> Iterator[str]:
    """Yield the folders above a path."""
    while path := posixpath.dirname(path):
        yield path


def is_below(path: str, folder: str) -> bool:
    """Return whether a path is below a folder; all paths are below ``."""
    return not folder or path.startswith(f"{folder}/")


def normalize(path: str) -> str:
    """Return a path without `.`, `..`, repeated slashes and a slash at its beginning; empty for the top folder."""
    return posixpath.normpath(f"/{path}").lstrip("/")
