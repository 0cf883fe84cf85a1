from __future__ import annotations

import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from composelib.tools import kiwi
from composelib.tools.kiwi import KiwiRepository

REPOSITORIES = (
    KiwiRepository(Path('/a "b" & c'), "bookworm", ("main", "extra"), first=True),
    KiwiRepository(Path("/d"), "bookworm", ("main",), first=False),
)


@pytest.fixture
def description() -> ET.Element:
    return ET.fromstring(kiwi.render_description(REPOSITORIES, ["bash", "g++"]))  # noqa: S314 - it is our own


def test_a_description_names_each_repository_whatever_its_path(description: ET.Element) -> None:
    assert [source.get("path") for source in description.iter("source")] == ['dir:///a "b" & c', "dir:///d"]


def test_the_first_packages_are_of_the_first_repository_alone(description: ET.Element) -> None:
    assert [row.get("use_for_bootstrap") for row in description.iter("repository")] == ["true", None]


def test_the_signature_of_every_repository_is_checked(description: ET.Element) -> None:
    assert {row.get("repository_gpgcheck") for row in description.iter("repository")} == {"true"}
    assert description.findtext("preferences/rpm-check-signatures") == "true"


def test_the_packages_are_those_of_the_list_after_apt(description: ET.Element) -> None:
    packages = {group.get("type"): [package.get("name") for package in group] for group in description.iter("packages")}
    assert packages == {"bootstrap": ["apt"], "image": ["bash", "g++"]}


def test_debootstraps_script_is_one_that_a_shell_reads_and_chooses_from_the_list() -> None:
    script = kiwi.render_debootstrap_script(["apt", "dash"])
    subprocess.run(["sh", "-nc", script], check=True)
    assert "there=' apt dash '" in script


def test_a_root_is_prepared_at_the_mount_point() -> None:
    *_, program = command = kiwi.prepare(Path("/work"), [])[:5]
    assert (command[:2], program) == (["sh", "-euc"], "kiwi-ng")
    assert kiwi.prepare(Path("/work"), [])[5:] == [
        *("--config", "/mnt/config.yml", "--temp-dir", "/tmp", "--logfile", "stdout"),
        *("system", "prepare", "--description", "/mnt", "--root", "/mnt/made", "--signing-key", "/mnt/key.asc"),
    ]


def test_a_path_with_a_blank_is_mounted_where_kiwi_sees_it() -> None:
    script = kiwi.prepare(Path("/a b"), [(Path("/c d"), Path("/var/e"))])[2]
    assert [line for line in script.splitlines() if "mount" in line] == [
        "mkdir -p /var/e; mount --bind '/c d' /var/e",
        "mkdir -p /mnt; mount --bind '/a b' /mnt",
        "mkdir -p /tmp; mount --bind /mnt/space /tmp",
    ]
