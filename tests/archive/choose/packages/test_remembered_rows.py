"""An index is the same whether the rows of an earlier one are remembered or not."""

from __future__ import annotations

import random

import pytest

from composelib.archive.choose.packages.index_build import build_index, collect_rows
from composelib.archive.choose.packages.index_sections import serialize_rows
from composelib.archive.choose.packages.remembered_rows import RememberedRows, pack_rows
from composelib.errors import TrustError
from tests.kit.stanzas import make_stanza

ODD = "Package: odd\nVersion: 1.0 2\n"
APT_CANNOT = make_stanza("strange", Depends="a (b)")
VARIATIONS = ({"Provides": "x (= 1), y, x (= 0)"}, {"Source": "src (1)"}, {"Task": "a, b"}, {"tAg": "z"})


def index_with(remembered: RememberedRows, text: bytes) -> tuple[bytes, bytes]:
    """Return the index of a text, and the file of its rows."""
    rows = collect_rows(text, "amd64", "x", remembered)
    content = serialize_rows(rows, "amd64", len(text), ())
    return content, b"".join(pack_rows(rows, content, "code"))


def make_archive(chance: random.Random) -> list[str]:
    """Return the stanzas of an archive, of all shapes."""
    stanzas = []
    for number in range(chance.randrange(1, 30)):
        version, arch = chance.choice(["1", "2:3-4"]), chance.choice(["amd64", "all", "i386"])
        stanzas.append(make_stanza(f"p{number}", version, arch, **chance.choice(VARIATIONS)))
    return [*stanzas, APT_CANNOT, ODD, make_stanza("inst", Filename="pool/i/inst.udeb")]


def edit(stanzas: list[str], chance: random.Random) -> list[str]:
    """Return stanzas with some changed, removed, added, moved, or there twice."""
    edited = [text.replace("optional", "extra") if chance.random() < 0.1 else text for text in stanzas]
    edited = [text for text in edited if chance.random() > 0.1]
    edited += chance.choices(stanzas, k=2) + make_archive(chance)[:2]
    if chance.random() < 0.3:
        chance.shuffle(edited)
    return edited


@pytest.mark.parametrize("seed", range(30))
def test_an_index_does_not_show_what_was_remembered(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same archives in each run
    stanzas, packed = make_archive(chance), b""
    for _ in range(4):
        text = "\n".join(stanzas).encode()
        content, packed = index_with(RememberedRows(packed, "code"), text)
        assert content == build_index(text, "amd64", "x")
        stanzas = edit(stanzas, chance)


def test_rows_of_the_same_stanzas_are_remembered() -> None:
    text = "\n".join([make_stanza("a"), make_stanza("b")]).encode()
    _, packed = index_with(RememberedRows(), text)
    assert len(RememberedRows(packed, "code").rows) == 2


@pytest.mark.parametrize("damage", ["cut", "flip", "code", "nothing"])
def test_a_damaged_memory_or_that_of_other_code_is_as_good_as_none(damage: str) -> None:
    _, packed = index_with(RememberedRows(), make_stanza("a").encode())
    damaged = {"cut": packed[:-1], "flip": packed[:-9] + b"!" + packed[-8:], "code": packed, "nothing": b""}[damage]
    assert not RememberedRows(damaged, "other" if damage == "code" else "code").rows


def test_a_hostile_stanza_is_named_by_its_number_among_remembered_ones() -> None:
    good = "\n".join([make_stanza("a"), make_stanza("b")])
    _, packed = index_with(RememberedRows(), good.encode())
    text = f"{good}\n{make_stanza('c', Filename='../c')}".encode()
    with pytest.raises(TrustError, match=r"stanza 3 \(Package c\)"):
        index_with(RememberedRows(packed, "code"), text)
