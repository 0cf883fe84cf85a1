"""How the program is worded: names say what they hold, functions are verbs, and each name has one meaning."""

from __future__ import annotations

from functools import cache

from tests.measures import Measures, Name, measure, table

GENERIC_SHARE = 0.01
"""The share of parameters and locals that may have generic names."""
GIVE_SHARE = 0.01
"""The share of docstrings that may begin with Give, Tell or Say."""
PARTICIPLES = 12
"""How many functions may be named by a participle."""
REPEATED_FUNCTIONS = 114
"""How many functions of modules may have a name that two more modules define."""
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
