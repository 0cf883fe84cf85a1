"""The checkout's own key: made once, taken over from the build folder of an earlier version, never replaced."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from composelib.errors import MachineError
from composelib.tools import gpg, own_key


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def former(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("former") / "keys"
    gpg.make_key(home, "an earlier version's")
    return home


HOME, BUILD = Path("keys"), Path("build")


def put(former: Path, build: Path) -> set[str]:
    shutil.copytree(former, build / "keys")
    return own_key.list_private(build / "keys")


def test_a_key_is_made_that_only_its_owner_and_never_git_sees() -> None:
    own_key.provide_key(HOME, BUILD)
    assert stat.S_IMODE(HOME.stat().st_mode) == 0o700
    subprocess.run(["git", "init", "-q", "."], check=True)
    assert subprocess.run(["git", "status", "--porcelain"], capture_output=True, check=True).stdout == b""
    private = own_key.list_private(HOME)
    own_key.provide_key(HOME, BUILD)
    assert own_key.list_private(HOME) == private
    assert len(private) == 1
    assert sorted(path.name for path in Path().iterdir()) == [".git", "keys"]


def test_composes_that_start_at_once_make_one_key() -> None:
    call = (
        "from pathlib import Path; from composelib.tools.own_key import *; "
        "provide_key(Path('keys'), Path('build')); print(list_private(Path('keys')))"
    )
    running = [subprocess.Popen([sys.executable, "-c", call], stdout=subprocess.PIPE) for _ in range(3)]
    assert len({process.communicate()[0].splitlines()[-1] for process in running}) == 1
    assert [process.returncode for process in running] == [0, 0, 0]


def test_an_earlier_versions_key_is_moved_here(former: Path) -> None:
    private = put(former, BUILD)
    own_key.provide_key(HOME, BUILD)
    assert own_key.list_private(HOME) == private
    assert not (BUILD / "keys").exists()
    assert (HOME / ".gitignore").read_text() == "*\n"


def test_a_move_to_another_disk_that_was_killed_is_brought_to_its_end(
    former: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = put(former, BUILD)

    def killed(_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse_other_disk)
        patch.setattr(own_key, "remove_tree", killed)
        with pytest.raises(KeyboardInterrupt):
            own_key.provide_key(HOME, BUILD)
    own_key.provide_key(HOME, BUILD)
    assert own_key.list_private(HOME) == private
    assert sorted(path.name for path in Path().iterdir()) == ["build", "keys"]
    assert not (BUILD / "keys").exists()


def refuse_other_disk(path: Path, target: Path) -> Path:
    if path.parent.name == "build":
        raise OSError("another file system")
    return Path(shutil.move(path, target))


def test_two_keys_are_told_and_neither_is_touched(former: Path) -> None:
    own_key.provide_key(HOME, BUILD)
    private, other = own_key.list_private(HOME), put(former, BUILD)
    with pytest.raises(MachineError, match=r"build/keys: a signing key of an earlier version, and .*keys has another"):
        own_key.provide_key(HOME, BUILD)
    assert (own_key.list_private(HOME), own_key.list_private(BUILD / "keys")) == (private, other)


def test_a_key_in_a_build_folder_of_another_checkout_is_copied(checkout: Path, former: Path) -> None:
    private = put(former, BUILD)
    product = checkout / "product"
    product.mkdir()
    own_key.provide_key(product / "keys", checkout / BUILD)
    own_key.provide_key(product / "keys", checkout / BUILD)
    assert own_key.list_private(product / "keys") == own_key.list_private(BUILD / "keys") == private


def test_a_folder_keys_with_something_else_is_left_alone() -> None:
    HOME.mkdir()
    (HOME / "debian.gpg").write_text("mine")
    with pytest.raises(MachineError, match="keys: has other files than the checkout's signing key"):
        own_key.provide_key(HOME, BUILD)
    assert [path.name for path in HOME.iterdir()] == ["debian.gpg"]
