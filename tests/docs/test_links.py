"""Links between pages lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGES = sorted([*Path().glob("*.md"), *Path("docs").rglob("*.md")])


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_to_a_page_or_heading_that_is_there(page: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()) if "://" not in link]
    targets = [(link, page.parent / link.partition("#")[0] if link[0] != "#" else page) for link in links]
    assert not [link for link, target in targets if not target.exists()]
    assert not [link for link, target in targets if "#" in link and link.partition("#")[2] not in anchors(target)]
