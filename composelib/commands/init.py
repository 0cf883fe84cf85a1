"""`deb-compose init`: writes a first config."""

from __future__ import annotations

import re
from pathlib import Path

from composelib.commands.shared.command_line import get_config_path
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.errors import ConfigError
from composelib.files import write_file
from composelib.model.keys.value_types import NAME
from composelib.preflight import silence
from composelib.program import PROGRAM, VERSION
from composelib.tools import binfmt

TEMPLATE = Path(__file__).parents[1] / "text" / "first_config.yaml"
OS_RELEASE = Path("/etc/os-release")
STABLE = "trixie"
"""The suite for machines that do not run Debian."""
IGNORED = Path(".gitignore")
BUILD = "/build/"


class InitCommand(Question):
    """Writes composes/NAME.yaml, with comments, and .gitignore."""

    name = "init"
    doc_purpose = "write a first config, composes/NAME.yaml, and .gitignore"
    doc_usage = "[NAME]"
    doc_description = "NAME is 'demo' unless given. What is there already is never overwritten."

    def answer(self, options: Options, words: list[str]) -> int:
        """Write the files and print what to do next; return the exit status."""
        del options
        if len(words) > 1:
            raise ConfigError(f"{PROGRAM} init: {words[1]}: it takes one name", f"see `{PROGRAM} help init`")
        write_first_config(words[0] if words else "demo")
        return 0


def write_first_config(name: str) -> None:
    """Write a config and .gitignore in this folder. Raise ConfigError if there is a config of this name."""
    name = name.removesuffix(".yaml").removesuffix(".yml")
    if not re.fullmatch(NAME, name):
        raise ConfigError(f"{PROGRAM} init: {name!r} is no name", "letters, digits and . + _ - after a letter or digit")
    config = get_config_path(name)
    if config.exists():
        raise ConfigError(f"{config}: it is there already", f"edit it, or name another: `{PROGRAM} init NAME`")
    write_file(config, format_config(name, OS_RELEASE.read_text() if OS_RELEASE.exists() else ""))
    ignore_build_folder()
    call = f"{PROGRAM} compose={name}"
    print(f"{config}: edit it; `{PROGRAM} check compose={name}` checks it and this machine, `{call}` makes the compose")


def format_config(name: str, os_release: str) -> str:
    """Return a first config for the suite of the Debian system that has this os-release(5)."""
    is_debian = re.search(r"^ID=debian$", os_release, re.MULTILINE)
    codename = re.search(r"^VERSION_CODENAME=(\w+)$", os_release, re.MULTILINE)
    suite = codename[1] if is_debian and codename else STABLE
    with silence():
        arch = binfmt.read_native_arch()
    return TEMPLATE.read_text().format(
        program=PROGRAM, version=VERSION, name=name, title=name.title(), codename=suite, suite=suite, arch=arch
    )


def ignore_build_folder() -> None:
    """Let git ignore the build folder."""
    lines = IGNORED.read_text().splitlines() if IGNORED.exists() else []
    if BUILD not in lines:
        write_file(IGNORED, "\n".join([*lines, BUILD, ""]))
