"""The small files of media, and their sizes.

Also covers: composelib.image.media.disc_label.
"""

from __future__ import annotations

import pytest

from composelib.archive.format.repository import PoolFile
from composelib.errors import ComposeError
from composelib.image.media import disc
from composelib.image.media.disc_label import DiscLabel, number_label

LABEL = DiscLabel('Demo 12 "bookworm" - Server amd64 dvd', "bookworm", "demo-12-Server-dvd-amd64", ("main", "More"))


def file(name: str, size: int) -> PoolFile:
    return PoolFile(f"pool/main/{name[0]}/{name}/{name}_1_amd64.deb", "0" * 64, size)


def test_files_take_whole_sectors() -> None:
    assert disc.count_bytes([0, 1, 2048, 2049]) == 4 * 2048


def test_a_medium_says_what_it_is_and_of_which_day() -> None:
    files = disc.make_label_files(LABEL, 1_700_000_000)
    assert files[".disk/info"] == 'Demo 12 "bookworm" - Server amd64 dvd 20231114\n'
    assert files[".disk/base_components"] == "main\nMore\n"
    assert "Suite: bookworm. Components: main More." in files["README.txt"]


def test_discs_of_a_set_have_titles_and_volume_ids_of_their_own() -> None:
    second = number_label(LABEL, 2)
    assert second.title.endswith("dvd disc 2")
    assert second.volume == "demo-12-Server-dvd-amd64-2"
    assert len({number_label(LABEL, number).volume for number in range(1, 100)}) == 99


def test_those_that_grew_most_come_first_and_new_ones_have_grown_from_nothing() -> None:
    published = [file("aa", 100), file("bb", 100), file("cc", 100)]
    pool = [file("aa", 150), file("bb", 90), file("cc", 300), file("dd", 120)]
    assert disc.find_grown(pool, published) == [("cc", 100, 300), ("dd", 0, 120), ("aa", 100, 150)]
    assert disc.find_grown(pool, published, most=1) == [("cc", 100, 300)]


def test_without_a_published_compose_nothing_has_grown() -> None:
    assert disc.find_grown([file("aa", 150)], []) == []


def test_a_medium_that_is_too_large_names_what_takes_most_and_what_grew() -> None:
    with pytest.raises(ComposeError) as caught:
        disc.check_size("dvd", 3_000_000, 2_000_000, [file("aa", 900_000)], [("aa", 0, 900_000), ("bb", 10, 20)])
    assert caught.value.message == (
        "dvd: 3.0 MB (3000000 bytes), 1.0 MB more than its max-size 2.0 MB; the largest packages: aa_1_amd64.deb "
        "900.0 kB; grown since the last published compose: aa new -> 900.0 kB, bb 10 B -> 20 B"
    )


def test_a_medium_of_just_its_size_passes() -> None:
    disc.check_size("dvd", 2_000_000, 2_000_000, [], [])
