"""`deb-compose`: the program once it is installed, in any folder at or below one that has `composes/`.

It is doit with our commands and our tasks, and needs no dodo.py and no checkout of ours.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import composelib.engine.collector  # noqa: F401 - before most modules are loaded
from composelib.engine.standard_files import open_standard_files
from composelib.engine.usage import format_usage, list_command_modules, refuse_empty_words
from composelib.errors import ConfigError, MachineError
from composelib.program import CONFIGS, INSTALLED, PROGRAM, START, VERSION

WITHOUT_CHECKOUT = ("--help", "help", "tabcompletion")
COMPLETION = ["tabcompletion", "words"]
"""What a shell calls when a word is to be completed; it is answered without loading doit."""
OF_TREES = ("diff", "verify")
"""Commands that need no config if the trees are named."""


def list_commands() -> dict[str, str]:
    """Return the class of each command, as `MODULE:CLASS`: commands/reset_dep.py has ResetDepCommand, for `reset-dep`."""
    return {
        name: f"composelib.commands.{path.stem}:{path.stem.title().replace('_', '')}Command"
        for name, path in list_command_modules().items()
    } | {"run": "composelib.engine.run:Run"}


def find_checkout(folder: Path) -> Path | None:
    """Return the nearest folder, this one or one above, that has `composes/`; None if there is none."""
    return next((above for above in (folder, *folder.parents) if (above / CONFIGS).is_dir()), None)


def locate_word(word: str, checkout: Path) -> str:
    """Return a word of the command line for use in the checkout: a path, that is what has a `/`, was typed from here."""
    name, equals, value = word.partition("=")
    if not equals or "/" in name:
        name, equals, value = "", "", word
    path = Path(value)
    if "/" not in value or path.is_absolute() or "://" in value:
        return word
    here = Path(os.path.normpath(Path.cwd() / path))  # links stay as they are typed
    return f"{name}{equals}{here.relative_to(checkout) if here.is_relative_to(checkout) else here}"


def needs_no_config(words: Sequence[str]) -> bool:
    """Return whether a command line can be followed where there is no checkout."""
    command, *rest = words or [""]
    return command in WITHOUT_CHECKOUT or "--help" in rest or (command in OF_TREES and bool(rest))


def enter_checkout(words: Sequence[str]) -> list[str]:
    """Change to the checkout; return the words of the command line as they are to be read there.

    Raise ConfigError where there is none, MachineError if the working folder is gone.
    """
    if START is None:
        raise MachineError("the working folder is gone", "change to a folder that exists")
    checkout = find_checkout(START)
    if words[:1] == ["init"] or (checkout is None and needs_no_config(words)):
        return list(words)
    if checkout is None:
        raise ConfigError(
            f"no folder {CONFIGS}/ here, in {START}, or in any folder above",
            f"`{PROGRAM} init` writes a first config",
        )
    located = [locate_word(word, checkout) for word in words]
    os.chdir(checkout)
    return located


def load_tasks() -> ModuleType:
    """Load the compose that the command line names."""
    from composelib import compose_tasks  # noqa: PLC0415 - its import reads the config

    return compose_tasks


def follow(words: list[str]) -> int:
    """Follow a command line; return the exit status. Raise ComposeError."""
    if words[:1] == ["--version"]:
        print(f"{INSTALLED} {VERSION}")
        return 0
    if words in (["help"], ["--help"]):
        print(format_usage())
        return 0
    refuse_empty_words(words)
    words = enter_checkout(words)
    if words == COMPLETION:
        from composelib.commands.shared.completion import print_words  # noqa: PLC0415 - only for shells

        print_words()
        return 0
    from composelib.engine.doit_program import run_program  # noqa: PLC0415 - what is above is answered without it

    return run_program(words, list_commands(), load_tasks)


def main() -> int:
    """Run the command that was typed; return the exit status. An error is printed in one line, whatever it is."""
    open_standard_files()
    try:
        status = follow(sys.argv[1:])
        sys.stdout.flush()
    except ModuleNotFoundError as error:
        print(f"error: Python's module {error.name} is missing; install {INSTALLED} again", file=sys.stderr)
        return MachineError.status
    except (Exception, KeyboardInterrupt) as end:  # noqa: BLE001 - as the docstring says
        from composelib.engine.exit_status import conclude  # noqa: PLC0415 - only after an error

        return conclude(end)
    return status
