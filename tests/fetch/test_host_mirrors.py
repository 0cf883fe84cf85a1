from __future__ import annotations

import pytest

from composelib.fetch.host_mirrors import find_mirrors, parse_mirror_list, refuse_suite
from composelib.tools.apt import AptIndex, parse_indices

INDICES = tuple(
    parse_indices(
        "http://one/debian/\tbookworm\toldstable\tbookworm\tmain\n"
        "http://three/debian/\tbookworm\toldstable\tbookworm\tmain\n"
        "http://two/docker/\tbookworm\t\tbookworm\tstable\n"
        "http://four/security/\t$(CODENAME)\t$(SUITE)\tbookworm-security\tmain\n"
        "http://flat/\t$(CODENAME)\t$(SUITE)\t./\t$(COMPONENT)\n"
        "not a line of indextargets\n"
    )
)


def find(suite: str, *components: str, indices: tuple[AptIndex, ...] = INDICES) -> tuple[str, ...]:
    return find_mirrors(suite, components or ("main",), indices, lambda _: "")


@pytest.mark.parametrize("suite", ["bookworm", "oldstable"])
def test_a_suite_is_found_by_any_of_its_names_on_all_its_mirrors(suite: str) -> None:
    assert find(suite) == ("http://one/debian/", "http://three/debian/")
    assert find("bookworm", "stable") == ("http://two/docker/",)


def test_a_suite_that_apt_does_not_name_may_be_at_any_of_its_mirrors() -> None:
    assert find("trixie")[:2] == ("http://one/debian/", "http://three/debian/")
    assert find("trixie-security")[0] == "http://four/security/"
    assert find("bookworm", "non-free")[0] == "http://one/debian/"
    assert "http://flat/" not in find("trixie")


def test_a_list_of_mirrors_stands_for_these_the_most_preferred_first() -> None:
    lists = {"file:/m.list": "http://b/d\n# no\nhttp://a/d/\tpriority:1 arch:amd64\nhttp://c/d priority:0 type:deb\n"}
    indices = (AptIndex("mirror+file:/m.list/", ("sid",), "main"), AptIndex("copy:/srv/d/", ("sid",), "main"))
    expected = ("http://a/d/", "http://b/d/", "http://c/d/", "file:/srv/d/")
    assert find_mirrors("sid", ("main",), indices, lists.__getitem__) == expected
    assert parse_mirror_list("") == []


def test_a_list_of_mirrors_that_names_itself_or_an_endless_priority_is_read_all_the_same() -> None:
    lists = {"file:/m.list": f"mirror+file:/m.list\nhttp://a/d priority:{'9' * 5000}\n"}
    indices = (AptIndex("mirror+file:/m.list/", ("sid",), "main"),)
    assert find_mirrors("sid", ("main",), indices, lists.__getitem__) == ("http://a/d/",)


def test_a_suite_that_is_nowhere_is_told_with_those_that_apt_has() -> None:
    error = refuse_suite("bookwurm", INDICES, ["http://one/debian/"])
    assert error.status == 2
    assert "no suite bookwurm, nor has http://one/debian/; did you mean bookworm? its suites are ./, bookworm, " in str(
        error
    )
    assert "it has no sources" in str(refuse_suite("sid", (), ()))
