"""The pages are accessible, as axe-core finds in headless Chromium, by light and by dark."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.kit.demo_compose import Demo

PAGES = ("compose/report.html", "report.html", "published/index.html")
RUN = """
<script>
axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"] }).then(result => {
  const lines = result.violations.map(({ id, nodes }) => [id, nodes.length, nodes[0].html]);
  document.body.innerHTML = "<pre id=answer></pre>";
  document.getElementById("answer").textContent = JSON.stringify({ passes: result.passes.length, violations: lines });
});
</script>
"""


FILTER = """
<script>
field.value = "WEBSERVER amd64 asked";
field.dispatchEvent(new Event("input"));
const shown = rows.filter(([row]) => !row.hidden).map(([row]) => row.textContent);
const open = document.querySelectorAll("details[open]").length, text = count.textContent;
document.body.innerHTML = "<pre id=answer></pre>";
document.getElementById("answer").textContent = JSON.stringify({ shown, open, text });
</script>
"""


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return axe-core's script, from npm."""
    if not (shutil.which("npm") and shutil.which("chromium")):
        pytest.skip("needs npm and chromium")
    folder = tmp_path_factory.mktemp("npm")
    call = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), "axe-core"]
    got = subprocess.run(call, capture_output=True, text=True, timeout=300, check=False)
    if got.returncode:
        pytest.skip(f"npm has no axe-core: {got.stderr.strip()[-200:]}")
    return (folder / "node_modules/axe-core/axe.min.js").read_text()


def run_in_page(page: Path, script: str, folder: Path, *, width: int = 390, dark: bool = False) -> dict[str, Any]:
    """Return what a script at the end of a page puts, as JSON, into the element `answer`."""
    copy = folder / "page.html"
    copy.write_text(page.read_text().replace("</body>", f"{script}</body>"))
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    call = [
        *("chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"),
        *(f"--window-size={width},844", "--virtual-time-budget=20000", *scheme, "--dump-dom", copy.as_uri()),
    ]
    done = subprocess.run(
        call, capture_output=True, text=True, timeout=300, check=True, env={**os.environ, "HOME": str(folder)}
    )
    match = re.search(r'<pre id="answer">(.*?)</pre>', done.stdout, re.DOTALL)
    assert match, done.stdout[-500:]
    answer: dict[str, Any] = json.loads(unescape(match[1]))
    return answer


@pytest.mark.longest
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_fault_in_any_page(demo: Demo, axe: str, tmp_path: Path, width: int, dark: bool) -> None:
    assert demo.doit("publish").status == 0
    for page in PAGES:
        report = run_in_page(demo.root / page, f"<script>{axe}</script>{RUN}", tmp_path, width=width, dark=dark)
        assert report["violations"] == [], page
        assert report["passes"] > 10


@pytest.mark.longest
def test_the_filter_leaves_the_rows_that_have_all_words_and_opens_their_lists(demo: Demo, tmp_path: Path) -> None:
    if not shutil.which("chromium"):
        pytest.skip("needs chromium")
    answer = run_in_page(demo.tree / "report.html", FILTER, tmp_path)
    assert [text for text in answer["shown"] if "webserver" not in text or "asked for" not in text] == []
    assert (len(answer["shown"]), answer["open"]) == (1, 1)
    assert answer["text"].startswith("1 of ")
