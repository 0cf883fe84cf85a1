"""The format of Commands files: which package has which command (command-not-found's README, as Ubuntu's archives have them)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from composelib.archive.format.repository import join_stanzas, read_field

PackageVersion = tuple[str, str]
"""A package's name and version."""


def select_commands(texts: Iterable[bytes], packages: Collection[PackageVersion], header: str) -> bytes:
    """Return the commands of these versions of packages, sorted, after a header; the first stanza of a package counts."""
    selected: dict[PackageVersion, bytes] = {}
    for text in texts:
        for stanza in text.split(b"\n\n"):
            package = (read_field(stanza, "name"), read_field(stanza, "version"))
            if package in packages:
                selected.setdefault(package, stanza.strip(b"\n") + b"\n")
    return join_stanzas((header.encode(), *(selected[package] for package in sorted(selected))))


def format_commands_header(suite: str, component: str, arch: str) -> str:
    """Return the first stanza of a Commands file."""
    return f"suite: {suite}\ncomponent: {component}\narch: {arch}\n"
