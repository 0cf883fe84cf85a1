"""A config's text as values with their origins: scalars, sequences and mappings, nothing resolved."""

from __future__ import annotations

from typing import Self

from composelib.dataclass import dataclass
from composelib.model.origin import Origin

SHORTEST_TOKEN = 15  # characters of the shortest token that is recognized


class Word(str):
    """A string with its origin."""

    __slots__ = ("origin",)
    origin: Origin

    def __new__(cls, text: str, origin: Origin) -> Self:
        """Return a string with an origin."""
        word = super().__new__(cls, text)
        word.origin = origin
        return word


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text as written; `plain` if without quotes."""

    origin: Origin
    text: str
    plain: bool = True
    size: int = 1
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list. `size` counts all nodes in it, each alias as often as it is used; `depth` the levels below."""

    origin: Origin
    items: tuple[Node, ...]
    size: int = 1
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys, each with its origin, and their values."""

    origin: Origin
    entries: dict[Word, Node]
    size: int = 1
    depth: int = 1


Node = Scalar | Sequence | Mapping


def detect_secret(text: str, *, is_address: bool) -> str:
    """Return what secret a value has in a URL, in words; empty if it has none. See text.secret."""
    is_suspect = ("@" in text[1:] and ":" in text) or ("=" in text and ("://" in text or is_address))
    if not is_suspect and not (is_address and max(map(len, text.split("/"))) >= SHORTEST_TOKEN):
        return ""
    from composelib.text import secret  # noqa: PLC0415 - few values need its patterns, which take time to compile

    return secret.find_secret(text, is_address=is_address)


def describe(node: Node) -> str:
    """Return in a few words what a node is, for messages that expect something else."""
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Mapping):
        return "a mapping"
    if node.plain and not node.text:
        return "nothing"
    if detect_secret(node.text, is_address=True):
        return "a text with a secret in it"
    return repr(node.text if len(node.text) <= 60 else node.text[:57] + "...")  # noqa: PLR2004 - what fits a line


def merge(above: Mapping, below: Mapping) -> Mapping:
    """Lay one mapping over another: mappings under the same key are merged, anything else of `above` replaces."""
    entries = dict(below.entries)
    for key, node in above.entries.items():
        lower = entries.pop(key, None)
        is_both = isinstance(node, Mapping) and isinstance(lower, Mapping)
        entries[key] = merge(node, lower) if is_both else node  # type: ignore[arg-type] # both are mappings here
    return Mapping(above.origin, entries, above.size + below.size, max(above.depth, below.depth))
