"""The pages are a site without warnings and broken links; the recording is one that asciinema plays."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.demo_compose import CHECKOUT

RECORDING = CHECKOUT / "docs/recording.cast"


def test_the_site_is_built_without_warnings_and_its_links_lead_somewhere(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="needs mkdocs, a development dependency")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    call = [str(CHECKOUT / "docs/site"), "--site-dir", str(tmp_path)]
    done = subprocess.run(call, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path})
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    pages = sorted(tmp_path.rglob("*.html"))
    assert {f"howto/{page.stem}" for page in CHECKOUT.glob("docs/howto/*.md")} <= {
        str(page.parent.relative_to(tmp_path)) for page in pages
    }
    assert [broken for page in pages if page.name != "404.html" for broken in list_broken(page)] == []


def list_broken(page: Path) -> list[str]:
    """Return the links of a page that lead to no file."""
    links = re.findall(r'(?:href|src)="([^"#?]+)', page.read_text())
    return [f"{page}: {link}" for link in links if "://" not in link and not (page.parent / link).exists()]


def test_the_recording_is_small_and_shows_a_failure_and_its_cure() -> None:
    header, *events = (json.loads(line) for line in RECORDING.read_text().splitlines())
    assert (header["version"], header["width"] > 0, header["height"] > 0) == (2, True, True)
    assert [event[0] for event in events] == sorted(event[0] for event in events)
    assert {event[1] for event in events} == {"o"}
    assert RECORDING.stat().st_size < 40_000
    text = "".join(event[2] for event in events)
    assert text.index("did you mean 'mailer'?") < text.index("DOOMED") < text.rindex("FINISHED")
    assert str(Path.home()) not in text
