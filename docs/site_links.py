"""Hooks of mkdocs: how-tos are listed by themselves; files that pages link to outside docs/ are part of the site."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

LINK = re.compile(r"\]\((?P<path>(?:\.\./)+[^)#]+)(?P<anchor>#[^)]*)?\)")
HOWTOS = "howto"
FOLDER = "repository"
"""The folder of the site that these files are in."""


def on_config(config: Any) -> Any:
    """Return the configuration with all how-tos in its list of pages; their first lines are their titles."""
    pages = sorted(path.name for path in Path(config["docs_dir"], HOWTOS).glob("*.md"))
    for section in config["nav"]:
        if HOWTOS in section.values():
            section.update({title: [f"{HOWTOS}/{name}" for name in pages] for title in section})
    return config


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Return a page whose links out of docs/ lead to copies of the files, as text."""

    def lead_to_copy(match: re.Match[str]) -> str:
        base = posixpath.dirname(page.file.src_uri)
        path = posixpath.normpath(posixpath.join("docs", base, match["path"]))
        if path.startswith("docs/"):
            return match[0]
        copy = f"{FOLDER}/{path}.txt"
        if copy not in files.src_uris:
            content = Path(config["docs_dir"], "..", path).read_text()
            files.append(File.generated(config, copy, content=content))
        return f"]({posixpath.relpath(copy, base or '.')})"

    return LINK.sub(lead_to_copy, markdown)
