"""Reading dose's reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from composelib.errors import ComposeError
from composelib.tools import dose

MISSING = b"""output-version: 1.2
native-architecture: amd64
report:
 -
  package: top
  version: 1:1.10
  architecture: amd64
  status: broken
  reasons:
   -
    missing:
     pkg:
      package: middle
      version: 2
      architecture: all
      unsat-dependency: gone:amd64 (>= 3) | lost:amd64

total-packages: 7
broken-packages: 1
"""


def test_a_report_without_failures_is_empty() -> None:
    assert dose.parse_report(b"report:\n \ntotal-packages: 3\nbroken-packages: 0\n") == (3, [])


def test_a_missing_dependency_is_put_in_words() -> None:
    total, (broken,) = dose.parse_report(MISSING)
    assert total == 7
    assert str(broken) == "top 1:1.10 (amd64): needs middle 2, for which gone:amd64 (>= 3) | lost:amd64 is not there"


@pytest.mark.parametrize("garbage", [b"", b"report: [", b"hello", b"report:\n - x\ntotal-packages: 1\n"])
def test_what_is_no_report_is_an_error(garbage: bytes) -> None:
    with pytest.raises(ComposeError, match="its report cannot be read"):
        dose.parse_report(garbage)


def test_the_command_names_foreign_arches_only_if_there_are_any() -> None:
    assert dose.debcheck("amd64", (), [Path("P")], [Path("Q")]) == [
        "dose-debcheck",
        "--explain-minimal",
        "--explain",
        "--failures",
        "--deb-native-arch=amd64",
        "--fg=P",
        "--bg=Q",
    ]
    assert "--deb-foreign-archs=i386,armhf" in dose.debcheck("amd64", ("i386", "armhf"), [], [])
