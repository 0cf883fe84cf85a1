"""All benchmarks but that of media, in one run of some minutes; writes docs/benchmarks.md and the picture in it.

    python -m benchmarks [RUNS]

On a busy machine the figures tell little; ratios of CPU seconds suffer least.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks import createrepo, fetch, gather, null
from benchmarks.peers import Comparison, Peer

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "build/benchmarks/fetch"
ROW, WIDTH, LEFT, MOST = 22, 900, 470, 320
STYLE = (
    "text{font:13px sans-serif;fill:#222}.t{font-weight:bold}rect{fill:#9ab}.ours{fill:#b1283c}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}rect{fill:#678}.ours{fill:#e0566a}}"
)
HEAD = """# Benchmarks

What this program takes beside others that do the same work, in CPU seconds (of all processors, compression and hashing included): medians of
{runs} runs in turn, on {machine}. `python -m benchmarks` measures again and writes this page; each part of it is a module of
`benchmarks/`, whose first lines say what is compared. Packages and indices are those of this machine's own archive.

![CPU seconds of each, ours first](benchmarks.svg)

| task | program | CPU s | clock s | MiB | ours / its CPU |
|---|---|--:|--:|--:|--:|
"""


def describe_machine() -> str:
    """Return the machine's processors, system and Python, in words."""
    release = platform.freedesktop_os_release()
    return f"{os.cpu_count()} processors, {release['PRETTY_NAME']}, Python {platform.python_version()}"


def format_rows(compared: Sequence[Comparison]) -> Iterator[str]:
    """Yield the rows of the table."""
    for comparison in compared:
        ours = comparison.peers[0]
        for peer in comparison.peers:
            clock, cpu = peer.seconds
            title = comparison.title if peer is ours else ""
            ratio = "" if peer is ours else f"{ours.seconds[1] / cpu:.3f}"
            yield f"| {title} | {peer.program} | {cpu:.3f} | {clock:.3f} | {peer.peak:.0f} | {ratio} |\n"


def draw(compared: Sequence[Comparison]) -> str:
    """Return a picture of the CPU seconds: in each group, bars relative to the longest."""
    lines, top = [], 0
    for comparison in compared:
        lines.append(f'<text class="t" x="10" y="{top + 16}">{escape(comparison.title)}</text>')
        most = max(peer.seconds[1] for peer in comparison.peers)
        for number, peer in enumerate(comparison.peers, 1):
            lines += draw_bar(peer, top + number * ROW, most, ours=number == 1)
        top += (len(comparison.peers) + 1) * ROW + 10
    size = f'viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{STYLE}</style>\n' + "\n".join(lines) + "\n</svg>\n"


def draw_bar(peer: Peer, top: int, most: float, *, ours: bool) -> Iterator[str]:
    """Yield a program's name, its bar and its seconds."""
    cpu = peer.seconds[1]
    width = max(1, round(MOST * cpu / most))
    yield f'<text x="30" y="{top + 15}">{escape(peer.program)}</text>'
    yield f'<rect class="{"ours" if ours else "other"}" x="{LEFT}" y="{top + 3}" width="{width}" height="{ROW - 6}"/>'
    yield f'<text x="{LEFT + width + 8}" y="{top + 15}">{cpu:.3f} s</text>'


def main(runs: int) -> None:
    """Measure everything, and write the page."""
    CORPUS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-gather-") as folder:
        compared = gather.run(Path(folder), runs)
    compared += [*fetch.run(CORPUS, runs), *createrepo.run(CORPUS, runs), *null.run([45, 3000], runs)]
    page = HEAD.format(runs=runs, machine=describe_machine()) + "".join(format_rows(compared))
    (ROOT / "docs/benchmarks.md").write_text(page)
    (ROOT / "docs/benchmarks.svg").write_text(draw(compared))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
