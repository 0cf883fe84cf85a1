"""What apt cannot parse, as apt 2.6 was seen to answer."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from composelib.archive.format.apt_syntax import find_apt_faults

PARSED = [
    "a,",
    "a ( = 1 )",
    "a(= 1)",
    "a (>=1)",
    "a (=1 )",
    "a  (= 1)",
    "a\n (= 1)",
    "a,\n b",
    "a ,b",
    "a (< 1)",
    "a_b",
]
PARSED += ["a (> 1)", "a:any (= 1)", "a:amd64 (= 1)", "A", "a (= 1_0)", "a (<= 1:2)"]
REFUSED = [
    ",",
    "a, , b",
    ", a",
    "a (<< )",
    "a (= 1",
    "a (=1)",
    "a(=1)",
    "a (<1)",
    "a ()",
    "a (=)",
    "a [amd64]",
    "a <x>",
]
REFUSED += ["a b", "a)", "a (= 1) (= 2)", "| b"]


def stanza(field: str, value: str) -> str:
    return f"Package: foo\nVersion: 1\nArchitecture: amd64\n{field}: {value}\nDescription: x\n"


@pytest.mark.parametrize("field", ["Depends", "Provides", "conflicts"])
@pytest.mark.parametrize("value", PARSED)
def test_what_apt_parses_is_no_fault(field: str, value: str) -> None:
    assert list(find_apt_faults(stanza(field, value).encode())) == []


@pytest.mark.parametrize("field", ["Depends", "Provides", "Breaks"])
@pytest.mark.parametrize("value", REFUSED)
def test_what_apt_refuses_is_a_fault(field: str, value: str) -> None:
    (fault,) = find_apt_faults(stanza(field, value).encode())
    assert fault.startswith(f"{field}: apt cannot parse ")


def test_an_empty_field_is_a_fault_only_where_apt_says_so() -> None:
    assert list(find_apt_faults(stanza("Depends", "").encode())) == []
    assert list(find_apt_faults(stanza("Provides", "").encode())) == ["Provides: apt cannot parse ''"]


def ask_apt(folder: Path, text: str) -> bool:
    """Return whether apt can use an archive with this index."""
    (folder / "Packages").write_text(text)
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(f"deb [trusted=yes] file:{folder} ./\n")
    settings = {"State::lists": "lists", "State::status": "status", "Cache": "cache", "Etc::sourcelist": "sources.list"}
    options = [f"-oDir::{name}={folder / path}" for name, path in settings.items()]
    options += ["-oDir::Etc::sourceparts=-", "-oAPT::Architecture=amd64", "-oAPT::Sandbox::User="]
    environment = os.environ | {"LC_ALL": "C"}
    for words in (["apt-get", *options, "update"], ["apt-cache", *options, "show", "foo"]):
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        if done.returncode or "Problem parsing" in done.stderr:
            return False
    return True


@pytest.mark.slow
def test_this_machines_apt_agrees(tmp_path: Path) -> None:
    values = {value: ask_apt(tmp_path, stanza("Depends", value)) for value in (*PARSED, *REFUSED)}
    assert values == dict.fromkeys(PARSED, True) | dict.fromkeys(REFUSED, False)
