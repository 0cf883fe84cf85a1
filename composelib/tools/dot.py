"""dot: draws graphs (dot(1), of Graphviz)."""

from __future__ import annotations


def draw_svg() -> list[str]:
    """Return the command that draws the graph on standard input as SVG on standard output."""
    return ["dot", "-Tsvg"]
