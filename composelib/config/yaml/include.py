"""A config file and all it includes, as one mapping: what includes lies over what is included."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from composelib.config.yaml.nodes import Mapping, Node, Scalar, Sequence, merged, what
from composelib.config.yaml.problems import Problems, did_you_mean
from composelib.config.yaml.reader import parse
from composelib.errors import ConfigError

LARGEST = 32 << 20  # bytes of a config file


@dataclass
class Sources:
    """The files of a config, outermost first, and the digest of their bytes."""

    problems: Problems
    top: Path
    files: list[Path] = field(default_factory=list)
    content: dict[Path, bytes] = field(default_factory=dict)

    def read(self) -> Mapping | None:
        """Give the config's mapping, includes merged in; None when that cannot be told.

        Raises ConfigError when the top file cannot be read.
        """
        try:
            self.content[self.top] = bytes_of(self.top)
        except OSError as error:
            hint = neighbours(self.top) if isinstance(error, FileNotFoundError) else ""
            raise ConfigError(f"{self.top}: {reason(error)}", hint) from None
        return self.mapping(self.top, ())

    @property
    def digest(self) -> str:
        """The SHA256 over the bytes of all files, in the order they are listed."""
        parts = [hashlib.sha256(self.content[path]).hexdigest() for path in self.files]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def take(self, path: Path, content: bytes) -> None:
        """Count a file that was read elsewhere among the config's."""
        if path not in self.content:
            self.files.append(path)
            self.content[path] = content

    def mapping(self, path: Path, chain: tuple[Path, ...]) -> Mapping | None:
        """Give the mapping of one file whose bytes were read; `chain` are the files that led to it."""
        if path not in self.files:
            self.files.append(path)
        found = parse(self.content[path], str(path), self.problems)
        if found is None:
            return None
        node = found.entries.get("include")  # type: ignore[call-overload] # a Word is a str
        own = Mapping(found.origin, {key: value for key, value in found.entries.items() if key != "include"})
        below: Mapping | None = None
        for name in self.names(node):
            included = self.included(name, path, (*chain, path))
            if included is not None:
                below = included if below is None else merged(included, below)
        return own if below is None else merged(own, below)

    def names(self, node: Node | None) -> list[Scalar]:
        """Give the entries of `include`; what is no text is noted."""
        if node is None:
            return []
        if not isinstance(node, Sequence):
            self.problems.add(node.origin, "include", f"a list of files is wanted, got {what(node)}", "write [FILE]")
            return []
        for position, item in enumerate(node.items):
            if not isinstance(item, Scalar) or not item.text:
                self.problems.add(item.origin, f"include[{position}]", f"a file is wanted, got {what(item)}")
        return [item for item in node.items if isinstance(item, Scalar) and item.text]

    def included(self, name: Scalar, including: Path, chain: tuple[Path, ...]) -> Mapping | None:
        """Give the mapping of an included file; what is wrong with including it is noted."""
        path = relative(including, name.text)
        via = " -> ".join(map(str, (*chain, path)))
        if path in chain:
            self.problems.add(name.origin, "include", f"{path} includes itself: {via}")
            return None
        if not within(path, (Path(), self.top.parent)):
            self.problems.add(name.origin, "include", f"{path} lies outside of the checkout: {via}")
            return None
        try:
            self.content[path] = bytes_of(path)
        except OSError as error:
            self.problems.add(name.origin, "include", f"{path}: {reason(error)}: {via}", neighbours(path))
            return None
        return self.mapping(path, chain)


def relative(file: Path, name: str) -> Path:
    """Give the path that `name` means in a config file: relative to the folder the file is in."""
    return Path(os.path.normpath(file.parent / name))


def within(path: Path, folders: tuple[Path, ...]) -> bool:
    """Tell whether a path, its symbolic links followed, lies below one of the folders."""
    try:
        real = path.resolve()
        return any(real.is_relative_to(folder.resolve()) for folder in folders)
    except (OSError, RuntimeError, ValueError):  # a loop of links, a NUL in the name
        return False


def bytes_of(path: Path) -> bytes:
    """Read a config file. Raises OSError, also for what is too large to be one."""
    if path.is_file() and path.stat().st_size > LARGEST:
        raise OSError(0, f"larger than {LARGEST >> 20} MiB, which no config is")
    return path.read_bytes()


def reason(error: OSError) -> str:
    """Say why a file cannot be read."""
    return (error.strerror or str(error)).lower()


def neighbours(path: Path) -> str:
    """Give a hint that names the file of the same folder which may have been meant."""
    try:
        known = [other.name for other in path.parent.iterdir() if other.suffix in {".yaml", ".yml"}]
    except OSError:
        return ""
    return did_you_mean(path.name, known)
