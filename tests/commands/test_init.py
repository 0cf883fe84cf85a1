"""`deb-compose init` writes a config that can be used as it is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from composelib.commands.init import format_config, write_first_config
from composelib.config import load
from composelib.errors import ConfigError


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_first_config_is_valid(checkout: Path) -> None:
    keyring = checkout / "keyring.gpg"
    keyring.touch()
    write_first_config("acme")
    config = checkout / "composes/acme.yaml"
    config.write_text(re.sub(r"/usr/\S+gpg", str(keyring), config.read_text()))
    assert load(config).release.short == "acme"


def test_what_is_commented_out_in_it_is_valid_too(checkout: Path) -> None:
    (checkout / "incoming").mkdir()
    (checkout / "keyring.gpg").touch()
    lines = re.sub(r"/usr/\S+gpg", str(checkout / "keyring.gpg"), format_config("acme", "")).splitlines()
    config = checkout / "composes/acme.yaml"
    config.parent.mkdir()
    config.write_text("\n".join(re.sub(r"^( +)# ", r"\1", line) for line in lines))
    assert len(load(config).archives) == 2


def test_it_takes_the_suite_of_a_debian_machine_and_stable_elsewhere() -> None:
    assert "suites: [bookworm, bookworm-updates]" in format_config("acme", "ID=debian\nVERSION_CODENAME=bookworm\n")
    assert "suites: [trixie, trixie-updates]" in format_config("acme", "ID=ubuntu\nVERSION_CODENAME=noble\n")


def test_git_ignores_the_build_folder_and_what_it_ignored_before(checkout: Path) -> None:
    (checkout / ".gitignore").write_text("*.swp")
    write_first_config("acme")
    write_first_config("other")
    subprocess.run(("git", "init", "--quiet"), check=True)
    for name in ("build/acme/state.sqlite", "a.swp"):
        subprocess.run(("git", "check-ignore", "--quiet", name), check=True)
    assert (checkout / ".gitignore").read_text().count("/build/") == 1


def test_a_config_that_is_there_is_left_alone(checkout: Path) -> None:
    write_first_config("acme")
    (checkout / "composes/acme.yaml").write_text("mine")
    with pytest.raises(ConfigError, match=r"composes/acme\.yaml: it is there already"):
        write_first_config("acme")
    assert (checkout / "composes/acme.yaml").read_text() == "mine"


@pytest.mark.parametrize("name", ["../acme", "a b", "", "-x"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="is no name"):
        write_first_config(name)


def test_it_prints_nothing_but_what_to_do_next(capfd: pytest.CaptureFixture[str]) -> None:
    write_first_config("acme")
    assert capfd.readouterr().out.startswith("composes/acme.yaml: edit it; ")


def test_a_name_with_the_suffix_of_its_file_is_the_same_name(checkout: Path) -> None:
    write_first_config("acme.yaml")
    assert "short: acme " in (checkout / "composes/acme.yaml").read_text()
