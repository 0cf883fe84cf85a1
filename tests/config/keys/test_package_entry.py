from __future__ import annotations

import pytest

from composelib.config.keys.package_entry import find_fault, find_kernel_arches
from composelib.model.keys.package_entry import PackageEntry
from tests.config.keys.conftest import read

ARCHES = ("amd64", "arm64")


@pytest.mark.parametrize(
    "text", ["bash", "bash (>= 5) | dash", "libc6:arm64", "bash [amd64]", "?section(web)", "standard^", "@web"]
)
def test_an_entry_is_a_relation_a_pattern_a_task_or_a_group(text: str) -> None:
    assert find_fault(text, excluding=False) is None


@pytest.mark.parametrize("text", ["lib*", "lib* [amd64 arm64]", "?section(web) [!i386]", "@web"])
def test_what_excludes_packages_may_be_a_glob_for_some_arches(text: str) -> None:
    assert find_fault(text, excluding=True) is None


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("bash, dash", 4, "'bash, dash' is 2 relations"),
        ("bash [amd46]", 6, "'amd46' is not an architecture of Debian"),
        ("@a b", 0, "'@a b' cannot be the name of a group"),
        ("?section(web) []", 14, "[] is not a list of arches"),
        ("?section(web) [amd64 !i386]", 14, "[amd64 !i386] is not a list of arches"),
    ],
)
def test_a_fault_names_the_character_that_is_wrong(text: str, position: int, message: str) -> None:
    fault = find_fault(text, excluding=False)
    assert fault is not None
    assert (fault.position, fault.message) == (position, message)


def test_a_wildcard_of_arches_is_one() -> None:
    assert find_fault("bash [linux-any]", excluding=False) is None


@pytest.mark.parametrize(("text", "column"), [("bash [amd46]", 10), ('"bash [amd46]"', 11)])
def test_the_column_of_a_fault_counts_the_quote(text: str, column: int) -> None:
    (fault,) = read(PackageEntry(), text).faults
    assert fault.startswith(f"{column}: k: ")


def test_a_list_is_no_entry() -> None:
    (fault,) = read(PackageEntry(), "[bash]").faults
    assert fault.startswith("4: k: expected a package, pattern, task or @group, got a list; quote an entry")


@pytest.mark.parametrize(
    ("seeds", "arches"),
    [
        (("bash",), set()),
        (("linux-image-amd64",), {*ARCHES}),
        (("linux-image-amd64 [amd64]",), {"amd64"}),
        (("linux-image-amd64 [amd64]", "linux-image-arm64 [arm64]"), {*ARCHES}),
        (("bash | linux-image-arm64 [arm64]",), {"arm64"}),
        (("?name(linux-image)",), {*ARCHES}),
    ],
)
def test_a_kernel_is_named_for_the_arches_that_its_seed_is_for(seeds: tuple[str, ...], arches: set[str]) -> None:
    assert find_kernel_arches(seeds, ARCHES) == arches
