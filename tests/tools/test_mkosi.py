from __future__ import annotations

import subprocess
from pathlib import Path

from composelib.tools import mkosi


def test_a_configuration_has_its_sections_and_settings_in_their_order() -> None:
    text = mkosi.render_configuration({"Output": [("Format", "tar"), ("Output", "root")], "Build": [("History", "no")]})
    assert text == "[Output]\nFormat=tar\nOutput=root\n\n[Build]\nHistory=no\n"


def test_a_root_is_described_by_its_suite_arch_packages_and_epoch() -> None:
    sections = {
        name: dict(rows) for name, rows in mkosi.describe_root("bookworm", "amd64", ["apt", "dash"], 17).items()
    }
    assert (sections["Distribution"]["Release"], sections["Distribution"]["Architecture"]) == ("bookworm", "x86-64")
    assert (sections["Content"]["Packages"], sections["Content"]["SourceDateEpoch"]) == ("apt dash", "17")


def test_packages_come_from_the_folder_that_is_mounted_and_none_is_added() -> None:
    sections = {name: dict(rows) for name, rows in mkosi.describe_root("bookworm", "arm64", [], 0).items()}
    assert sections["Distribution"]["LocalMirror"] == "file:///mnt/compose"
    assert sections["Content"]["WithRecommends"] == "no"


def test_it_builds_in_the_folder_where_that_is_mounted() -> None:
    shell, flags, _, name, *words = mkosi.build(Path("/a b"), Path("/tree"))
    assert [shell, flags, name, *words] == [
        *("sh", "-euc", "sh", "/tree", "/a b", "mkosi", "--directory", "/mnt", "--force", "build"),
    ]


def test_its_script_is_one_that_a_shell_reads() -> None:
    subprocess.run(["sh", "-nc", mkosi.build(Path("/a b"), Path("/tree"))[2]], check=True)
