"""What Build-Depends and the like come to, for an arch and build profiles."""

from __future__ import annotations

import pytest

from composelib.building.build_relations import list_build_conflicts, list_build_depends

RECORD = {
    "build_depends": "debhelper (>= 13), gcc-14 [arm64] | gcc-12, libfoo-dev [!amd64], check <!nocheck>",
    "build_depends_arch": "libbar-dev",
    "build_depends_indep": "doxygen",
    "build_conflicts": "libold-dev",
    "build_conflicts_indep": "tex",
}


def names(arch: str, profiles: tuple[str, ...] = (), *, everything: bool = True) -> list[str]:
    return [relation.name for relation in list_build_depends(RECORD, arch, profiles, everything=everything)]


@pytest.mark.parametrize(
    ("arch", "expected"),
    [
        ("amd64", ["debhelper", "gcc-12", "check", "libbar-dev", "doxygen"]),
        ("arm64", ["debhelper", "gcc-14", "libfoo-dev", "check", "libbar-dev", "doxygen"]),
    ],
)
def test_of_alternatives_the_first_that_applies_to_the_arch_is_taken(arch: str, expected: list[str]) -> None:
    assert names(arch) == expected


def test_a_profile_leaves_out_what_it_is_not_for() -> None:
    assert "check" not in names("amd64", ("nocheck",))


def test_what_only_packages_of_all_arches_need_is_not_needed_elsewhere() -> None:
    assert "doxygen" not in names("amd64", everything=False)
    assert [str(relation) for relation in list_build_conflicts(RECORD, "amd64", (), everything=False)] == ["libold-dev"]
    assert len(list_build_conflicts(RECORD, "amd64", (), everything=True)) == 2
