from __future__ import annotations

from dataclasses import replace

import pytest

from composelib.archive.explain.manifest_reader import GatheredPackage, PackageReason, find_chain, parse_manifest
from tests.kit.compose_contents import row

ROW = b"""{"version": 1, "packages": [{"package": "a", "version": "1", "architecture": "all", "source": "a",
"source_version": "1", "component": "main", "filename": "pool/a.deb", "size": 7, "sha256": "00", "archive": "debian",
"why": {"package": "b", "relation": "Depends", "later": 1}, "later": 1}]}"""


def set_reason(
    package_row: GatheredPackage, package: str = "", relation: str = "Depends", seed: str = ""
) -> GatheredPackage:
    return replace(package_row, why=PackageReason(package=package, relation=relation, seed=seed))


def list_chain(start: GatheredPackage, rows: list[GatheredPackage]) -> list[tuple[str, str]]:
    return [(link.package, link.architecture) for link in find_chain(start, rows)]


def test_rows_are_read_and_unknown_keys_ignored() -> None:
    (read,) = parse_manifest(ROW)
    assert (read.package, read.size, read.why) == ("a", 7, PackageReason(package="b", relation="Depends"))


@pytest.mark.parametrize("text", [b"", b"[]", b'{"packages": [{}]}', b'{"packages": 1}'])
def test_what_is_no_manifest_is_refused(text: bytes) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        parse_manifest(text)


def test_the_chain_ends_at_what_a_seed_asks_for() -> None:
    top = set_reason(row("top"), relation="", seed="top")
    middle, end = set_reason(row("middle"), "top"), set_reason(row("end", arch="all"), "middle")
    assert [name for name, _ in list_chain(end, [end, middle, top])] == ["end", "middle", "top"]


def test_a_package_of_the_same_arch_is_the_one_that_asks() -> None:
    both = [set_reason(row("lib", arch=arch), relation="", seed="lib") for arch in ("amd64", "i386")]
    needed = set_reason(row("gcc", arch="i386"), "lib")
    assert list_chain(needed, [*both, needed])[1] == ("lib", "i386")


def test_a_circle_ends() -> None:
    first, second = set_reason(row("one"), "two"), set_reason(row("two"), "one")
    assert len(list_chain(first, [first, second])) == 2


def test_a_dependency_is_never_a_sources() -> None:
    binary, source = set_reason(row("web"), relation="", seed="web"), row("web", arch="source")
    assert list_chain(set_reason(row("common", arch="all"), "web"), [source, binary])[1] == ("web", "amd64")


def test_a_source_is_there_for_a_binary_and_needs_others() -> None:
    binary = set_reason(row("hello"), relation="", seed="hello")
    source = set_reason(row("hello", arch="source"), "hello", "Source")
    tool = set_reason(row("tool"), "hello", "Build-Depends")
    assert list_chain(tool, [binary, source, tool]) == [("tool", "amd64"), ("hello", "source"), ("hello", "amd64")]


def test_a_source_that_needs_itself_to_be_built_leads_to_the_seed_all_the_same() -> None:
    top = set_reason(row("top", source="src"), relation="", seed="top")
    helper = set_reason(row("helper", source="src"), "src", "Build-Depends")
    source = set_reason(row("src", arch="source"), "helper", "Source")
    assert list_chain(helper, [helper, source, top]) == [("helper", "amd64"), ("src", "source"), ("top", "amd64")]


def test_of_two_versions_of_a_source_the_one_that_leads_to_a_seed_counts() -> None:
    old = set_reason(row("gcc", "1", arch="source"), "lost", "Source")
    new = set_reason(row("gcc", "2", arch="source"), "cpp", "Source")
    cpp = set_reason(row("cpp", source="gcc", source_version="2"), relation="", seed="cpp")
    tool = set_reason(row("tool"), "gcc", "Build-Depends")
    assert list_chain(tool, [old, new, cpp, tool]) == [("tool", "amd64"), ("gcc", "source"), ("cpp", "amd64")]
