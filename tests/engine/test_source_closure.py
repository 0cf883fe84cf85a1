"""What counts as a change of a module's code, and what it imports."""

from __future__ import annotations

import pytest

from composelib.engine.source_closure import describe_change, reach, read_code

PLAIN = '''
"""Say what it is for."""
LIMIT = 3
"""Say what the limit is."""

class Row:
    """Say what a row is."""

    name: str
    """Say what the name is."""

    def read(self) -> str:
        """Say what is read."""
        return "text"
'''
IMPORTS = """
import os.path
import fake.one as first
from fake.two import LIMIT
from .near import name
from .. import far
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from fake.types import Row
else:
    from fake.otherwise import Row
def use():
    try:
        pass
    except ValueError:
        with open("x"):
            from fake import inner
    match 1:
        case 1:
            import fake.case
"""


def digest(text: str) -> str:
    return read_code(text.encode(), "fake.tools").digest


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Say what", "Tell what"),
        ("LIMIT = 3", "# a comment\n\n\nLIMIT  =  3  # another"),
        ('"text"', "(\n            'text'\n        )"),
    ],
)
def test_docstrings_comments_and_formatting_decide_nothing(before: str, after: str) -> None:
    assert before in PLAIN
    assert digest(PLAIN.replace(before, after)) == digest(PLAIN)


@pytest.mark.parametrize(
    ("before", "after"), [("LIMIT = 3", "LIMIT = 4"), ('"text"', '"other"'), ("name: str", "name: int"), ("-> str", "")]
)
def test_code_decides(before: str, after: str) -> None:
    assert before in PLAIN
    assert digest(PLAIN.replace(before, after)) != digest(PLAIN)


def test_imports_are_named_wherever_they_stand_with_their_packages() -> None:
    assert read_code(IMPORTS.encode(), "fake.tools").imports == {
        *("fake", "fake.one", "fake.two", "fake.two.LIMIT", "fake.tools", "fake.tools.near", "fake.tools.near.name"),
        *("fake.far", "fake.otherwise", "fake.otherwise.Row", "fake.inner", "fake.case"),
    }


def test_what_only_a_type_checker_sees_decides_nothing() -> None:
    assert digest(IMPORTS.replace("fake.types", "fake.kinds")) == digest(IMPORTS)


@pytest.mark.parametrize("text", [b"def broken(", b"a = '\xff'", b"a = 1\0"])
def test_of_what_is_no_python_every_byte_counts(text: bytes) -> None:
    assert read_code(text, "fake").imports == frozenset()
    assert read_code(text, "fake").digest != read_code(text + b" ", "fake").digest


def test_modules_that_import_each_other_are_reached() -> None:
    graph = {"a": ["b"], "b": ["c", "a"], "c": ["b"], "d": ["a"]}
    assert reach(["a"], graph.__getitem__) == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        ("a.py 1\nb.py 1", "a.py 1\nb.py 2", ": b.py"),
        ("b.py 1\nc.py 1", "a.py 1\nb.py 2", ": b.py and 2 more"),
        ("", "a.py 1", ": an earlier version recorded it differently"),
    ],
)
def test_a_change_is_a_line_that_names_what_changed_before_what_is_new(before: str, now: str, words: str) -> None:
    assert describe_change(before, now) == f"the program's own source changed{words}"
