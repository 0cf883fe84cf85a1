from __future__ import annotations

import subprocess
from pathlib import Path

from composelib.image.root import customize
from composelib.image.root.customize import HookStep
from composelib.image.root.shell import PROLOGUE


def test_merged_usr_is_made_before_any_package(tmp_path: Path) -> None:
    text = customize.render_merged_usr("amd64").replace("hostname localhost\n", "")
    subprocess.run(["sh", "-c", text, "hook", str(tmp_path)], check=True)
    assert {path.name: str(path.readlink()) for path in tmp_path.iterdir() if path.is_symlink()} == {
        "bin": "usr/bin",
        "sbin": "usr/sbin",
        "lib": "usr/lib",
        "lib64": "usr/lib64",
    }


def test_a_step_has_no_network_unless_what_it_writes_is_recorded() -> None:
    steps = [HookStep("it's", ":\n"), HookStep("online", ":\n", network=True)]
    text = customize.render_hook("/a step", "/a tar", steps, "/what was written")
    offline, online = (line for line in text.splitlines() if line.startswith("env HOME=/root"))
    assert "unshare --net" in offline
    assert "unshare" not in online
    assert text.count("sha256sum --zero {} + >>'/what was written'\n") == 1


def test_every_text_is_a_program_that_sh_can_read() -> None:
    texts = [
        customize.render_clean_up(),
        PROLOGUE + customize.INITRAMFS,
        customize.render_merged_usr("arm64"),
        customize.render_hook("/a step", "/a tar", [HookStep("it's", ":\n", network=True)], "/written"),
    ]
    for text in texts:
        subprocess.run(["sh", "-n"], input=text.encode(), check=True)
