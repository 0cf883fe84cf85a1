"""A finished demo that is made once, and from which each test that goes on from there gets one of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

from tests.kit.demo_compose import Demo, make_demo
from tests.kit.tiny_archive import Key, TinyArchive

IN_PLACE = {"archive", "keys", "logs", "verified", "STATUS"}
"""What is written to where it lies, beside the files in the folders of the config and of the compose themselves."""


@dataclass(frozen=True)
class Mould:
    """A demo, and where its files are kept while they are not at the place that they name."""

    demo: Demo
    kept: Path

    @contextmanager
    def poured(self) -> Iterator[Demo]:
        """Yield a copy of this demo, under the same path, for the block; AssertionError if the block changed this one."""
        before = states(self.kept)
        place = self.demo.folder
        shutil.copytree(self.kept, place, symlinks=True, copy_function=os.link)
        for path in [path for path in place.rglob("*") if is_written_in_place(path, place)]:
            separate(path)
        yield replace(self.demo, archive=deepcopy(self.demo.archive))
        shutil.rmtree(place)
        written = dict(states(self.kept).items() ^ before.items())
        assert not written, f"these were written to where they lie: {sorted(written)}"


def make_mould(folder: Path, key: Key) -> Mould:
    """Make a demo, and put it aside."""
    place = folder / "demo"
    place.mkdir()
    demo = make_demo(place, TinyArchive(place / "archive", key))
    ran = demo.doit()
    assert ran.status == 0, ran.out + ran.err
    return Mould(demo, place.rename(folder / "mould"))


def is_written_in_place(path: Path, place: Path) -> bool:
    """Return whether a file must not be a link to the mould's; the others have to be, or count as changed."""
    folders = (place, place / "build/tiny")
    ours = bool(IN_PLACE & set(path.relative_to(place).parts)) or path.parent in folders
    return ours and path.is_file() and not path.is_symlink()


def separate(path: Path) -> None:
    """Let a file with further links be one of its own."""
    own = path.with_name(f"{path.name}.own")
    shutil.copy2(path, own)
    own.replace(path)


def states(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return what shows a change of any file below a folder, except a further link to it."""
    found = {str(path): path.lstat() for path in folder.rglob("*") if not path.is_dir()}
    return {name: (status.st_ino, status.st_size, status.st_mtime_ns) for name, status in found.items()}
