"""An index is built of checked stanzas and finds what is in them.

Also covers: composelib.archive.choose.packages.index_build, composelib.archive.choose.packages.index_rows,
composelib.archive.choose.packages.index_sections, composelib.archive.choose.packages.package,
composelib.archive.format.stanza, composelib.archive.format.stanza_checks.
"""

from __future__ import annotations

import random
import time

import pytest

from composelib.archive.choose.packages import index_build
from composelib.archive.choose.packages.index import Index
from composelib.archive.choose.packages.index_build import build_index
from composelib.errors import TrustError
from tests.kit.stanzas import make_listing, make_source, make_stanza, make_universe

GOOD = make_stanza("hello", Description="says hello\n and more")


def refuse(text: str | bytes, arch: str = "amd64") -> str:
    content = text.encode() if isinstance(text, str) else text
    with pytest.raises(TrustError) as caught:
        build_index(content, arch, "archive main, suite stable")
    return str(caught.value)


def drop_field(field: str, text: str = GOOD) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(f"{field}:"))


def test_an_index_has_names_versions_and_stanzas_byte_for_byte() -> None:
    packages = make_universe(GOOD, make_stanza("world", "2:1.0~rc1-1"))
    assert list(packages.names()) == ["hello", "world"]
    (hello,), (world,) = packages.versions("hello"), packages.versions("world")
    assert (hello.stanza + b"\n").decode() == GOOD
    assert (world.name, world.version, world.architecture, world.archive) == ("world", "2:1.0~rc1-1", "amd64", "main")


def test_fields_are_found_in_any_case_and_with_their_continuation_lines() -> None:
    (hello,) = make_universe(GOOD.replace("Description", "DESCRIPTION")).versions("hello")
    assert hello.field("description") == "says hello\n and more"
    assert hello.field("Depends") == ""


def test_a_field_that_is_first_in_its_stanza_is_found() -> None:
    (hello,) = make_universe("Multi-Arch: same\n" + GOOD).versions("hello")
    assert hello.field("multi-arch") == "same"


def test_a_value_inside_another_is_not_mistaken_for_a_field() -> None:
    (hello,) = make_universe(make_stanza("hello", Description="x\n Depends: trap")).versions("hello")
    assert hello.field("Depends") == ""


def test_an_empty_archive_has_an_index() -> None:
    assert Index(build_index(b"", "amd64", "x")).count == 0
    assert list(make_universe().names()) == []


def test_suites_one_after_another_with_more_than_one_empty_line_between_are_read() -> None:
    assert list(make_universe(GOOD + "\n\n" + make_stanza("world")).names()) == ["hello", "world"]


def test_packages_of_another_arch_are_left_out() -> None:
    assert list(make_universe(GOOD, make_stanza("other", arch="i386"), make_stanza("both", arch="all")).names()) == [
        "both",
        "hello",
    ]


def test_bytes_that_are_not_utf8_stay_as_they_are() -> None:
    text = GOOD.encode() + b"Maintainer: J\xf6rg\n"
    index = Index(build_index(text, "amd64", "x"))
    assert index.count == 1
    assert make_listing(text.decode("utf-8", "surrogateescape")).stanzas == text


def read_faults(text: str) -> list[str]:
    """Return why stanzas are left out of an index that has `first` in any case."""
    index = Index(build_index((make_stanza("first") + "\n" + text).encode("utf-8", "surrogateescape"), "amd64", "x"))
    assert list(index.names) == ["first"]
    return list(index.faults)


@pytest.mark.parametrize("field", ["Version", "Architecture", "Filename", "Size", "SHA256"])
def test_a_stanza_without_a_field_is_left_out(field: str) -> None:
    version = "?" if field == "Version" else "1.0"
    assert read_faults(drop_field(field)) == [f"hello {version}: {field}: the field is missing"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Package", "../hello"),
        ("Package", "-rf"),
        ("Package", "hel lo"),
        ("Package", "ev\x1b[31mil"),
        ("Version", "1.0 2"),
        ("Version", "1-"),
        ("Version", "1.0\n 2"),
        ("Version", "2147483648:1"),
        ("Architecture", "amd64 i386"),
        ("Architecture", "x86_64"),
        ("Provides", "a b"),
        ("Description", "x\n First.\n \n Second."),
    ],
)
def test_a_stanza_with_an_odd_value_is_left_out(field: str, value: str) -> None:
    (fault,) = read_faults(drop_field(field) + f"{field}: {value}\n")
    assert f": {field}: " in fault or fault == "hello 1.0: a line consists of white space only"


def test_stanzas_with_odd_line_ends_are_left_out() -> None:
    assert len(read_faults(GOOD.replace("\n", "\r\n"))) == 1


def test_of_what_is_provided_a_clause_that_apt_ignores_is_ignored() -> None:
    universe = make_universe(make_stanza("x", Provides="a (<= 1), b (= 2), , c"))
    assert [universe.providers(name) for name in "a"] == [()]
    assert [universe.providers(name)[0][1] for name in "bc"] == ["2", ""]


def test_what_is_asked_for_and_left_out_is_explained() -> None:
    universe = make_universe(drop_field("Size"))
    assert list(universe.find_faults("hello")) == ["hello 1.0: Size: the field is missing (archive main)"]
    assert list(universe.find_faults("hell")) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Filename", "../../etc/passwd"),
        ("Filename", "/etc/passwd"),
        ("Filename", "a/./b"),
        ("Filename", "a//b"),
        ("Filename", "pool/x%2f.."),
        ("Filename", "-rf"),
        ("Filename", "pool/-rf"),
        ("Filename", "pool/\tx"),
        ("Filename", "pool/\u202ex"),
        ("Filename", "pool/" + "x" * 300),
        ("Size", "-1"),
        ("Size", "9223372036854775808"),
        ("Size", "9" * 5000),
        ("Size", "7k"),
        ("SHA256", "0" * 63),
        ("SHA256", "z" * 64),
    ],
)
def test_a_hostile_value_is_refused_with_stanza_and_field(field: str, value: str) -> None:
    message = refuse(make_stanza("first") + "\n" + drop_field(field) + f"{field}: {value}\n")
    assert "stanza 2" in message
    assert f" {field}: " in message


def test_weak_hashes_alone_are_no_proof() -> None:
    assert "weak hash" in refuse(drop_field("SHA256") + "MD5sum: 00\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "size: 8\n", "size: the field is repeated"),
        (GOOD + "no colon here\n", "a line without a field name and a colon: 'no colon here'"),
        (" continues\n" + GOOD, "the first line is a continuation of nothing"),
        (GOOD + "Note: a\0b\n", "Note: the value contains a NUL"),
        (GOOD.removesuffix("\n"), "is cut off"),
    ],
)
def test_what_parsers_read_in_different_ways_is_refused(text: str, message: str) -> None:
    assert message in refuse(text)


def test_dpkg_scanpackages_dot_slash_is_taken_and_dropped() -> None:
    (hello,) = make_universe(make_stanza("hello", Filename="./hello.deb")).versions("hello")
    assert hello.filename == "hello.deb"


def test_sources_are_checked_and_indexed() -> None:
    text = make_source("hello", "1.0-1").encode()
    assert Index(build_index(text, "source", "x")).rows("hello")[0] == 0
    assert "weak hash" in refuse(
        drop_field("Checksums-Sha256", make_source("a").replace("\n ", " ")) + "Files: x\n", "source"
    )
    assert "Directory" in refuse(make_source("a", Directory="../x"), "source")
    digest = "0" * 64
    assert "Checksums-Sha256" in refuse(make_source("a", Checksums_Sha256=f"\n {digest} 5 ../x"), "source")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Description", "abcdefgh, " * 1_000_000),
        ("Provides", "abcdefgh, " * 1_000_000),
        ("Depends", "a" + " " * 10_000_000 + "!"),
        ("Depends", "a |" * 3_000_000 + "!"),
    ],
)
def test_a_line_of_ten_megabytes_takes_no_time(field: str, value: str) -> None:
    text = make_stanza("big", **{field: value}).encode()
    start = time.process_time()
    assert Index(build_index(text, "amd64", "x")).count == 1
    assert time.process_time() - start < 8


def build_or_refuse(text: bytes) -> bytes | str:
    """Return the index of a text, or why there is none."""
    try:
        return build_index(text, "amd64", "x")
    except TrustError as error:
        return error.message


def test_whatever_is_wrong_with_a_stanza_the_quick_way_reads_it_as_the_thorough_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = random.Random(7)  # noqa: S311 - the same texts in each run
    stanza = make_stanza("hello", Provides="a, b (= 1)", Depends="c | d", Description="x\n y", Essential="yes").encode()
    pieces = (
        b"\n",
        b"\n ",
        b" \n",
        b"\n \n",
        b":",
        b" ",
        b"\t",
        b"\0",
        b"\r",
        b"\n\n",
        b"-",
        b"/",
        b"\xff",
        b"A: b\n",
        b"%",
    )
    texts = []
    for _ in range(1000):
        position = chance.randrange(len(stanza))
        end = position + chance.choice((0, 0, 1, 5, 30))
        texts.append(GOOD.encode() + b"\n" + stanza[:position] + chance.choice(pieces) + stanza[end:])
    quick = [build_or_refuse(text) for text in texts]
    monkeypatch.setattr(index_build, "read_sound", lambda *_: (None, ()))
    assert [build_or_refuse(text) for text in texts] == quick
    assert len(set(quick)) > 300


def test_an_index_of_another_version_is_refused() -> None:
    with pytest.raises(TrustError, match="not an index"):
        Index(b"deb-compose index 0\n{}\n")
