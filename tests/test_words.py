"""How the program is worded: names say what they hold, functions are verbs, and each name has one meaning."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from tests.kit.source_tree import modules, tree
from tests.measures import Measures, Name, measure, table

GENERIC_SHARE = 0.01
"""The share of parameters and locals that may have generic names."""
GIVE_SHARE = 0.01
"""The share of docstrings that may begin with Give, Tell or Say."""
PARTICIPLES = 12
"""How many functions may be named by a participle."""
REPEATED_FUNCTIONS = 114
"""How many functions of modules may have a name that two more modules define."""
SNAKE_CASE = re.compile(r"\b[a-z]+_[a-z_]+\b(?!\(\d\))")
"""A name of code in a docstring; one with a section after it is a manual page."""
REPEATED_CLASSES = 0
"""How many classes may have a name that another module defines."""


@cache
def measures() -> Measures:
    return measure()


def report(names: list[Name]) -> str:
    return "\n".join([table(measures()), *(f"{name.origin}: {name.text}" for name in names)])


def test_names_of_parameters_and_locals_say_what_they_hold() -> None:
    names = measures().generic_names
    assert len(names) <= GENERIC_SHARE * len(measures().names), report(names)


def test_docstrings_begin_with_what_is_done() -> None:
    names = measures().give
    assert len(names) <= GIVE_SHARE * len(measures().docstrings), report(names)


def test_functions_are_named_by_verbs() -> None:
    names = measures().participles
    assert len(names) <= PARTICIPLES, report(names)


def test_a_name_of_a_function_has_one_meaning() -> None:
    names = measures().repeated_functions
    assert len(names) <= REPEATED_FUNCTIONS, report(names)


def test_a_name_of_a_class_has_one_meaning() -> None:
    names = measures().repeated_classes
    assert len(names) <= REPEATED_CLASSES, report(names)


def docstrings(module: ast.Module) -> set[ast.Constant]:
    """Return the texts of a module that are statements of their own: docstrings, and those of fields and constants."""
    values = (node.value for node in ast.walk(module) if isinstance(node, ast.Expr))
    return {value for value in values if isinstance(value, ast.Constant)}


def names_in(module: ast.Module) -> set[str]:
    """Return the names that a module's code has, and the words of its texts that are not docstrings."""
    excluded = docstrings(module)
    nodes = [node for node in ast.walk(module) if node not in excluded]
    words = {
        str(word)
        for node in nodes
        for field in ("id", "attr", "arg", "name", "value")
        for word in [getattr(node, field, "")]
    }
    return set(re.findall(r"\w+", " ".join(words)))


def test_names_in_docstrings_are_those_of_the_code() -> None:
    trees = {name: tree(path) for name, path in modules().items()}
    names = {part for name in trees for part in name.split(".")} | {
        word for syntax in trees.values() for word in names_in(syntax)
    }
    stale = {
        f"{module}: {word}"
        for module, syntax in trees.items()
        for text in docstrings(syntax)
        for word in SNAKE_CASE.findall(str(text.value))
        if word not in names
    }
    assert not stale


def messages_of(path: Path) -> list[str]:
    """Return the texts of a module that are no docstrings, each with its line."""
    statements = {id(node.value) for node in ast.walk(tree(path)) if isinstance(node, ast.Expr)}
    return [
        f"{path}:{node.lineno}: {node.value}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in statements
    ]


def test_messages_name_the_command_that_was_typed() -> None:
    in_files = ("Made by `doit schema`", "End of what `doit schema`")  # the reference is made in a checkout
    literal = [
        text
        for path in modules().values()
        for text in messages_of(path)
        if re.search(r"[`']doit[ `']", text) and not any(words in text for words in in_files)
    ]
    assert not literal, "write {PROGRAM}, of composelib/program.py: " + "\n".join(literal)
