"""lintian: checks source packages and what was built of them, and what its lines mean."""

from __future__ import annotations

import re
from dataclasses import asdict

from composelib.dataclass import dataclass

SEVERITIES = {"E": "error", "W": "warning", "I": "info", "P": "pedantic", "X": "experimental", "C": "classification"}
"""The severities of tags, by the letters that lintian prints."""
LINE = re.compile(r"([EWIPXC]): (\S+)( source| changes| buildinfo| udeb)?: (\S+)(?: (.*))?")
NOT_OURS = ("bad-distribution-in-changes-file", "initial-upload-closes-no-bugs")
"""Tags about an upload to Debian: the distribution is the compose's codename."""


@dataclass(frozen=True, order=True)
class LintTag:
    """A tag: what lintian says of a package."""

    package: str
    severity: str
    tag: str
    detail: str

    def __str__(self) -> str:
        """Return it in a line, as lintian prints it."""
        return f"{self.package}: {self.tag} {self.detail}".rstrip()

    def to_json(self) -> dict[str, str]:
        """Return its row in a JSON file."""
        return asdict(self)


def check_packages(names: list[str]) -> list[str]:
    """Return the command that checks .changes and .dsc files; tags that their packages override are left out."""
    options = ["--no-cfg", "--allow-root", "--profile=debian", "--tag-display-limit=0", "--fail-on=none"]
    return ["lintian", *options, f"--suppress-tags={','.join(NOT_OURS)}", *names]


def read_tags(printed: str) -> list[LintTag]:
    """Return the tags in what lintian printed, sorted, each once."""
    matches = (LINE.fullmatch(line) for line in printed.splitlines())
    tags = {LintTag(match[2], SEVERITIES[match[1]], match[4], match[5] or "") for match in matches if match}
    return sorted(tags)
