"""Kinds of value that hold others: lists, mappings from names, and either of two."""

from __future__ import annotations

import re
from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Any

from composelib.config.keys.types import INVALID, NAME, TRUTH, Kind, Schema, wrong
from composelib.config.yaml import nodes
from composelib.config.yaml.nodes import Node, Scalar, Word
from composelib.config.yaml.problems import Problems


@dataclass(frozen=True)
class ListOf:
    """A list whose items are all of one kind, none twice."""

    item: Kind
    plural: str
    some: bool = True
    """At least one."""

    @property
    def want(self) -> str:
        """Name the items."""
        return f"a list of {self.plural}"

    def read(self, node: Node, path: str, problems: Problems) -> Any:
        """Give the items as a tuple; wrong ones are left out."""
        if not isinstance(node, nodes.Sequence):
            hint = f"write [{node.text}]" if isinstance(node, Scalar) and node.text else ""
            return wrong(self, node, path, problems, hint)
        if self.some and not node.items:
            problems.add(node.origin, path, f"{self.want} is empty", "leave the key out for its default")
            return INVALID
        read = [self.item.read(item, f"{path}[{position}]", problems) for position, item in enumerate(node.items)]
        seen: set[str] = set()
        for position, item in enumerate(read):
            if isinstance(item, Word):
                if item in seen:
                    problems.add(
                        item.origin, f"{path}[{position}]", f"{str(item)!r} is in the list already", "remove it"
                    )
                seen.add(item)
        return tuple(item for item in read if item is not INVALID)

    def schema(self) -> Schema:
        """Give the items."""
        return {"type": "array", "items": self.item.schema(), **({"minItems": 1} if self.some else {})}


@dataclass(frozen=True)
class TrueOr:
    """`true`, `false`, or a value of another kind."""

    other: Kind

    @property
    def want(self) -> str:
        """Name both."""
        return f"true, false or {self.other.want}"

    def read(self, node: Node, path: str, problems: Problems) -> Any:
        """Give a truth value or the other kind's value."""
        if isinstance(node, Scalar) and node.text in TRUTH and node.plain:
            return TRUTH[node.text]
        if isinstance(node, Scalar) and isinstance(self.other, ListOf):
            return wrong(self, node, path, problems)
        return self.other.read(node, path, problems)

    def schema(self) -> Schema:
        """Give both."""
        return {"anyOf": [{"type": "boolean"}, self.other.schema()]}


@dataclass(frozen=True)
class MapOf:
    """A mapping from names that the user gives to values of one kind."""

    value: Kind
    singular: str
    some: bool = True
    name: str = NAME.pattern

    @property
    def want(self) -> str:
        """Name the values."""
        return f"a mapping of {self.singular} names to their keys"

    def read(self, node: Node, path: str, problems: Problems) -> Any:
        """Give the values by their names, which are Words; wrong names and values are left out."""
        if not isinstance(node, nodes.Mapping):
            return wrong(self, node, path, problems)
        if self.some and not node.entries:
            problems.add(node.origin, path, f"there is no {self.singular}", "name at least one")
            return INVALID
        self.note_wrong_names(node.entries, path, problems)
        read = {
            name: self.value.read(value, f"{path}.{name}", problems)
            for name, value in node.entries.items()
            if re.fullmatch(self.name, name)
        }
        return {name: value for name, value in read.items() if value is not INVALID}

    def note_wrong_names(self, entries: Table[Word, Node], path: str, problems: Problems) -> None:
        """Note names that would not do as a file's, and those that some file systems take for one."""
        folded: dict[str, Word] = {}
        for name in entries:
            if not re.fullmatch(self.name, name):
                hint = "letters, digits and . + _ - after a letter or digit, at most 64; no device of Windows"
                problems.add(name.origin, path, f"{str(name)!r} is no name for a {self.singular}", hint)
            first = folded.setdefault(name.casefold(), name)
            if first != name:
                message = f"{str(name)!r} and {str(first)!r} on line {first.origin.line} differ only in case"
                problems.add(name.origin, path, message, "rename one")

    def schema(self) -> Schema:
        """Give the names' pattern and the values."""
        return {
            "type": "object",
            "propertyNames": {"pattern": f"^(?:{self.name})$"},
            "additionalProperties": self.value.schema(),
            **({"minProperties": 1} if self.some else {}),
        }
