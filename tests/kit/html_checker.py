"""Reads a web page and checks that it is well-formed."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br", "input"}


class HtmlChecker(HTMLParser):
    """Collects tags and texts; asserts that each tag is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.seen += [f"{tag}[{name}]" for name, _ in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def check_html(document: str) -> HtmlChecker:
    """Return the tags and texts of a page; AssertionError if it is not well-formed."""
    checker = HtmlChecker()
    checker.feed(document)
    checker.close()
    assert checker.open == []
    return checker
