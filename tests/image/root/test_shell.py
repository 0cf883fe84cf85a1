from __future__ import annotations

import subprocess
from pathlib import Path

from composelib.image.root.shell import render_file


def test_words_of_the_config_are_quoted_for_the_shell(tmp_path: Path) -> None:
    odd = "a'b $(touch x) `touch y`"
    text = render_file(str(tmp_path / "it's"), odd)
    subprocess.run(["sh", "-c", text], check=True, cwd=tmp_path)
    assert (tmp_path / "it's").read_text() == odd
    assert [path.name for path in tmp_path.iterdir()] == ["it's"]
