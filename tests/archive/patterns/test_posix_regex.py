from __future__ import annotations

import ctypes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composelib.archive.patterns.posix_regex import compile_regex
from composelib.archive.patterns.syntax import RegexError

LIBC = ctypes.CDLL(None)
EXTENDED_ICASE_NOSUB = 1 | 2 | 8
PIECES = ["a", "b", "B", ".", "*", "+", "?", "(", ")", "|", "^", "$", "[ab]", "[^a]", "[]a]", "{2}", "{,1}", "\\."]
PIECES += ["[[:alpha:]]", "[a-b]", "\\+", "-", "[a\\]", "\\w", "[-a]", "[a-]"]


def match_with_glibc(expression: str, text: str) -> bool | None:
    """Return whether the C library finds a match; None if it refuses the expression."""
    compiled = ctypes.create_string_buffer(256)
    if LIBC.regcomp(compiled, expression.encode(), EXTENDED_ICASE_NOSUB):
        return None
    matches: bool = LIBC.regexec(compiled, text.encode(), 0, None, 0) == 0
    LIBC.regfree(compiled)
    return matches


def match_with_ours(expression: str, text: str) -> bool | None:
    try:
        return compile_regex(expression).search(text) is not None
    except RegexError:
        return None


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), st.text("abB.+-]\\", max_size=5))
def test_matches_are_the_c_librarys(expression: str, text: str) -> None:
    assert match_with_ours(expression, text) == match_with_glibc(expression, text)


@pytest.mark.parametrize(
    ("expression", "position"),
    [("*a", 0), ("a(b", 1), ("a[b", 1), ("a\\", 1), ("[[:word:]]", 1), ("a{3,2}", 1), ("[b-a]", 3), ("a(?b)", 2)],
)
def test_an_error_has_its_position(expression: str, position: int) -> None:
    with pytest.raises(RegexError) as caught:
        compile_regex(expression)
    assert caught.value.position == position
