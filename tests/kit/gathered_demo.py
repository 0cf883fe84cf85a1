"""The demo with its packages gathered, and commands run on it within this process."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

from doit import doit_cmd
from doit.doit_cmd import DoitMain

from composelib.config import load
from composelib.engine.ownership import claim_folder
from composelib.model.compose import Compose
from composelib.stages import gather, inrelease, pkgset
from tests.kit.demo_compose import CHECKOUT, Demo, Ran, make_demo
from tests.kit.gathered_variant import run_stages
from tests.kit.tiny_archive import TinyArchive


def gather_demo(folder: Path, archive: TinyArchive, *edits: tuple[str, str]) -> Demo:
    """Write the demo's config, edited, and choose its packages, stage by stage without an engine."""
    demo = make_demo(folder, archive)
    for old, new in (("    sources: true\n", ""), *edits):
        demo.edit(old, new)
    run_stages(load_demo(demo), inrelease, pkgset, gather)
    return demo


def load_demo(demo: Demo, **options: Any) -> Compose:
    """Load the demo's config, and mark its folder as its own, for stages that are run without doit."""
    compose = load(demo.config, build=demo.folder / "build", **options)
    claim_folder(compose)
    return compose


def run_command(demo: Demo, *words: str) -> Ran:
    """Run a doit command that runs no tasks."""
    out, err = io.StringIO(), io.StringIO()
    line = [*words, f"compose={demo.config}", f"build={demo.folder / 'build'}"]
    with contextlib.chdir(CHECKOUT), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = DoitMain().run(line)
        finally:
            doit_cmd.reset_vars()  # else later tests in this process would have these variables
    return Ran(status, out.getvalue(), err.getvalue())
