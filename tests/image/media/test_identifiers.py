from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from composelib.image.media.identifiers import derive_uuid, make_volume_id


def test_a_name_that_fits_stays_as_it_is() -> None:
    assert make_volume_id("demo", "12", "Server", "dvd", "amd64") == "demo-12-Server-dvd-amd64"


def test_what_a_volume_id_may_not_have_becomes_an_underscore() -> None:
    assert make_volume_id("my demo", "12/13") == "my_demo-12_13"


def test_names_that_differ_only_behind_the_32nd_character_stay_two() -> None:
    first, second = make_volume_id("a" * 40, "amd64"), make_volume_id("a" * 40, "arm64")
    assert first != second
    assert len(first) == len(second) == 32


@given(st.lists(st.text(), min_size=1, max_size=6))
def test_a_volume_id_is_short_and_plain_whatever_the_name(words: list[str]) -> None:
    name = make_volume_id(*words)
    assert len(name) <= 32
    assert set(name) <= set(string.ascii_letters + string.digits + "._-")


def test_a_uuid_belongs_to_its_name() -> None:
    assert derive_uuid("demo", "root") == derive_uuid("demo", "root") != derive_uuid("demor", "oot")
