"""patch: applies a patch as dpkg-source does, and what it says of hunks that do not fit."""

from __future__ import annotations

import re

MESSAGES = re.compile(
    r"(?:checking|patching) (?:file|symbolic link) '?(?P<file>.*?)'?(?: \(.*\))?$"
    r"|Hunk #(?P<hunk>\d+) FAILED at (?P<line>\d+)"
    r"|(?P<missing>can't find file to patch)"
    r"|(?P<applied>Reversed \(or previously applied\) patch detected)"
    r"|(?P<refused>Ignoring potentially dangerous file name .*|.*: [Nn]ot a (?:regular file|directory).*)"
    r"|(?:patch: )?\*\*\*\* (?P<malformed>.*)"
)
"""The beginnings of lines that patch prints, by what they say."""


def apply(patch: str, backup: str = "") -> list[str]:
    """Return the command that applies a patch without fuzz; `backup` is the folder that quilt keeps former files in."""
    options = [
        "--batch",
        "--fuzz=0",
        "--forward",
        "--strip=1",
        "--unified",
        "--version-control=never",
        "--remove-empty-files",
    ]
    kept = ["--backup", f"--prefix={backup}/"] if backup else ["--no-backup-if-mismatch"]
    return ["patch", *options, *kept, "--reject-file=-", f"--input={patch}"]


def describe_refusal(printed: str, names: list[str]) -> str:
    """Return what patch says of the first change that does not fit; `names` are the files that the patch changes."""
    file = names[0] if names else ""
    for line in printed.splitlines():
        match = MESSAGES.match(line)
        if not match:
            continue
        if match["file"]:
            file = match["file"]
        elif match["hunk"]:
            return f"{file}: hunk {match['hunk']}, at line {match['line']}, does not fit"
        elif match["missing"]:
            return f"{find_missing(printed, names)}: there is no such file"
        elif match["applied"]:
            return f"{file}: what it changes is changed already"
        else:
            return f"{file}: {match['refused'] or match['malformed']}"
    return f"{file}: patch does not take it"


def find_missing(printed: str, names: list[str]) -> str:
    """Return the first file of a patch that patch did not find: it quotes the patch's lines."""
    quoted = re.findall(r"^\|(?:\+\+\+|---) (?:[^/\s]+/)?([^\t\n]+)", printed, re.MULTILINE)
    return next((name for name in reversed(quoted[:2]) if name in names), names[0] if names else "")
