"""A config file and all that it includes, as one mapping: the including file is laid over the included ones."""

from __future__ import annotations

import hashlib
import os
from dataclasses import field
from pathlib import Path

from composelib.config.yaml.nodes import Mapping, Node, Scalar, Sequence, describe, merge
from composelib.config.yaml.problems import Problems, suggest_candidate
from composelib.config.yaml.reader import parse
from composelib.dataclass import dataclass
from composelib.errors import ConfigError

LARGEST = 32 << 20  # bytes of a config file


@dataclass
class ConfigFiles:
    """The files of a config, outermost first, and the digest of their bytes."""

    problems: Problems
    top: Path
    files: list[Path] = field(default_factory=list)
    content: dict[Path, bytes] = field(default_factory=dict)

    def read(self) -> Mapping | None:
        """Return the config's mapping, includes merged in; None, with the reason noted, if it cannot be parsed.

        Raise ConfigError if the top file cannot be read.
        """
        try:
            self.content[self.top] = read_bytes(self.top)
        except OSError as error:
            hint = hint_at_neighbour(self.top) if isinstance(error, FileNotFoundError) else ""
            raise ConfigError(f"{self.top}: {describe_error(error)}", hint) from None
        return self.mapping(self.top, ())

    @property
    def digest(self) -> str:
        """The SHA256 over the bytes of all files, in the order they are listed."""
        digests = [hashlib.sha256(self.content[path]).hexdigest() for path in self.files]
        return hashlib.sha256("\n".join(digests).encode()).hexdigest()

    def add(self, path: Path, content: bytes) -> None:
        """Add a file that was read elsewhere."""
        if path not in self.content:
            self.files.append(path)
            self.content[path] = content

    def mapping(self, path: Path, chain: tuple[Path, ...]) -> Mapping | None:
        """Return the mapping of a file whose bytes were read; `chain` are the files that led to it."""
        if path not in self.files:
            self.files.append(path)
        document = parse(self.content[path], str(path), self.problems)
        if document is None:
            return None
        node = document.entries.get("include")  # type: ignore[call-overload] # a Word is a str
        mapping = Mapping(document.origin, {key: value for key, value in document.entries.items() if key != "include"})
        below: Mapping | None = None
        for name in self.names(node):
            included = self.included(name, path, (*chain, path))
            if included is not None:
                below = included if below is None else merge(included, below)
        return mapping if below is None else merge(mapping, below)

    def names(self, node: Node | None) -> list[Scalar]:
        """Return the entries of `include`; add a problem for those that are not texts."""
        if node is None:
            return []
        if not isinstance(node, Sequence):
            self.problems.add(node.origin, "include", f"expected a list of files, got {describe(node)}", "write [FILE]")
            return []
        for position, item in enumerate(node.items):
            if not isinstance(item, Scalar) or not item.text:
                self.problems.add(item.origin, f"include[{position}]", f"expected a file, got {describe(item)}")
        return [item for item in node.items if isinstance(item, Scalar) and item.text]

    def included(self, name: Scalar, including: Path, chain: tuple[Path, ...]) -> Mapping | None:
        """Return the mapping of an included file; None, with the reason noted, if it cannot be included."""
        path = resolve_name(including, name.text)
        via = " -> ".join(map(str, (*chain, path)))
        if path in chain:
            self.problems.add(name.origin, "include", f"{path} includes itself: {via}", "remove one 'include'")
            return None
        if not is_within(path, (Path(), self.top.parent)):
            self.problems.add(
                name.origin, "include", f"{path} lies outside of the checkout: {via}", "copy it into the checkout"
            )
            return None
        try:
            self.content[path] = read_bytes(path)
        except OSError as error:
            self.problems.add(
                name.origin, "include", f"{path}: {describe_error(error)}: {via}", hint_at_neighbour(path)
            )
            return None
        return self.mapping(path, chain)


def resolve_name(file: Path, name: str) -> Path:
    """Return the path of a name in a config file, which is relative to the folder that the file is in."""
    return Path(os.path.normpath(file.parent / name))


def is_within(path: Path, folders: tuple[Path, ...]) -> bool:
    """Return whether a path, its symbolic links followed, lies below one of the folders."""
    try:
        real = path.resolve()
        return any(real.is_relative_to(folder.resolve()) for folder in folders)
    except (OSError, RuntimeError, ValueError):  # a loop of links, a NUL in the name
        return False


def read_bytes(path: Path) -> bytes:
    """Read a config file. Raise OSError, also if it is too large to be one."""
    if path.is_file() and path.stat().st_size > LARGEST:
        raise OSError(0, f"larger than {LARGEST >> 20} MiB, which no config is")
    return path.read_bytes()


def describe_error(error: OSError) -> str:
    """Return the reason why a file cannot be read."""
    return (error.strerror or str(error)).lower()


def hint_at_neighbour(path: Path) -> str:
    """Return a hint that names the YAML file of the same folder with the most similar name; empty if there is none."""
    try:
        names = [sibling.name for sibling in path.parent.iterdir() if sibling.suffix in {".yaml", ".yml"}]
    except OSError:
        return ""
    return suggest_candidate(path.name, names)
