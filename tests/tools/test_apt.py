from __future__ import annotations

from pathlib import Path

import pytest

from composelib.errors import MachineError
from composelib.tools import apt

OUTPUT = (
    "http://one/debian/\tbookworm\toldstable\tbookworm\tmain\n"
    "http://two/docker/\tbookworm\t\tbookworm\tstable\n"
    "http://one/debian/\tbookworm-updates\toldstable-updates\tbookworm-updates\tmain\n"
    "not a line of indextargets\n"
)
INDICES = tuple(apt.parse_indices(OUTPUT))


@pytest.mark.parametrize("suite", ["bookworm", "oldstable", "bookworm-updates"])
def test_a_suite_is_found_by_any_of_its_names(suite: str) -> None:
    assert apt.find_mirror(suite, ("main",), INDICES) == "http://one/debian/"


def test_of_two_archives_the_one_with_the_component_counts() -> None:
    assert apt.find_mirror("bookworm", ("stable",), INDICES) == "http://two/docker/"


def test_a_suite_that_apt_does_not_have_names_those_it_has() -> None:
    with pytest.raises(MachineError, match=r"no suite sid: apt has bookworm, bookworm-updates; .*apt-get update"):
        apt.find_mirror("sid", ("main",), INDICES)


def test_a_component_that_apt_does_not_have_is_named() -> None:
    with pytest.raises(MachineError, match="no suite bookworm with non-free"):
        apt.find_mirror("bookworm", ("non-free",), INDICES)


def test_an_apt_without_indices_is_named() -> None:
    with pytest.raises(MachineError, match="apt has no indices at all"):
        apt.find_mirror("sid", (), ())


def test_a_changed_configuration_is_another_state(tmp_path: Path) -> None:
    state = apt.fingerprint_configuration([str(tmp_path)])
    assert apt.fingerprint_configuration([str(tmp_path)]) == state
    (tmp_path / "sources.list").write_text("deb x y z\n")
    assert apt.fingerprint_configuration([str(tmp_path)]) != state


def test_apt_understands_the_command() -> None:
    assert apt.indextargets()[:2] == ["apt-get", "indextargets"]
    assert isinstance(apt.read_indices(), tuple)
