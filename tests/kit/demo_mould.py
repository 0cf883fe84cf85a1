"""A finished demo that is made once; each test that starts from a finished demo gets a copy of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

from tests.kit.demo_compose import Demo, make_demo
from tests.kit.tiny_archive import Key, TinyArchive

IN_PLACE = {"archive", "keys", "logs", "verified", "controls", "STATUS"}
"""Names of files and folders whose content is changed in place, besides the files beside the config and state.sqlite."""


@dataclass(frozen=True)
class Mould:
    """A demo, and the folder that holds its files while no test uses them: they contain the path of `demo.folder`."""

    demo: Demo
    files: Path

    @contextmanager
    def poured(self) -> Iterator[Demo]:
        """Yield a copy of the demo, under the demo's path, for the block; AssertionError if the block changed the mould."""
        unchanged = read_states(self.files)
        folder = self.demo.folder
        shutil.copytree(self.files, folder, symlinks=True, copy_function=os.link)
        for path in [path for path in folder.rglob("*") if is_written_in_place(path, folder)]:
            separate(path)
        yield replace(self.demo, archive=deepcopy(self.demo.archive))
        with suppress(FileNotFoundError):  # gpg-agent may take its socket away just then
            shutil.rmtree(folder)
        shutil.rmtree(folder, ignore_errors=True)
        changed = dict(read_states(self.files).items() ^ unchanged.items())
        assert not changed, f"the block changed files of the mould in place: {sorted(changed)}"


def make_mould(folder: Path, key: Key) -> Mould:
    """Make a demo, and move its files to the mould's folder."""
    demo_folder = folder / "demo"
    demo_folder.mkdir()
    demo = make_demo(demo_folder, TinyArchive(demo_folder / "archive", key))
    ran = demo.doit()
    assert ran.status == 0, ran.out + ran.err
    return Mould(demo, demo_folder.rename(folder / "mould"))


def is_written_in_place(path: Path, demo_folder: Path) -> bool:
    """Return whether a file may be changed in place, and so must not be a hard link to the mould's file."""
    folders = (demo_folder, demo_folder / "build/tiny")
    ours = bool(IN_PLACE & set(path.relative_to(demo_folder).parts)) or path.parent in folders
    return ours and path.is_file() and not path.is_symlink()


def separate(path: Path) -> None:
    """Replace a hard link by a copy of the file."""
    copy = path.with_name(f"{path.name}.copy")
    shutil.copy2(path, copy)
    copy.replace(path)


def read_states(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return inode, size and mtime of the files below a folder, which show any change but a further link."""
    statuses = {str(path): path.lstat() for path in folder.rglob("*") if not path.is_dir()}
    return {name: (status.st_ino, status.st_size, status.st_mtime_ns) for name, status in statuses.items()}
