"""A company's own git repository of composes: made by an installed program, which is then upgraded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.demo_compose import CHECKOUT, CONFIG, Ran, fill
from tests.kit.tiny_archive import TinyArchive

PROGRAM = "import sys; sys.argv[0] = 'deb-compose'; from composelib.deb_compose import main; sys.exit(main())"


@pytest.fixture
def repository(tmp_path: Path, archive: TinyArchive) -> Path:
    """Make a git repository with a config, and beside it the program, installed."""
    fill(archive)
    folder = tmp_path / "acme"
    (folder / "composes").mkdir(parents=True)
    (folder / "composes/tiny.yaml").write_text(CONFIG.format(uri=archive.uri, key=archive.key.public))
    (folder / ".gitignore").write_text("/build/\n")
    shutil.copytree(CHECKOUT / "composelib", tmp_path / "installed/composelib")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "The compose")
    return folder


def git(folder: Path, *words: str) -> str:
    author = ("-c", "user.name=Acme", "-c", "user.email=acme@example.org")
    return subprocess.run(["git", *author, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def type_in(folder: Path, *words: str) -> Ran:
    """Type a command line of the installed program."""
    environment = {**os.environ, "PYTHONPATH": str(folder.parent / "installed")}
    command = [sys.executable, "-c", PROGRAM, *words, "compose=tiny"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.slow
def test_after_an_upgrade_plan_says_which_stages_run_again_and_which_modules_are_why(repository: Path) -> None:
    assert type_in(repository).status == 0
    assert git(repository, "status", "--porcelain") == "", "what is made is not the repository's"
    assert type_in(repository, "plan").out.startswith("0 will run, 0 may follow, ")
    module = repository.parent / "installed/composelib/actions/report.py"
    module.write_text(module.read_text() + "\nUPGRADED = True\n")
    lines = type_in(repository, "plan").out.splitlines()
    assert (
        lines[: lines.index("report:html will run") + 2][-1].strip()
        == "the program's own source changed: composelib/actions/report.py"
    )
    assert not any(line.startswith(("gather:", "createrepo:", "createiso:", "fetch:")) for line in lines)
    assert type_in(repository).status == 0
    assert type_in(repository, "verify").status == 0
    assert git(repository, "status", "--porcelain") == ""
