"""What autopkgtest's summary says of tests."""

from __future__ import annotations

from composelib.tools.autopkgtest import Outcome, read_summary

SUMMARY = """\
boots                SKIP Test restriction "isolation-machine" requires testbed capability "isolation-machine"
boots                SKIP Test restriction "isolation-machine" requires testbed capability "isolation-machine"
greets               PASS
smoke                FAIL stderr: oh dear
"""


def test_each_test_has_one_outcome() -> None:
    rows = read_summary("hello", SUMMARY)
    assert [(row.test, row.outcome) for row in rows] == [("boots", "skip"), ("greets", "pass"), ("smoke", "fail")]
    assert rows[2] == Outcome("hello", "smoke", "fail", "stderr: oh dear")
    assert str(rows[2]) == "hello: smoke: fail stderr: oh dear"


def test_a_package_without_tests_is_skipped() -> None:
    assert read_summary("hello", "*   SKIP no tests in this package\n") == [
        Outcome("hello", "*", "skip", "no tests in this package")
    ]
