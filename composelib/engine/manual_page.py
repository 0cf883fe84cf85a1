"""The manual page (man(7)), made of what the commands say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from composelib.engine.usage import USES, VARIABLES
from composelib.program import CONFIGS, INSTALLED, VERSION

EXIT_STATUSES = {
    "0": "done",
    "1": "a deliverable failed, or publish refused the tree; diff: the two differ; reproduce: one is not the same",
    "2": "the config or the call is wrong; nothing was written",
    "3": "the machine: a program is missing, the disk is full, another run is at work",
    "4": "trust: a signature, a sum or a date is not as it should be; verify: something is foreign, stale or different",
    "5, 6": "status alone: a run is at work; the compose was not made yet",
    "70": "a bug of the program; please report it",
    "129, 130, 143": "interrupted; what is done stands",
}
FILES = {
    f"{CONFIGS}/NAME.yaml": "the config of the compose NAME",
    f"{CONFIGS}/NAME.lock": "the states of the archives that locked=1 composes from",
    "build/NAME/compose/": "what is released",
    "build/NAME/published/": "what was released, by compose ID; latest is the newest",
    "build/NAME/logs/": "a log for each task",
    "keys/": "the key that signs, if the config names none; keep it: all clients trust it",
}
DESCRIPTION = f"""\
{INSTALLED} makes the compose of a Debian-based distribution: from one YAML file it takes one consistent set of packages
out of apt archives and makes every artifact that is released from it: signed repositories, installation, live and package
media, disk images, OSTree commits, containers, checksums and metadata. It works in any folder at or below one that has
{CONFIGS}/. What is up to date is not made again."""
SEE_ALSO = ("mmdebstrap", "ostree", "xorriso", "sbuild", "apt-patterns")


def format_manual(commands: Mapping[str, Any]) -> str:
    """Return the manual page, given the class of each command."""
    return "\n".join(
        [
            f'.TH {INSTALLED.upper()} 1 "" "{INSTALLED} {VERSION}" "User Commands"',
            ".SH NAME",
            f"{escape_roff(INSTALLED)} \\- make the compose of a Debian\\-based distribution",
            ".SH SYNOPSIS",
            *format_synopsis(),
            ".SH DESCRIPTION",
            escape_roff(DESCRIPTION),
            *format_table("VARIABLES", VARIABLES),
            ".SH COMMANDS",
            *(line for name, command in sorted(commands.items()) for line in format_command(name, command)),
            *format_table("EXIT STATUS", EXIT_STATUSES),
            *format_table("FILES", FILES),
            ".SH SEE ALSO",
            ",\n".join(f".BR {escape_roff(name)} (1)" for name in SEE_ALSO[:-1]).replace(",\n", " ,\n") + " ,",
            f".BR {escape_roff(SEE_ALSO[-1])} (7)",
            "",
        ]
    )


def format_synopsis() -> Iterator[str]:
    """Yield a line for each use, with what it does."""
    for words, text in USES.items():
        yield from (".TP", f".B {escape_roff(f'{INSTALLED} {words}'.rstrip())}", escape_roff(text))


def format_table(title: str, rows: Mapping[str, str]) -> Iterator[str]:
    """Yield a section of terms and what they mean."""
    yield f".SH {title}"
    for term, text in rows.items():
        yield from (".TP", f".B {escape_roff(term)}", escape_roff(text))


def format_command(name: str, command: Any) -> Iterator[str]:
    """Yield what a command is for, its usage and its options."""
    yield from (
        ".SS " + escape_roff(f"{name} {command.doc_usage or ''}".strip()),
        escape_roff(command.doc_purpose + "."),
    )
    if command.doc_description:
        yield from (".PP", escape_roff(re.sub(r"\s+", " ", command.doc_description).strip()))
    for option in command.cmd_options:
        yield from format_option(option)


def format_option(option: Mapping[str, Any]) -> Iterator[str]:
    """Yield an option, short and long, and what it does."""
    value = "" if option.get("type") is bool else "=ARG"
    names = [f"-{option['short']}"] if option.get("short") else []
    names += [f"--{option['long']}{value}"] if option.get("long") else []
    if names:
        yield from (".TP", f".B {escape_roff(', '.join(names))}", escape_roff(str(option.get("help", ""))))


def escape_roff(text: str) -> str:
    """Return a text as roff takes it: backslashes, hyphens and a control character at the beginning of a line are escaped."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)
