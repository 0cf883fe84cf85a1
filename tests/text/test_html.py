"""Pages by templates."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from composelib.text.escape import escape_lines
from composelib.text.html import render_page
from tests.kit.html_checker import check_html


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("templates") / "page.html.jinja"
    path.write_text(
        "{% macro section(title) %}\n<h2>{{ title }}</h2>{{ caller() }}\n{% endmacro %}\n"
        '{% call section(title) %}\n<p class="{{ title }}">{{ texts | join(", ") }}</p>\n{% endcall %}\n'
    )
    return path


@given(st.text(alphabet=st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]), max_size=40))
def test_no_value_can_break_out(template: Path, content: str) -> None:
    page = check_html(render_page(template, {}, title=content, texts=[content, content]))
    shown = escape_lines(content)
    assert page.seen == ["h2", "p", "p[class]"]
    assert page.texts.count(shown) == bool(shown) or shown.isspace()
    assert f"{shown}, {shown}" in "".join(page.texts)


def test_values_are_escaped_as_the_standard_library_does(template: Path) -> None:
    evil = "\"'<&>"
    assert f"<h2>{escape(evil)}</h2>" in render_page(template, {}, title=evil, texts=[])


def test_marks_of_writing_direction_are_shown_escaped(template: Path) -> None:
    assert "<h2>a\\u202eb</h2>" in render_page(template, {}, title="a\u202eb", texts=[])


def test_a_block_leaves_no_line(template: Path) -> None:
    assert render_page(template, {}, title="t", texts=[]) == '<h2>t</h2><p class="t"></p>\n\n'


def test_a_value_that_a_template_misses_is_an_error(template: Path) -> None:
    with pytest.raises(UndefinedError, match="texts"):
        render_page(template, {}, title="t")


def test_a_filter_is_the_templates_too(tmp_path: Path) -> None:
    (tmp_path / "t.jinja").write_text("{{ word | shout }}")
    assert render_page(tmp_path / "t.jinja", {"shout": str.upper}, word="<hey") == "&lt;HEY"
