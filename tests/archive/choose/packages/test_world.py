from __future__ import annotations

import pytest

from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World
from composelib.archive.format.relation import Relation
from tests.kit.stanzas import make_listing, make_stanza, make_universe


@pytest.fixture
def world() -> World:
    native = make_universe(
        make_stanza("lib", "1"), make_stanza("lib", "2"), make_stanza("p", Provides="lib (= 3), virtual")
    )
    foreign = make_listing(
        make_stanza("lib", "2", "i386"), make_stanza("tool", arch="i386", Multi_Arch="foreign"), arch="i386"
    )
    return World(native, [Universe([foreign], "i386", native=False)])


def test_packages_of_the_name_satisfy_a_relation_best_first(world: World) -> None:
    packages = world.find_named(Relation("lib"), "amd64")
    assert [(package.version, package.architecture) for package in packages] == [("2", "amd64"), ("1", "amd64")]


def test_providers_satisfy_a_relation_in_the_version_they_provide(world: World) -> None:
    assert [package.name for package in world.find_providers(Relation("lib", "", ">=", "3"), "amd64")] == ["p"]
    assert world.find_providers(Relation("virtual", "", ">=", "1"), "amd64") == []


def test_a_foreign_package_satisfies_if_it_is_multi_arch_foreign(world: World) -> None:
    assert [package.architecture for package in world.find_named(Relation("tool"), "amd64")] == ["i386"]


def test_relations_of_foreign_packages_are_satisfied_by_their_own_arch(world: World) -> None:
    assert [package.architecture for package in world.find_named(Relation("lib"), "i386")] == ["i386"]


def test_what_serves_all_arches_is_taken_from_the_native_one() -> None:
    native = make_universe(make_stanza("foo", Multi_Arch="foreign"))
    foreign = make_listing(make_stanza("foo", arch="i386", Multi_Arch="foreign"), arch="i386")
    world = World(native, [Universe([foreign], "i386", native=False)])
    assert [package.architecture for package in world.find_named(Relation("foo"), "i386")] == ["amd64", "i386"]


def test_what_is_provided_to_an_arch_serves_that_arch_alone() -> None:
    world = World(make_universe(make_stanza("prov", arch="all", Provides="bar:i386 (= 2)")), [Universe([], "i386")])
    assert [package.name for package in world.find_providers(Relation("bar"), "i386")] == ["prov"]
    assert [package.name for package in world.find_providers(Relation("bar", "i386", ">=", "2"), "amd64")] == ["prov"]
    assert world.find_providers(Relation("bar"), "amd64") == []
    assert world.find_providers(Relation("bar", "any"), "i386") == []
