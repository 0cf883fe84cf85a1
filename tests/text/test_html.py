"""Parts of a web page."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from composelib.text import html

VOID = {"meta", "br"}


class Checker(HTMLParser):
    """Sees that what is opened is closed, in order."""

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


def checked(document: str) -> Checker:
    checker = Checker()
    checker.feed(document)
    checker.close()
    assert checker.open == []
    return checker


@given(st.text(alphabet=st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]), max_size=40))
def test_no_content_can_break_out(content: str) -> None:
    parts = [
        html.section(content, html.paragraph(content), html.table(content, [content], [[content]])),
        html.details(content, html.items([content]), html.block(content), html.code(content)),
        html.link(content, content),
    ]
    plain = html.page("t", "s", [html.section("x", html.paragraph("x"), html.table("x", ["x"], [["x"]])), *parts[1:]])
    assert set(checked(html.page(content, content, parts)).seen) == set(checked(plain).seen)
    assert content.strip() in "".join(checked(html.page(content, content, parts)).texts)


def test_numbers_are_set_to_the_right() -> None:
    made = html.table("t", ["Name", "Size"], [["a", 1]], ["Size"])
    assert '<td>a</td><td class="n">1</td>' in made
