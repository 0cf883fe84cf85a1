"""Also covers: composelib.archive.choose.packages.package."""

from __future__ import annotations

import pytest

from composelib.archive.choose.packages.universe import Universe
from composelib.errors import TrustError
from tests.kit.stanzas import make_listing, make_stanza, make_universe


def test_the_highest_version_is_the_candidate() -> None:
    packages = make_universe(make_stanza("a", "1.9"), make_stanza("a", "1.10"), make_stanza("a", "1.10~rc1"))
    assert [package.version for package in packages.versions("a")] == ["1.10", "1.10~rc1", "1.9"]
    candidate = packages.candidate("a")
    assert candidate
    assert candidate.version == "1.10"


def test_the_archives_priority_comes_before_the_version() -> None:
    ours = make_listing(make_stanza("a", "1.0"), archive="ours", priority=600)
    packages = Universe([make_listing(make_stanza("a", "2.0")), ours], "amd64")
    assert [package.archive for package in packages.versions("a")] == ["ours", "main"]


def test_the_same_file_in_two_archives_is_one_package() -> None:
    packages = Universe([make_listing(make_stanza("a")), make_listing(make_stanza("a"), archive="mirror")], "amd64")
    assert [package.archive for package in packages.versions("a")] == ["main"]


@pytest.mark.parametrize(
    ("archive", "scope", "cure"),
    [
        ("other", "in archives main and other", "; give one"),
        ("main", "in archive main", "; split it into two archives"),
    ],
)
def test_two_files_of_one_name_and_version_are_refused_when_one_is_chosen(archive: str, scope: str, cure: str) -> None:
    second = make_listing(make_stanza("a", SHA256="0" * 64), archive=archive)
    universe = Universe([make_listing(make_stanza("a"), make_stanza("a", "2")), second], "amd64")
    newest, old = universe.versions("a")
    universe.check_file(newest)
    with pytest.raises(TrustError, match=rf"a 1\.0 amd64: .*{scope} .*{cure}"):
        universe.check_file(old)


def test_priorities_settle_which_of_two_files_counts() -> None:
    preferred = make_listing(make_stanza("a", SHA256="0" * 64), archive="other", priority=900)
    assert [
        package.archive for package in Universe([make_listing(make_stanza("a")), preferred], "amd64").versions("a")
    ] == ["other"]


def test_a_lookaside_is_no_candidate() -> None:
    aside = make_listing(make_stanza("a", "9"), archive="aside", lookaside=True)
    candidate = Universe([make_listing(make_stanza("a", "1")), aside], "amd64").candidate("a")
    assert candidate
    assert candidate.version == "1"


def test_providers_come_with_the_versions_they_provide() -> None:
    packages = make_universe(make_stanza("p", Provides="v (= 2), w"), make_stanza("q", Provides="v"))
    assert [(package.name, provided) for package, provided in packages.providers("v")] == [("p", "2"), ("q", "")]
    assert [(package.name, provided) for package, provided in packages.providers("w")] == [("p", "")]
    assert packages.providers("none") == ()


def test_packages_are_found_by_their_fields() -> None:
    packages = make_universe(
        make_stanza("a", Priority="required", Task="x, y", Multi_Arch="same", Source="src (1)"),
        make_stanza("b", Homepage="h"),
    )

    def names(field: str, value: str) -> list[str]:
        return [package.name for package in packages.find_by_field(field, value)]

    assert names("Priority", "required") == names("task", "y") == names("multi-arch", "same") == ["a"]
    assert names("Source", "src") == ["a"]
    assert names("Source", "b") == names("Homepage", "h") == ["b"]


def test_source_and_its_version_default_to_the_packages_own() -> None:
    packages = make_universe(
        make_stanza("a", "2", Source="src (1)"), make_stanza("b", "3"), make_stanza("c", "4", Source="src")
    )
    rows = [(package.source, package.source_version) for package in packages.packages()]
    assert rows == [("src", "1"), ("b", "3"), ("src", "4")]


def test_udebs_are_a_world_of_their_own() -> None:
    both = make_listing(make_stanza("a"), make_stanza("a-udeb", Filename="pool/a.udeb", Provides="a"))
    assert list(Universe([both], "amd64").names()) == ["a"]
    assert list(Universe([both], "amd64", kind="udeb").names()) == ["a-udeb"]
    assert Universe([both], "amd64").providers("a") == ()


def test_in_a_foreign_universe_there_are_no_arch_all_packages() -> None:
    foreign = make_listing(make_stanza("a", arch="i386"), make_stanza("b", arch="all"), arch="i386")
    assert list(Universe([foreign], "i386", native=False).names()) == ["a"]
