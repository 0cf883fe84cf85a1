"""A user other than root, who has subordinate users: `nobody`, in mounts of its own where /etc/subuid has a line for it."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import doit

from tests.kit.demo_compose import CHECKOUT

PYTHON = "/usr/bin/python3"
LIBRARIES = f"{Path(doit.__file__).parents[1]}"
"""What the program imports of others."""
ENTER = """set -e
echo nobody:1879048192:65536 > "$1"
mount --bind "$1" /etc/subuid
mount --bind "$1" /etc/subgid
cd "$2"
shift 2
export PYTHONPATH="$1"
shift
exec setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"
"""


@dataclass(frozen=True)
class PlainUser:
    """The user, with a folder of its own that has a copy of the program."""

    folder: Path

    def command(self, code: str) -> list[str]:
        """Return the command by which the user runs Python code in its folder."""
        users = str(self.folder.with_name(f"{self.folder.name}.users"))
        return ["unshare", "--mount", "sh", "-c", ENTER, "sh", users, str(self.folder), LIBRARIES, PYTHON, "-c", code]

    def run(self, code: str) -> str:
        """Run Python code as the user; return what it printed. Raise AssertionError if it fails."""
        ended = subprocess.run(self.command(code), capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def call(self, *functions: partial[None]) -> None:
        """Give all in the folder to the user, and let it call functions, one after another."""
        (self.folder / "functions").write_bytes(pickle.dumps(functions))
        subprocess.run(["chown", "-R", "nobody:nogroup", self.folder], check=True)
        self.run("import pickle\nfor function in pickle.load(open('functions', 'rb')):\n    function()")


def has_plain_user() -> bool:
    """Return whether tests can be run as the user: by root, where its programs are."""
    return os.geteuid() == 0 and all(map(shutil.which, ("newuidmap", "setpriv", PYTHON)))


@contextmanager
def open_plain_user() -> Iterator[PlainUser]:
    """Yield the user; remove its folder after the block."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        folder = Path(name, "nobody")
        shutil.copytree(CHECKOUT / "composelib", folder / "composelib", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.chown(folder, "nobody", "nogroup")
        yield PlainUser(folder)
