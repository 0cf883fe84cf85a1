"""A config's text as values that know where they stand: scalars, sequences and mappings, nothing resolved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from composelib.model.origin import Origin


class Word(str):
    """A string that knows where it stands."""

    __slots__ = ("origin",)
    origin: Origin

    def __new__(cls, text: str, origin: Origin) -> Self:
        """Make a string with a place."""
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
    """Keys, each with its place, and their values."""

    origin: Origin
    entries: dict[Word, Node]
    size: int = 1
    depth: int = 1


Node = Scalar | Sequence | Mapping


def what(node: Node) -> str:
    """Say in a few words what a node is, for a message that wants something else."""
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Mapping):
        return "a mapping"
    if node.plain and not node.text:
        return "nothing"
    return repr(node.text if len(node.text) <= 60 else node.text[:57] + "...")  # noqa: PLR2004 - what fits a line


def merged(above: Mapping, below: Mapping) -> Mapping:
    """Lay one mapping over another: mappings under the same key are merged, anything else of `above` replaces."""
    entries = dict(below.entries)
    for key, node in above.entries.items():
        other = entries.pop(key, None)
        both = isinstance(node, Mapping) and isinstance(other, Mapping)
        entries[key] = merged(node, other) if both else node  # type: ignore[arg-type] # both are mappings here
    return Mapping(above.origin, entries, above.size + below.size, max(above.depth, below.depth))
