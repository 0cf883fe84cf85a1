from __future__ import annotations

import ctypes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composelib.archive.patterns.posix_regex import RegexError, compile_regex

LIBC = ctypes.CDLL(None)
EXTENDED_ICASE_NOSUB = 1 | 2 | 8
PIECES = ["a", "b", "B", ".", "*", "+", "?", "(", ")", "|", "^", "$", "[ab]", "[^a]", "[]a]", "{2}", "{,1}", "\\."]
PIECES += ["[[:alpha:]]", "[a-b]", "\\+", "-", "[a\\]", "\\w", "[-a]", "[a-]"]


def glibc(expression: str, text: str) -> bool | None:
    """Give what the C library finds; None if it refuses the expression."""
    compiled = ctypes.create_string_buffer(256)
    if LIBC.regcomp(compiled, expression.encode(), EXTENDED_ICASE_NOSUB):
        return None
    found: bool = LIBC.regexec(compiled, text.encode(), 0, None, 0) == 0
    LIBC.regfree(compiled)
    return found


def ours(expression: str, text: str) -> bool | None:
    try:
        return compile_regex(expression).search(text) is not None
    except RegexError:
        return None


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), st.text("abB.+-]\\", max_size=5))
def test_matches_are_the_c_librarys(expression: str, text: str) -> None:
    assert ours(expression, text) == glibc(expression, text)


@pytest.mark.parametrize(
    ("expression", "position"),
    [("*a", 0), ("a(b", 1), ("a[b", 1), ("a\\", 1), ("[[:word:]]", 1), ("a{3,2}", 1), ("[b-a]", 3), ("a(?b)", 2)],
)
def test_an_error_tells_its_place(expression: str, position: int) -> None:
    with pytest.raises(RegexError) as caught:
        compile_regex(expression)
    assert caught.value.position == position
