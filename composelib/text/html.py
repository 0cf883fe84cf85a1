"""A web page that needs nothing but itself: its parts as text, all content escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --mark: #0b6bcb; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 0 auto; padding: 1.5rem; }
h1 { margin: 0; font-size: 1.8rem; } h2 { margin: 2.2rem 0 .6rem; font-size: 1.25rem; border-bottom: 1px solid var(--line); }
.sub { margin: .2rem 0 0; opacity: .75; } .scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
caption { text-align: left; opacity: .75; padding: .2rem 0; }
tbody tr:hover { background: var(--soft); }
code, .code { font-family: ui-monospace, monospace; font-size: .85em; overflow-wrap: anywhere; }
pre { background: var(--soft); padding: .7rem 1rem; overflow-x: auto; }
details { margin: .5rem 0; } summary { cursor: pointer; padding: .3rem 0; font-weight: 600; }
a { color: var(--mark); } .bad { color: #c02020; font-weight: 600; } .good { color: #1a7f37; }
@media print { details > * { display: block; } }
""".strip()


class Html(str):
    """Text that is HTML already; any other text is escaped before it comes to the page."""

    __slots__ = ()


Cell = str | int
"""A number is set to the right."""


def text(content: object) -> Html:
    """Give content as HTML."""
    return content if isinstance(content, Html) else Html(escape(str(content)))


def page(title: str, subtitle: str, parts: Iterable[Html]) -> str:
    """Give a whole document."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n"
        f'<header>\n<h1>{text(title)}</h1>\n<p class="sub">{text(subtitle)}</p>\n</header>\n<main>\n'
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def section(title: str, *parts: Html) -> Html:
    """Give a part of the page with a heading."""
    return Html(f"<section>\n<h2>{text(title)}</h2>\n" + "\n".join(parts) + "\n</section>")


def details(summary: str, *parts: Html) -> Html:
    """Give a part that is shown when it is asked for."""
    return Html(f"<details>\n<summary>{text(summary)}</summary>\n" + "\n".join(parts) + "\n</details>")


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Cell]], numbers: Sequence[str] = ()) -> Html:
    """Give a table; columns whose heads are in `numbers` are set to the right."""
    classes = [' class="n"' if name in numbers else "" for name in head]
    heads = "".join(f'<th scope="col"{kind}>{text(name)}</th>' for name, kind in zip(head, classes, strict=True))
    lines = (
        "<tr>" + "".join(f"<td{kind}>{text(cell)}</td>" for cell, kind in zip(row, classes, strict=True)) + "</tr>"
        for row in rows
    )
    body = "\n".join(lines)
    return Html(
        f'<div class="scroll"><table>\n<caption>{text(caption)}</caption>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def items(lines: Iterable[str]) -> Html:
    """Give a list."""
    return Html("<ul>\n" + "\n".join(f"<li>{text(line)}</li>" for line in lines) + "\n</ul>")


def paragraph(content: str, kind: str = "") -> Html:
    """Give a paragraph; `kind` is `good`, `bad` or nothing."""
    return Html(f'<p class="{kind}">{text(content)}</p>' if kind else f"<p>{text(content)}</p>")


def code(content: str) -> Html:
    """Give text for a machine, within a line."""
    return Html(f"<code>{text(content)}</code>")


def block(content: str) -> Html:
    """Give text for a machine, in lines of its own."""
    return Html(f"<pre>{text(content)}</pre>")


def link(target: str, content: str) -> Html:
    """Give a link to a place beside the page."""
    return Html(f'<a href="{text(target)}">{text(content)}</a>')
