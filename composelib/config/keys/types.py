"""Kinds of value that a key can have: how each is read from a node, told to an editor and told to a reader."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from composelib.config.yaml.include import reason, relative
from composelib.config.yaml.nodes import Node, Scalar, Word, what
from composelib.config.yaml.problems import Problems, did_you_mean

Schema = dict[str, Any]
INVALID: Any = object()
"""What `read` gives for a node that is wrong; why is noted."""
VARIABLE = re.compile(r"\$\{([^}]*)\}")
UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
UNITS |= {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?) ?([A-Za-z]*)")
DEVICE = r"[Cc][Oo][Nn]|[Pp][Rr][Nn]|[Aa][Uu][Xx]|[Nn][Uu][Ll]|(?:[Cc][Oo][Mm]|[Ll][Pp][Tt])[0-9]"
NAME = re.compile(rf"(?!(?:{DEVICE})(?:\.|$))[A-Za-z0-9][A-Za-z0-9.+_-]{{0,63}}")
"""What can be a file's name anywhere: Windows, which reads our media, takes some for devices, whatever their suffix."""
TRUTH = {"true": True, "yes": True, "false": False, "no": False}


class Kind(Protocol):
    """One sort of value."""

    @property
    def want(self) -> str:
        """What is wanted, in words: `a list of arches`."""

    def read(self, node: Node, path: str, problems: Problems) -> Any:
        """Give the value, or INVALID with the reason in `problems`."""

    def schema(self) -> Schema:
        """Give the kind as JSON Schema."""


def wrong(kind: Kind, node: Node, path: str, problems: Problems, hint: str = "") -> Any:
    """Note that a node is not of a kind, and give INVALID."""
    problems.add(node.origin, path, f"{kind.want} is wanted, got {what(node)}", hint)
    return INVALID


@dataclass(frozen=True)
class Text:
    """A text, as written. With `environment`, `${NAME}` stands for an environment variable."""

    want: str
    pattern: str = r".+"
    hint: str = ""
    longest: int = 4096
    environment: bool = False

    def read(self, node: Node, path: str, problems: Problems) -> Any:
        """Give the text as a Word."""
        if not isinstance(node, Scalar):
            hint = "quote it: {…} and […] have a meaning in YAML" if "$" in str(node)[:400] else self.hint
            return wrong(self, node, path, problems, hint)
        text = self.filled_in(node, path, problems)
        if text is None:
            return INVALID
        if not text or len(text) > self.longest or not re.fullmatch(self.pattern, text):
            hint = f"at most {self.longest} characters" if len(text) > self.longest else self.hint
            return wrong(self, node, path, problems, hint)
        return Word(text, node.origin)

    def filled_in(self, node: Scalar, path: str, problems: Problems) -> str | None:
        """Give the text with environment variables put in; None if that cannot be."""
        names = VARIABLE.findall(node.text)
        if names and not self.environment:
            hint = "only in archives' uri, in git, url, push and base-url"
            problems.add(node.origin, path, f"${{{names[0]}}}: environment variables are not put in here", hint)
            return None
        unset = [name for name in names if not os.environ.get(name)]
        for name in unset:
            problems.add(
                node.origin, path, f"the environment variable {name!r} is not set or empty", f"export {name}=…"
            )
        return None if unset else VARIABLE.sub(lambda found: os.environ[found[1]], node.text)

    def schema(self) -> Schema:
        """Give the text's pattern; what looks like a number or a truth value in YAML is a text too."""
        if self.pattern == r".+":
            return {"type": ["string", "number", "boolean"]}
        return {"anyOf": [{"type": "string", "pattern": f"^(?:{self.pattern})$"}, {"type": ["number", "boolean"]}]}


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def want(self) -> str:
        """Name the words."""
        return " | ".join(self.words)

    def read(self, node: Node, path: str, problems: Problems) -> Any:
        """Give the word."""
        if isinstance(node, Scalar) and node.text in self.words:
            return Word(node.text, node.origin)
        near = did_you_mean(node.text, self.words) if isinstance(node, Scalar) else ""
        return wrong(self, node, path, problems, near if near.startswith("did") else "")

    def schema(self) -> Schema:
        """Give the words; YAML 1.1 takes a bare `off` for false."""
        return {"enum": [*self.words, *([False] if "off" in self.words else [])]}


@dataclass(frozen=True)
class Flag:
    """True or false."""

    want: str = "true | false"

    def read(self, node: Node, path: str, problems: Problems) -> Any:
        """Give the truth value of true, yes, false or no."""
        if isinstance(node, Scalar) and node.text in TRUTH:
            return TRUTH[node.text]
        return wrong(self, node, path, problems)

    def schema(self) -> Schema:
        """Give a truth value."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Number:
    """A whole number from `low` to `high`."""

    low: int
    high: int

    @property
    def want(self) -> str:
        """Name the bounds."""
        return f"a whole number from {self.low} to {self.high}"

    def read(self, node: Node, path: str, problems: Problems) -> Any:
        """Give the number."""
        if isinstance(node, Scalar) and re.fullmatch(r"[+-]?[0-9]{1,12}", node.text):
            number = int(node.text)
            if self.low <= number <= self.high:
                return number
        return wrong(self, node, path, problems)

    def schema(self) -> Schema:
        """Give the bounds."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Size:
    """A number of bytes, with or without a unit."""

    want: str = "a size such as 650MiB or 4.7GB"

    def read(self, node: Node, path: str, problems: Problems) -> Any:
        """Give the bytes: kB, MB, GB, TB are powers of 1000, KiB, MiB, GiB, TiB of 1024; no unit means bytes."""
        found = SIZE.fullmatch(node.text) if isinstance(node, Scalar) else None
        if found is None:
            return wrong(self, node, path, problems)
        if (found[2] or "B") not in UNITS:
            return wrong(self, node, path, problems, did_you_mean(found[2], UNITS))
        number = Fraction(found[1]) * UNITS[found[2] or "B"]
        return int(number) if number >= 1 else wrong(self, node, path, problems)

    def schema(self) -> Schema:
        """Give the pattern of a size."""
        units = "|".join(UNITS)
        return {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": rf"^\d{{1,15}}(\.\d{{1,9}})? ?({units})?$"},
            ]
        }


@dataclass(frozen=True)
class FilePath:
    """A path, relative to the config file it stands in; `must` says what has to be there: file, folder or neither."""

    must: str = ""

    @property
    def want(self) -> str:
        """Name what is wanted."""
        return f"a {self.must or 'path'}"

    def read(self, node: Node, path: str, problems: Problems) -> Any:
        """Give the path, relative to where the program runs."""
        if not isinstance(node, Scalar) or not node.text or VARIABLE.search(node.text):
            return wrong(self, node, path, problems)
        found = relative(Path(node.origin.file), node.text)
        try:
            there = {"file": found.is_file(), "folder": found.is_dir()}.get(self.must, True)
        except (OSError, ValueError) as error:
            why = reason(error) if isinstance(error, OSError) else str(error)
            problems.add(node.origin, path, f"{found}: {why}")
            return INVALID
        if not there:
            problems.add(node.origin, path, f"there is no {self.must} {found}", keyring_hint(found))
            return INVALID
        return found

    def schema(self) -> Schema:
        """Give a text."""
        return {"type": "string", "minLength": 1}


def keyring_hint(path: Path) -> str:
    """Say which package has Debian's keyring."""
    wanted = path.name.startswith("debian-archive")
    return "apt-get install debian-archive-keyring" if wanted else "a path is relative to the config file it stands in"
