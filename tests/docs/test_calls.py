"""Each call of the program in the docs names commands, stages and variables that there are."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from composelib.commands.shared.command_line import VARIABLES
from composelib.deb_compose import list_commands
from tests.kit.demo_compose import CHECKOUT

PAGES = [*sorted(CHECKOUT.glob("docs/**/*.md")), CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md"]
BLOCK = re.compile(r"^```[\s\S]*?^```|(?:^ {4}.*\n)+", re.MULTILINE)
SPAN = re.compile(r"`(?:doit|deb-compose) [^`]+`")
PROGRAMS = ("doit", "deb-compose")
STAGES = {path.stem for path in (CHECKOUT / "composelib/stages").glob("[a-z]*.py")}
VALUED = ("-n", "--cluster", "--keep", "--key")
"""Options that a value follows."""
PLACEHOLDER = re.compile(r"[A-Z\[(<…|].*")


def list_calls(text: str) -> Iterator[list[str]]:
    """Yield the words of each call in a page: in code blocks, where a comment may follow, and in spans of code."""
    lines = [line for block in BLOCK.findall(text) for line in block.splitlines()]
    spans = [span.strip("`").replace("\n", " ") for span in SPAN.findall(BLOCK.sub("", text))]
    for line in (*lines, *spans):
        call = line.strip().removeprefix("$ ")
        if call.startswith(tuple(f"{program} " for program in PROGRAMS)):
            yield shlex.split(call.replace("\\|", "|"), comments=True)[1:]


def find_fault(words: list[str]) -> str:
    """Return the first word of a call that nothing is named by; empty if there is none."""
    waiting = iter(words)
    for word in waiting:
        if word in VALUED:
            next(waiting, "")
        elif word.startswith("-"):
            continue
        elif "=" in word:
            if word.partition("=")[0] not in VARIABLES:
                return word
        elif "/" in word or PLACEHOLDER.match(word):
            return ""
        else:
            return "" if word.partition(":")[0] in {*list_commands(), *STAGES} else word
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_each_call_of_the_program_names_what_there_is(page: Path) -> None:
    calls = [*list_calls(page.read_text())]
    assert [(words, fault) for words in calls if (fault := find_fault(words))] == []


def test_a_call_of_what_is_not_there_is_found() -> None:
    text = "Type `doit pubish`.\n\n    doit arch=amd64 plan   # a comment\n    doit -n 8 createrepo:Server:amd64\n"
    assert [find_fault(words) for words in list_calls(text)] == ["arch=amd64", "", "pubish"]
