"""Readers of values that hold others: lists, mappings from names, and values that may be `true` or `false` instead."""

from __future__ import annotations

import re
from collections.abc import Mapping as Table
from typing import Any

from composelib.config.keys.read_value import INVALID, read_value, refuse
from composelib.config.keys.scalars import TRUTH
from composelib.config.yaml import nodes
from composelib.config.yaml.nodes import Node, Scalar, Word
from composelib.config.yaml.problems import Problems
from composelib.model.keys.value_types import ListOf, MapOf, TextMap, TrueOr


@read_value.register(ListOf)
def read_list(value_type: ListOf[Any], node: Node, path: str, problems: Problems) -> Any:
    """Return the items as a tuple; wrong ones are left out."""
    if value_type.single and isinstance(node, Scalar) and node.text:
        node = nodes.Sequence(node.origin, (node,))
    if not isinstance(node, nodes.Sequence):
        hint = suggest_list(node.text) if isinstance(node, Scalar) and node.text else ""
        return refuse(value_type, node, path, problems, hint)
    if not node.items and not value_type.may_be_empty:
        problems.add(
            node.origin,
            path,
            f"expected {value_type.describe()}, got an empty one",
            "leave the key out for its default",
        )
        return INVALID
    read_item = read_value.dispatch(type(value_type.item))
    items = [
        read_item(value_type.item, item, f"{path}[{position}]", problems) for position, item in enumerate(node.items)
    ]
    if not value_type.repeats:
        note_repeated(items, path, problems)
    return tuple(item for item in items if item is not INVALID)


def suggest_list(text: str) -> str:
    """Return how to write the list that a text was meant to be."""
    return "begin each entry with '- ', the first one too" if " - " in f" {text}" else f"write [{text}]"


def note_repeated(items: list[Any], path: str, problems: Problems) -> None:
    """Add a problem for each word that is in a list twice."""
    seen: set[str] = set()
    for position, item in enumerate(items):
        if isinstance(item, Word):
            if item in seen:
                problems.add(item.origin, f"{path}[{position}]", f"{str(item)!r} is already in the list", "remove it")
            seen.add(item)


@read_value.register(TrueOr)
def read_true_or(value_type: TrueOr[Any], node: Node, path: str, problems: Problems) -> Any:
    """Return a truth value or the other type's value."""
    if isinstance(node, Scalar) and node.text in TRUTH and node.plain:
        return TRUTH[node.text]
    if isinstance(node, Scalar) and isinstance(value_type.value, ListOf):
        return refuse(value_type, node, path, problems)
    return read_value(value_type.value, node, path, problems)


@read_value.register(MapOf)
def read_mapping(value_type: MapOf[Any], node: Node, path: str, problems: Problems) -> Any:
    """Return the values by their names, which are Words; wrong names and values are left out."""
    if not isinstance(node, nodes.Mapping):
        return refuse(value_type, node, path, problems)
    if not node.entries and not value_type.may_be_empty:
        problems.add(node.origin, path, f"there is no {value_type.singular}", "name at least one")
        return INVALID
    note_wrong_names(value_type, node.entries, path, problems)
    values = {
        name: read_value(value_type.value, value, f"{path}.{name}", problems)
        for name, value in node.entries.items()
        if re.fullmatch(value_type.name, name)
    }
    return {name: value for name, value in values.items() if value is not INVALID}


@read_value.register(TextMap)
def read_text_map(value_type: TextMap, node: Node, path: str, problems: Problems) -> Any:
    """Return the texts by their names; wrong names and texts are left out."""
    if value_type.alone and isinstance(node, Scalar):
        return read_value(value_type.text, node, path, problems)
    if not isinstance(node, nodes.Mapping):
        return refuse(value_type, node, path, problems)
    texts: dict[str, Any] = {}
    for name, value in node.entries.items():
        if not re.fullmatch(value_type.name, name):
            problems.add(name.origin, path, f"{str(name)!r} cannot be the name of a {value_type.singular}")
        texts[name] = read_value(value_type.text, value, f"{path}.{name}", problems)
    return {name: text for name, text in texts.items() if text is not INVALID}


def note_wrong_names(value_type: MapOf[Any], entries: Table[Word, Node], path: str, problems: Problems) -> None:
    """Add a problem for names that no file can have, and for those that some file systems do not tell apart."""
    folded: dict[str, Word] = {}
    for name in entries:
        if not re.fullmatch(value_type.name, name):
            hint = "letters, digits and . + _ - after a letter or digit, at most 64; no Windows device such as con"
            problems.add(name.origin, path, f"{str(name)!r} cannot be the name of {with_article(value_type)}", hint)
        first = folded.setdefault(name.casefold(), name)
        if first != name:
            message = f"{str(name)!r} and {str(first)!r} on line {first.origin.line} differ only in case"
            problems.add(name.origin, path, message, "rename one of them")


def with_article(value_type: MapOf[Any]) -> str:
    """Return the singular of a mapping's values with its article."""
    article = "an" if value_type.singular[0] in "aeiou" and value_type.singular != "user" else "a"
    return f"{article} {value_type.singular}"
