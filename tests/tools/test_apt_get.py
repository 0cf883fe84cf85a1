from __future__ import annotations

from pathlib import Path

from composelib.tools import apt_get
from composelib.tools.run import run


def test_apt_reads_the_configuration_and_nothing_of_the_machines(tmp_path: Path) -> None:
    config = tmp_path / "apt.conf"
    config.write_text(apt_get.format_configuration(tmp_path, "arm64", ("armhf",), recommends=True))
    dumped = run(["apt-config", "dump"], env={"APT_CONFIG": str(config)}, capture=True).stdout.decode()
    lines = set(dumped.lower().splitlines())
    assert {'apt::architecture "arm64";', 'apt::install-recommends "true";'} <= lines
    assert {'apt::architectures:: "arm64";', 'apt::architectures:: "armhf";'} <= lines
    assert f'dir::etc::sourcelist "{tmp_path}/sources.sources";'.lower() in lines
    assert 'dir::etc::sourceparts "/dev/null";' in lines


def test_a_source_has_the_key_that_its_release_is_signed_by() -> None:
    text = apt_get.format_source(
        "copy", Path("/a b"), "bookworm", ["main"], ["amd64"], key="-----BEGIN\n\nabc\n-----END\n"
    )
    assert text == (
        "Types: deb\nURIs: copy:///a%20b\nSuites: bookworm\nComponents: main\nArchitectures: amd64\n"
        "Signed-By:\n -----BEGIN\n .\n abc\n -----END\n"
    )


def test_a_source_without_a_key_is_trusted_and_a_flat_one_has_no_components() -> None:
    assert (
        apt_get.format_source("file", Path("/a"), "./", []) == "Types: deb\nURIs: file:///a\nSuites: ./\nTrusted: yes\n"
    )


def test_a_pin_is_a_record_of_preferences() -> None:
    assert apt_get.format_pin("*", "release n=sid", -1) == "Package: *\nPin: release n=sid\nPin-Priority: -1\n\n"
