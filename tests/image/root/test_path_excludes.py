from __future__ import annotations

import subprocess
from pathlib import Path

from composelib.image.root.path_excludes import SETTINGS, render_path_excludes

FILES = (
    "usr/share/doc/a/copyright",
    "usr/share/doc/a/b/README",
    "usr/share/man/man1/a.1.gz",
    "usr/share/a/b/c",
    "usr/bin/a",
)


def test_what_is_left_out_is_removed_and_named_to_dpkg(tmp_path: Path) -> None:
    for name in (*FILES, SETTINGS.lstrip("/")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    text = render_path_excludes(["docs", "/usr/share/a/*"]).replace(SETTINGS, f"{tmp_path}{SETTINGS}")
    text = text.replace("find / -xdev", f"find {tmp_path} -xdev").replace("-path /", f"-path {tmp_path}/")
    subprocess.run(["sh", "-euc", text.replace("-path '/", f"-path '{tmp_path}/")], check=True)
    left = {str(path.relative_to(tmp_path)) for path in (tmp_path / "usr").rglob("*") if path.is_file()}
    assert left == {"usr/share/doc/a/copyright", "usr/share/man/man1/a.1.gz", "usr/bin/a"}
    lines = (tmp_path / SETTINGS.lstrip("/")).read_text().splitlines()
    assert "path-exclude=/usr/share/doc/*" in lines
    assert lines[-1] == "path-include=/usr/share/doc/*/copyright"
