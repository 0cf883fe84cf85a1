from __future__ import annotations

from pathlib import Path

from composelib.tools import apt


def test_what_apt_does_not_know_yet_is_not_a_name() -> None:
    (index,) = apt.parse_indices("http://one/debian/\t$(CODENAME)\t$(SUITE)\tbookworm\tmain\n")
    assert index == apt.AptIndex("http://one/debian/", ("bookworm",), "main")


def test_of_a_setting_the_last_value_counts() -> None:
    assert apt.parse_settings("Acquire::X\ta b\nacquire::x\tc\n") == {"acquire::x": "c"}


def test_a_changed_configuration_is_another_state(tmp_path: Path) -> None:
    state = apt.fingerprint_configuration([str(tmp_path)])
    assert apt.fingerprint_configuration([str(tmp_path)]) == state
    (tmp_path / "sources.list").write_text("deb x y z\n")
    assert apt.fingerprint_configuration([str(tmp_path)]) != state


def test_apt_understands_the_command() -> None:
    assert apt.indextargets()[:2] == ["apt-get", "indextargets"]
    assert isinstance(apt.read_indices(), tuple)


def test_apt_says_where_its_logins_are() -> None:
    apt.read_settings.cache_clear()
    assert apt.read_settings()["netrc"].endswith("/auth.conf")
