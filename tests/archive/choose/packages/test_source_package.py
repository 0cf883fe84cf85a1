from __future__ import annotations

from composelib.archive.choose.packages.source_package import find_needed_sources, list_sources, read_source_files
from composelib.archive.choose.packages.universe import Universe
from tests.kit.stanzas import make_listing, make_source, make_stanza, make_universe

PACKAGES = make_universe(
    make_stanza("b", "2", Source="src (1)", Built_Using="lib (= 3)"),
    make_stanza("a", "2", Static_Built_Using="src (= 1)"),
)


def test_the_files_of_a_source_are_relative_to_the_archive() -> None:
    (package,) = Universe([make_listing(make_source("hello", "1.0"), arch="source")], "source").versions("hello")
    assert [(file.path, file.size) for file in read_source_files(package)] == [("pool/main/h/hello/hello_1.0.dsc", 5)]


def test_a_package_needs_its_source_and_what_is_built_into_it() -> None:
    (package,) = PACKAGES.versions("b")
    references = [(reference.name, reference.version, reference.relation) for reference in list_sources(package)]
    assert references == [("src", "1", "Source"), ("lib", "3", "Built-Using")]


def test_the_reference_of_the_source_field_comes_first() -> None:
    references = find_needed_sources(PACKAGES.packages())
    assert references["src", "1"].binary.name == "b"
    assert references["src", "1"].relation == "Source"
    assert set(references) == {("src", "1"), ("a", "2"), ("lib", "3")}
