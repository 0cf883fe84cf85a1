"""Files of packages that are left out of a root file system, and of what is installed in it later (dpkg(1), --path-exclude)."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote

from composelib.image.root.shell import render_file

SETTINGS = "/etc/dpkg/dpkg.cfg.d/compose-path-excludes"
NAMED = {
    "docs": (("/usr/share/doc/*", "/usr/share/info/*", "/usr/share/lintian/*"), ("/usr/share/doc/*/copyright",)),
    "man": (("/usr/share/man/*",), ()),
    "locales": (("/usr/share/locale/*",), ("/usr/share/locale/locale.alias",)),
}
"""The patterns of files that a word leaves out, and of those among them that stay: licences ask for the copyright files."""


def render_path_excludes(words: Iterable[str]) -> str:
    """Return the commands that remove files and keep dpkg from installing them; folders stay, as dpkg leaves them."""
    entries = [NAMED.get(word, ((word,), ())) for word in words]
    excluded = [pattern for patterns, _ in entries for pattern in patterns]
    included = [pattern for _, patterns in entries for pattern in patterns]
    if not excluded:
        return ""
    lines = [f"path-exclude={pattern}\n" for pattern in excluded] + [
        f"path-include={pattern}\n" for pattern in included
    ]
    exception = f" ! {match_any(included)}" if included else ""
    return f"{render_file(SETTINGS, ''.join(lines))}find / -xdev ! -type d {match_any(excluded)}{exception} -delete\n"


def match_any(patterns: Iterable[str]) -> str:
    """Return find(1)'s test for paths that match a pattern; its `*` matches a slash, as dpkg's does."""
    return f"\\( {' -o '.join(f'-path {quote(pattern)}' for pattern in patterns)} \\)"
