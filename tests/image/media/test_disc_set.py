from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composelib.archive.format.repository import PoolFile
from composelib.errors import ComposeError, TrustError
from composelib.image.media import disc_set
from composelib.image.media.disc_set import Unit

INDEX = "main/binary-amd64/Packages"


def unit(name: str, depends: str = "", size: int = 1000, priority: str = "optional", sha: str = "0") -> Unit:
    """Return a package of one file."""
    stanza = f"Package: {name}\nPriority: {priority}\n" + (f"Depends: {depends}\n" if depends else "")
    return Unit(INDEX, name, stanza.encode(), (PoolFile(f"pool/{name}.deb", sha * 64, size),))


def sort_names(*units: Unit) -> list[str]:
    """Return the names of packages, sorted."""
    return [member.name for member in disc_set.sort_units(units)]


def test_dependencies_come_first_however_deep() -> None:
    assert sort_names(unit("aa", "bb (>= 1)"), unit("bb", "zz | aa"), unit("zz")) == ["zz", "bb", "aa"]


def test_a_circle_ends() -> None:
    assert sorted(sort_names(unit("aa", "bb"), unit("bb", "aa"))) == ["aa", "bb"]


def test_higher_priorities_come_first() -> None:
    assert sort_names(unit("a"), unit("z", priority="required")) == ["z", "a"]


def test_urgent_ones_come_before_all_else_with_what_they_need() -> None:
    units = [unit("aa", priority="required"), unit("kk", "zz"), unit("zz")]
    ordered = disc_set.sort_units(units, lambda member: member.name == "kk")
    assert [member.name for member in ordered] == ["zz", "kk", "aa"]


def test_a_long_chain_is_no_recursion() -> None:
    chain = [unit(f"p{number:05}", f"p{number + 1:05}") for number in range(5000)]
    assert sort_names(*chain)[0] == "p04999"


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=40), st.integers(10_000, 90_000))
def test_on_discs_nothing_is_lost_or_before_what_it_needs(pairs: list[tuple[int, int]], room: int) -> None:
    needs: dict[str, set[str]] = {}
    for first, second in pairs:
        if first < second:  # no circles
            needs.setdefault(f"p{first}", set()).add(f"p{second}")
            needs.setdefault(f"p{second}", set())
    units = [unit(name, ", ".join(sorted(others))) for name, others in sorted(needs.items())]
    discs = disc_set.split(disc_set.sort_units(units), room // 2, room)
    disc_of = {member.name: number for number, disc in enumerate(discs) for member in disc}
    assert sorted(disc_of) == sorted(needs)
    assert all(disc_of[required] <= disc_of[name] for name, others in needs.items() for required in others)
    assert all(sum(member.size for member in disc) <= room for disc in discs)


def test_a_file_larger_than_a_medium_is_named() -> None:
    with pytest.raises(ComposeError, match=r"pool/big\.deb: 9\.0 MB"):
        disc_set.split([unit("big", size=9_000_000)], 100_000, 200_000)


def test_the_same_package_of_two_variants_is_there_once() -> None:
    assert [member.name for member in disc_set.merge([unit("a"), unit("b"), unit("a")])] == ["a", "b"]


def test_two_files_that_want_one_place_are_refused() -> None:
    with pytest.raises(TrustError, match=r"pool/a\.deb"):
        disc_set.merge([unit("a"), unit("a", sha="1")])


def test_a_package_is_described_as_any_repository_does_where_its_component_has_the_language() -> None:
    german = "Package: aa\nDescription-md5: 1\nDescription-de: ein Paket\n"
    units = [
        Unit(f"{component}/binary-amd64/Packages", "aa", b"Package: aa\nDescription-md5: 1\n", ())
        for component in ("main", "HA", "main/debian-installer")
    ]
    texts = [("main/i18n/Translation-de", b""), ("HA/i18n/Translation-de", f"{german}\n".encode())]
    described = disc_set.add_descriptions([*units, unit("bare")], texts)
    assert [member.descriptions for member in described] == [
        (("main/i18n/Translation-de", german.encode()),),
        (("HA/i18n/Translation-de", german.encode()),),
        (),
        (),
    ]
    assert described[0].size == units[0].size + 2 * len(german)


def test_what_describes_two_packages_of_a_disc_is_on_it_once() -> None:
    path, german = "main/i18n/Translation-de", b"Package: aa\nDescription-md5: 1\n"
    members = [
        Unit(f"main/binary-{arch}/Packages", "aa", b"Package: aa\n", (), ((path, german),))
        for arch in ("amd64", "i386")
    ]
    indices = [member.index for member in members]
    assert disc_set.format_indices(members, (*indices, path))[path] == german + b"\n"
