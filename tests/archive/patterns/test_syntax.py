from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composelib.archive.patterns.syntax import PatternError, PatternTerm, PatternWord, parse_tree


def format_tree(node: PatternTerm | PatternWord) -> str:
    """Return a tree in apt's long form, words in quotes."""
    if isinstance(node, PatternWord):
        return f'"{node.text}"'
    return node.name + ("" if node.arguments is None else f"({','.join(map(format_tree, node.arguments))})")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("?true", "?true"),
        ("?name(foo)", '?name("foo")'),
        ("?name (  foo bar)", '?name("foo bar")'),
        ('?name("^(a|b)$")', '?name("^(a|b)$")'),
        ("?and(~E, ~T,)", "?and(?essential,?true)"),
        ("?and()", "?and()"),
        ("~nfoo", '?name("foo")'),
        ('~n"a b"', '?name("a b")'),
        ("~nfoo~sbar", '?and(?name("foo"),?section("bar"))'),
        ("~nfoo ~sbar | ~E", '?or(?and(?name("foo"),?section("bar")),?essential)'),
        ("!~E ~T", "?and(?not(?essential),?true)"),
        ("(~ramd64|~ri386)~nfoo", '?and(?or(?architecture("amd64"),?architecture("i386")),?name("foo"))'),
        ("~DPre-Depends:~nlibc6", '?pre-depends(?name("libc6"))'),
        ("~D~nfoo ~sbar", '?depends(?and(?name("foo"),?section("bar")))'),
        ("~D(~nfoo) ~sbar", '?depends(?and(?name("foo"),?section("bar")))'),
        ("(~D~nfoo) ~sbar", '?and(?depends(?name("foo")),?section("bar"))'),
        ("~RDepends:?exact-name(a)", '?reverse-depends(?exact-name("a"))'),
        ("  ?or(\n  ~E,\n  ?priority(required)\n)\n", '?or(?essential,?priority("required"))'),
    ],
)
def test_long_and_short_forms_give_the_same_trees(text: str, tree: str) -> None:
    assert format_tree(parse_tree(text)) == tree


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("foo", 0),
        ("?", 0),
        ("~", 0),
        ("~q", 0),
        ("! ~E", 1),
        ("!", 1),
        ("~E |", 4),
        ("(~E", 3),
        ("~E)", 2),
        ("?and(~E", 7),
        ("?and(~E ~T, ?name(a)(b))", 21),
        ('~n"foo', 2),
        ("?true, ?true", 5),
    ],
)
def test_an_error_has_its_position(text: str, position: int) -> None:
    with pytest.raises(PatternError) as caught:
        parse_tree(text)
    assert caught.value.start == position


@given(
    st.lists(st.sampled_from(["?and(", "?not(", "?name", "~n", "~D", "~", "!", "|", "(", ")", ",", " ", "a", '"', "^"]))
)
def test_any_text_is_read_or_refused(pieces: list[str]) -> None:
    text = "".join(pieces)
    with suppress(PatternError):
        assert parse_tree(text).end <= len(text)


@pytest.mark.parametrize("piece", ["(", "?not(", "~D", "?and(~T,", "!("])
def test_however_deep_it_is_no_crash(piece: str) -> None:
    with pytest.raises(PatternError, match="nested more than"):
        parse_tree(piece * 1000)


def test_an_error_names_the_character_and_the_cure() -> None:
    error = PatternError("it is wrong", 3, 5, "mend it")
    assert str(error) == "it is wrong (at character 4); mend it"
