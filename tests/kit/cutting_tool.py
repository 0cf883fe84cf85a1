"""Stand-ins for programs that end with exit status 0 and leave half of their output."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


def cut_output(monkeypatch: pytest.MonkeyPatch, folder: Path, program: str, pattern: str, subcommand: str = "") -> None:
    """Put a stand-in for a program into PATH, which runs it and then cuts the files of its arguments that end in `pattern`.

    With `-` as the pattern it cuts what the program prints. `subcommand` restricts it to runs with this text in their arguments.
    """
    real = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    folder.mkdir(exist_ok=True)
    cutting = (
        f'"{real}" "$@" >"{folder}/printed"; head -c $(($(stat -c %s "{folder}/printed") / 2)) "{folder}/printed"'
        if pattern == "-"
        else f'"{real}" "$@"; status=$?\nfor word; do file=${{word%%\\?*}}; file=${{file#*=}}; case $file in *{pattern}) '
        'truncate -s $(($(stat -c %s "$file") / 2)) "$file" ;; esac; done; exit $status'
    )
    (folder / program).write_text(
        f'#!/bin/sh\ncase " $* " in *"{subcommand}"*) ;; *) exec "{real}" "$@" ;; esac\n{cutting}\n'
    )
    (folder / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
