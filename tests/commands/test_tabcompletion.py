"""What a shell completes: each kind of word, at each level; by the scripts of bash and zsh, too.

Also covers: composelib.commands.shared.completion.
"""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from composelib.commands.shared import completion
from composelib.commands.shared.completion import complete_line, locate_cache, recall_tasks
from composelib.commands.tabcompletion import SCRIPTS
from composelib.config import load
from composelib.engine.ownership import claim_folder
from composelib.files import write_file
from tests.kit.demo_compose import CHECKOUT

BASH = """
source SCRIPT
deb-compose() { PROGRAM "$@"; }
COMP_LINE=$1 COMP_POINT=${#1} COMP_CWORD=$(($# - 2)) COMP_WORDS=("${@:2}")
compopt() { :; }
_deb_compose
printf '%s\\n' "${COMPREPLY[@]}"
"""

SOURCED = """
autoload -Uz compinit
compinit -u -d dump
source SCRIPT
"""
AUTOLOADED = """
mkdir functions
cp SCRIPT functions/_deb-compose
fpath=($PWD/functions $fpath)
autoload -Uz compinit
compinit -u -d dump
"""
"""As the Debian package has it: zsh looks for a function of the file's name."""
ZSH = """
deb-compose() { PROGRAM "$@"; }
complete-and-show() {
    zle complete-word
    print -r -- "<$BUFFER>"
    BUFFER=
}
zle -N complete-and-show
bindkey '^I' complete-and-show
PS1=READY
"""
PROGRAM = f"'{sys.executable}' -c \"import sys; from composelib.deb_compose import main; sys.exit(main())\""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with the composes `picture` and `demo`, and with a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "composes").mkdir()
    shutil.copy(CHECKOUT / "docs/architecture.yaml", tmp_path / "composes/picture.yaml")
    (tmp_path / "composes/demo.yaml").write_text("release: nothing\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("deb-compose pla", {"plan"}),
        ("deb-compose comp", {"compose="}),
        ("deb-compose compose=picture epo", {"epoch", "epoch:"}),
        ("deb-compose compose=", {"compose=demo", "compose=picture"}),
        ("deb-compose compose=picture createi", {"createiso", "createiso:"}),
        ("deb-compose compose=picture createiso:", {"createiso:VARIANT:"}),
        ("deb-compose compose=picture createiso:VARIANT:amd64:i", {"createiso:VARIANT:amd64:installer"}),
        ("deb-compose compose=picture plan live_media:V", {"live_media:VARIANT:"}),
        ("deb-compose compose=picture arches=", {"arches=amd64"}),
        ("deb-compose compose=picture variants=VARIANT,", {"variants=VARIANT,VARIANT"}),
        ("deb-compose compose=picture boot l", {"live", "locked="}),
        ("deb-compose compose=picture enter l", {"live", "locked="}),
        ("deb-compose compose=picture enter b", {"build:", "build="}),
        ("deb-compose plan --j", {"--json"}),
        ("deb-compose help sta", {"status"}),
        ("deb-compose offline=", {"offline=1"}),
        ("deb-compose compose=nosuch createi", set()),
        ("deb-compose compose=demo createi", set()),
    ],
)
def test_a_word_is_completed(line: str, words: set[str]) -> None:
    assert complete_line(line) == words


def test_packages_and_targets_are_completed_after_why(folder: Path) -> None:
    claim_folder(load(folder / "composes/picture.yaml"))
    write_file(folder / "build/picture/work/gather/VARIANT/amd64.packages", "Package: bash\n\nPackage: base-files\n")
    line = "deb-compose compose=picture why "
    assert complete_line(line + "bas") == {"bash", "base-files"}
    assert complete_line(line + "bash V") == {"VARIANT", "VARIANT:"}
    assert complete_line(line + "bash VARIANT:") == {"VARIANT:amd64"}


def test_the_names_of_tasks_are_kept_until_the_config_or_the_program_changes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = folder / "composes/picture.yaml"
    names = recall_tasks(load(config))
    with monkeypatch.context() as patched:
        patched.setattr(completion, "compute_tasks", lambda _compose: pytest.fail("they were made again"))
        assert recall_tasks(load(config)) == names
    config.write_text(config.read_text().replace("VARIANT:", "Renamed:"))
    assert "createiso:Renamed:amd64:installer" in recall_tasks(load(config))
    monkeypatch.setattr(completion, "SOURCES", folder)  # another program
    monkeypatch.setattr(completion, "compute_tasks", lambda _compose: ["new"])
    assert recall_tasks(load(config)) == ["new"]
    locate_cache(load(config)).write_bytes(b"\xff")
    assert recall_tasks(load(config)) == ["new"]


@pytest.mark.parametrize(
    ("line", "typed", "replies"),
    [
        ("deb-compose pla", ["deb-compose", "pla"], "plan"),
        ("deb-compose compose=pic", ["deb-compose", "compose", "=", "pic"], "picture"),
        (
            "deb-compose compose=picture createiso:VARIANT:am",
            ["deb-compose", "compose", "=", "picture", "createiso", ":", "VARIANT", ":", "am"],
            "amd64:",
        ),
        (
            "deb-compose compose=picture createiso:",
            ["deb-compose", "compose", "=", "picture", "createiso", ":"],
            "VARIANT:",
        ),
    ],
)
def test_bash_gets_the_rest_of_the_word_that_it_sees(line: str, typed: list[str], replies: str) -> None:
    script = BASH.replace("SCRIPT", str(SCRIPTS / "completion.bash")).replace("PROGRAM", PROGRAM)
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    ran = subprocess.run(
        ["bash", "-c", script, "bash", line, *typed], capture_output=True, text=True, check=False, env=environment
    )
    assert (ran.stdout.split(), ran.stderr) == ([replies], "")


@contextmanager
def start_zsh(setup: str) -> Iterator[int]:
    """Start zsh on a terminal, which is yielded, with completion set up."""
    script = (setup + ZSH).replace("SCRIPT", str(SCRIPTS / "completion.zsh")).replace("PROGRAM", PROGRAM)
    Path("setup.zsh").write_text(script)
    terminal, own = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "TERM": "dumb", "COLUMNS": "200"}
    command = ["setsid", "--ctty", "zsh", "-f", "-i"]
    with subprocess.Popen(command, stdin=own, stdout=own, stderr=own, env=environment) as shell:
        os.close(own)
        os.write(terminal, b". ./setup.zsh\n")
        read_until(terminal, "READY")
        yield terminal
        os.close(terminal)
        shell.kill()


def read_until(terminal: int, pattern: str) -> re.Match[str]:
    """Return the match of a pattern in what the shell prints."""
    printed = ""
    while not (match := re.search(pattern, printed)):
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, printed
        printed += os.read(terminal, 4096).decode(errors="replace")
    return match


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("zsh"), reason="needs zsh")
@pytest.mark.parametrize("setup", [SOURCED, AUTOLOADED], ids=["sourced", "autoloaded"])
def test_zsh_completes_the_word_that_is_typed(folder: Path, setup: str) -> None:
    claim_folder(load(folder / "composes/picture.yaml"))
    write_file(folder / "build/picture/work/gather/VARIANT/amd64.packages", "Package: bash\n\nPackage: base-files\n")
    start = "deb-compose compose=picture "
    lines = {
        "deb-compose pla": "deb-compose plan ",
        "deb-compose compose=pic": start,
        f"{start}createiso:": f"{start}createiso:VARIANT:",
        f"{start}createiso:VARIANT:am": f"{start}createiso:VARIANT:amd64:",
        f"{start}createiso:VARIANT:amd64:i": f"{start}createiso:VARIANT:amd64:installer ",
        f"{start}arches=": f"{start}arches=amd64 ",
        f"{start}variants=VARIANT,": f"{start}variants=VARIANT,VARIANT ",
        f"{start}why base-": f"{start}why base-files ",
        f"{start}why bash VARIANT:": f"{start}why bash VARIANT:amd64 ",
        f"{start}plan --j": f"{start}plan --json ",
    }
    with start_zsh(setup) as terminal:
        for line, completed in lines.items():
            os.write(terminal, f"{line}\t".encode())
            assert read_until(terminal, "<(.*)>")[1] == completed
