"""dpkg-source: unpacks and packs source packages; dpkg-parsechangelog reads their changelogs."""

from __future__ import annotations


def unpack_package(dsc: str, tree: str) -> list[str]:
    """Return the command that unpacks a source package whose files were verified, its patches applied."""
    return ["dpkg-source", "--no-check", "--extract", dsc, tree]


def build_package(tree: str) -> list[str]:
    """Return the command that makes a source package of a tree, beside it; one thread, as more make other bytes."""
    return ["dpkg-source", "--threads-max=1", "--build", tree]


def parse_changelog(tree: str) -> list[str]:
    """Return the command that prints the fields of the newest entry of a tree's changelog."""
    return ["dpkg-parsechangelog", "-F", "debian", "--file", f"{tree}/debian/changelog"]
