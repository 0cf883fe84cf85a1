"""autopkgtest: runs the tests that a source package brings, and what its summary means (autopkgtest(1))."""

from __future__ import annotations

import re
from dataclasses import asdict

from composelib.dataclass import dataclass

SUMMARY = re.compile(r"(\S+)\s+(PASS|FAIL|SKIP|FLAKY)(?:\s+(.*))?")
LAST_OF_TESTS = 8
"""The highest exit status that tells of tests; a higher one of what keeps them from being run."""
SETUP = "echo 'deb [trusted=yes] copy:/archive ./' > /etc/apt/sources.list; apt-get update"
RUN = f"""\
mkdir -m 1777 /tmp
touch /dev/console
mount --bind /dev/null /dev/console
cd /tmp
autopkgtest --no-built-binaries --no-auto-control --needs-internet=skip --output-dir=/results/output \\
    --setup-commands="{SETUP}" "$1" -- unshare --release=compose --tarball=/archive/root.tar --bind /archive /archive
status=$?
[ $status -le {LAST_OF_TESTS} ] || exit $status
"""
"""The shell program that tests the source package of a .dsc, in roots of /archive/root.tar with the packages of /archive."""


@dataclass(frozen=True)
class Outcome:
    """How a test of a source package ended."""

    source: str
    test: str
    outcome: str
    """`pass`, `fail`, `skip`, or `flaky` for one that may fail and did."""
    detail: str

    def __str__(self) -> str:
        """Return it in a line."""
        return f"{self.source}: {self.test}: {self.outcome} {self.detail}".rstrip()

    def to_json(self) -> dict[str, str]:
        """Return its row in a JSON file."""
        return asdict(self)


def read_summary(source: str, summary: str) -> list[Outcome]:
    """Return the outcomes in autopkgtest's summary, each once."""
    matches = filter(None, map(SUMMARY.fullmatch, map(str.strip, summary.splitlines())))
    outcomes = {match[1]: Outcome(source, match[1], match[2].lower(), match[3] or "") for match in matches}
    return list(outcomes.values())
