"""Also covers: composelib.config.yaml.nodes, composelib.config.yaml.problems."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composelib.config import load
from composelib.config.yaml.nodes import Mapping, Scalar, Sequence
from composelib.config.yaml.problems import Problems
from composelib.config.yaml.reader import parse
from composelib.errors import ConfigError


def entries(text: str | bytes) -> dict[str, object]:
    problems = Problems()
    document = parse(text.encode() if isinstance(text, str) else text, "x.yaml", problems)
    problems.raise_all()
    assert document is not None
    return {str(key): values(value) for key, value in document.entries.items()}


def values(node: object) -> object:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [values(item) for item in node.items]
    assert isinstance(node, Mapping)
    return {str(key): values(value) for key, value in node.entries.items()}


def fault(text: str | bytes) -> str:
    problems = Problems()
    parse(text.encode() if isinstance(text, str) else text, "x.yaml", problems)
    assert len(problems.by_origin) == 1
    return str(next(iter(problems.by_origin.values())))


@pytest.mark.parametrize("written", ["1.10", "no", "0x10", "1e3", "~", "null", "2026-11-01", "0o7", "12_000", "1:30"])
def test_scalars_stay_as_written(written: str) -> None:
    assert entries(f"a: {written}\n") == {"a": written}


@pytest.mark.parametrize(
    "entry",
    [
        "@web",
        "?priority(required)",
        "?and(?section(web),?not(~nfoo))",
        "standard^",
        "openssh-server (>= 1:9)",
        "linux-image-amd64 [amd64] | linux-image-arm64 [arm64]",
        "~nfoo",
        "foo:any",
    ],
)
def test_entries_of_debian_need_no_quotes_in_a_block_list(entry: str) -> None:
    assert entries(f"a:\n  - {entry}\n") == {"a": [entry]}


@pytest.mark.parametrize("entry", ["@web", "?section(games)", "?essential", "standard^", "foo:any", "foo (>= 1:9)"])
def test_entries_without_brackets_need_no_quotes_in_a_flow_list(entry: str) -> None:
    assert entries(f"a: [nano, {entry}, less]\n") == {"a": ["nano", entry, "less"]}


def test_quotes_hold_what_is_between_them() -> None:
    assert entries("a: [nginx, \"php-fpm [!arm64]\", '@x?']\n") == {"a": ["nginx", "php-fpm [!arm64]", "@x?"]}


def test_columns_are_not_moved_by_what_yaml_reserves() -> None:
    document = parse("a: [@web, ?é(x), b]\n".encode(), "x.yaml", Problems())
    assert document is not None
    listed = document.entries["a"]  # type: ignore[index]
    assert isinstance(listed, Sequence)
    assert [str(item.origin) for item in listed.items] == ["x.yaml:1:5", "x.yaml:1:11", "x.yaml:1:18"]


def test_a_byte_order_mark_and_crlf_are_accepted() -> None:
    assert entries(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n") == {"a": "1", "b": "2"}


def test_an_alias_stands_for_its_anchor() -> None:
    assert entries("a: &x [one, two]\nb: *x\n") == {"a": ["one", "two"], "b": ["one", "two"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.yaml:1:1: the file is empty"),
        ("# nothing\n", "x.yaml:1:1: the file is empty"),
        ("---\n", "x.yaml:1:1: the file is empty"),
        ("- a\n", "x.yaml:1:1: the file is a list, not a mapping"),
        ("words\n", "x.yaml:1:1: the file is a text, not a mapping"),
        ("a: 1\n---\nb: 2\n", "x.yaml:2:1: a second document"),
        ("a:\n\t- b\n", "x.yaml:2:1: a tab"),
        ("a: b\tc\n", "x.yaml:1:5: a tab"),
        ("a: b\x00\n", "x.yaml:1:5: a config must not have the character U+0000"),
        ("a: b\u202ec\n", "x.yaml:1:5: a config must not have the character U+202E"),
        ("a: b\rb: c\n", "x.yaml:1:5: a config must not have the character U+000D"),
        ("a: b\u2028c\n", "x.yaml:1:5: a config must not have the character U+2028"),
        ('a: "b\\0c"\n', "x.yaml:1:4: the character U+0000 within a value"),
        ('a: "b\\nc"\n', "x.yaml:1:4: a line end within a value"),
        ('"a\\e": b\n', "x.yaml:1:1: the character U+001B within a value"),
        ("a: |\n  b\n  c\n", "x.yaml:1:4: a line end within a value"),
        ("a: 1\nb: 2\na: 3\n", "x.yaml:3:1: the key 'a' is repeated; it is already on line 1"),
        ("a: !!python/object:os.system x\n", "x.yaml:1:4: the tag 'tag:yaml.org,2002:python/object:os.system'"),
        ("a: !!binary x\n", "x.yaml:1:4: the tag"),
        ("a: !foo [x]\n", "x.yaml:1:4: the tag '!foo'"),
        (
            "a: !?essential\n",
            "quote an entry that begins with '!'",
        ),
        ("!!str a: b\n", "x.yaml:1:1: a key that is not a text"),
        ("[a]: b\n", "x.yaml:1:1: a key that is not a text"),
        ("b: &b {c: d}\na: {<<: *b}\n", "x.yaml:2:5: the merge key '<<'"),
        ("a: &a [*a]\n", "x.yaml:1:8: the alias *a contains itself"),
        ("a: &a {b: {c: *a}}\n", "x.yaml:1:15: the alias *a contains itself"),
        ("a: *b\n", "x.yaml:1:4: the alias *b has no anchor &b before it; quote an entry that begins with '*'"),
        ("a: [*-doc]\n", "x.yaml:1:5: the alias *-doc has no anchor &-doc before it; quote"),
        ("a: [*.doc]\n", "x.yaml:1:6: not YAML: while scanning an alias"),
        (
            "a:\n  b: {c: d\ne: f\n",
            "x.yaml:2:6: not YAML: while parsing a flow mapping, did not find expected ',' or '}'; close it",
        ),
        ("a: [x [amd64]]\n", "x.yaml:1:7: not YAML: while parsing a flow sequence"),
        ("a: b: c\n", "x.yaml:1:5: a ':' where no key can begin; indent the line as the ones before it"),
        ("a: 'b\n", "not YAML: while scanning a quoted scalar"),
        ("a: [" * 60 + "]" * 60, "nested more than 50 levels deep"),
        (b"\xff\xfea\x00", "x.yaml:1:1: this is UTF-16, not UTF-8"),
        (b"a\x00:\x00", "x.yaml:1:1: this is UTF-16, not UTF-8"),
        (b"a: b\nc: \xe4\n", "x.yaml:2:4: byte 0xe4 is not UTF-8"),
        ('a: "\\uD800"\n', "x.yaml:1:"),
        ("a: 1\n  b: 2\n", "x.yaml:2:4: a ':' where no key can begin; indent the line as the ones before it"),
        ("a: {}\nb: []\n  c:\n    d: 1\n", "x.yaml:3:3: it is indented otherwise than the key that it follows"),
        ("a:\n  - 1\n - 2\n", "x.yaml:3:2: it is indented otherwise than the key that it follows"),
    ],
)
def test_what_a_config_has_no_use_for_is_refused_with_its_place(text: str | bytes, message: str) -> None:
    assert message in fault(text)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_ten_thousand_levels_are_refused_at_once(opening: str) -> None:
    start = time.perf_counter()
    fault("a:\n  " + opening * 10_000)
    assert time.perf_counter() - start < 1


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]
    assert "stand for more than 100000 values" in fault("\n".join(lines))


def test_aliases_make_nothing_deeper_than_may_be_written() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60)]
    assert "nested more than 50 levels deep" in fault("\n".join(lines))


SNIPPETS = st.sampled_from(
    ["release: ", "variants:\n", "  A:\n", "    packages: ", "[", "]", "{", "}", "- ", "\n", ": ", "&a ", "*a", "!!x ", "@w",
     "?p(", "|", ">", "'", '"', "#", "%", "---\n", "...\n", "<<: ", "include: [", "x.yaml", "~", "\\", "é", "\t", "${X}", "images: ",
     "kind: iso", "arches: [amd64]\n", "extends: A\n", "groups: {w: [@w]}\n"]
)  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any") / "x.yaml"


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=60),
        st.text(max_size=60).map(str.encode),
        st.lists(SNIPPETS, max_size=30).map(lambda snippets: "".join(snippets).encode()),
    )
)
def test_any_bytes_give_a_compose_or_a_config_error(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with suppress(ConfigError):
        load(path)
