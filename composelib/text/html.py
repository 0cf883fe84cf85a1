"""Web pages from Jinja templates; every value in them is escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from composelib.text.escape import escape_lines


def render_page(template: Path, filters: Mapping[str, Callable[..., str]], **values: Any) -> str:
    """Return the page that a template renders with these values; a line with only a block tag leaves no empty line."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(template.parent),
        finalize=escape_text,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= filters
    return environment.get_template(template.name).render(values)


def escape_text(value: object) -> Markup:
    """Return a value as HTML, escaped as the standard library does, which spells quotes differently from Jinja."""
    return value if isinstance(value, Markup) else Markup(escape(escape_lines(str(value))))  # noqa: S704 - it is escaped
