from __future__ import annotations

from dataclasses import replace

import pytest

from composelib.archive.format.relation import parse_relation
from composelib.errors import ComposeError
from composelib.fetch import awaited
from composelib.model.archive import Archive, AwaitedPackages
from composelib.model.origin import Origin

ORIGIN = Origin("x.yaml", 7, 3)
ARCHIVE = Archive("x", ORIGIN, "http://x", ("sid",), wait=AwaitedPackages(ORIGIN, ("hello (>= 2)",), 60))
STANZAS = b"Package: hello-doc\nVersion: 3\n\nPackage: hello\nSource: x\nVersion: 2.0\n\nPackage: odd\nVersion: ?\n"


@pytest.mark.parametrize(
    ("text", "present"),
    [("hello", True), ("hello (>= 2)", True), ("hello (>> 2.0)", False), ("hell", False), ("odd (>= 1)", False)],
)
def test_a_package_is_there_if_a_stanza_has_it_in_a_version_that_fits(text: str, present: bool) -> None:
    assert awaited.has_package(STANZAS, parse_relation(text)) is present


def test_waiting_ends_with_the_line_of_the_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awaited, "PAUSE", 0.02)
    archive = replace(ARCHIVE, wait=AwaitedPackages(ORIGIN, ("hello",), 0))
    with pytest.raises(
        ComposeError, match=r"x.yaml:7:3: archive x: waited 0 minutes for hello for amd64; .*`timeout:`"
    ):
        awaited.wait_for_packages(archive, lambda: ["hello for amd64"])


def test_the_log_has_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(awaited, "PAUSE", 0)
    answers = [["hello"]] * 20 + [[]]
    awaited.wait_for_packages(ARCHIVE, lambda: answers.pop(0))
    assert capsys.readouterr().out.count("hello not there yet, after 0 minutes") == 1
