"""Which version of a program is the first that has the options used here, and which one is there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from composelib.tools.run import run

NUMBER = re.compile(r"\b\d+(?:\.\d+)*")
ASKING = 20  # seconds that a program may take to tell its version


@dataclass(frozen=True)
class Minimum:
    """The first version that does, and what it was the first to have."""

    version: str
    reason: str
    option: str = "--version"
    """What makes the program tell its version."""
    below: str = ""
    """The first version that does something else, and is not to be used."""


MINIMA = {
    "apt-get": Minimum("2.0", "patterns as arguments"),
    "gpg": Minimum("2.2.8", "--show-keys"),
    "kiwi-ng": Minimum("9.24", "use_for_bootstrap", below="10"),  # which no longer begins with debootstrap
    "mkosi": Minimum("25", "LocalMirror and SandboxTrees"),
    "mmdebstrap": Minimum("0.7.0", "--format"),
    "ostree": Minimum("2021.1", "commit --bootable"),
    "skopeo": Minimum("1.6.0", "copy --preserve-digests"),
    "xorriso": Minimum("1.4.6", "--set_all_file_dates and --gpt_disk_guid", "-version"),
}


def version_of(program: str) -> str:
    """Ask a program for its version; empty if it tells none. Raises ComposeError if it cannot be asked."""
    done = run([program, MINIMA[program].option], capture=True, errors=True, timeout=ASKING)
    found = NUMBER.search(done.stdout.decode(errors="replace"))
    return found[0] if found else ""


def older(version: str, minimum: str) -> bool:
    """Tell whether a version comes before another one, number by number."""
    return numbers(version) < numbers(minimum)


def numbers(version: str) -> tuple[int, ...]:
    """Give a version's numbers; `2.0` and `2.0.0` are the same."""
    found = [int(number) for number in version.split(".")]
    while found and not found[-1]:
        found.pop()
    return tuple(found)
