"""A tree with a deliverable of most kinds, made once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from composelib.model.compose import Compose
from tests.kit.tiny_archive import Key, TinyArchive
from tests.kit.whole_tree import make_whole_tree


@pytest.fixture(scope="session")
def whole_compose(tmp_path_factory: pytest.TempPathFactory, key: Key) -> Compose:
    """Return a finished compose that tests leave as it is."""
    folder = tmp_path_factory.mktemp("whole")
    return make_whole_tree(folder / "build", TinyArchive(folder / "archive", key))


@pytest.fixture
def tree(whole_compose: Compose, tmp_path: Path) -> Path:
    """Return a copy of its tree, by hard links."""
    return Path(shutil.copytree(whole_compose.paths.tree, tmp_path / "tree", copy_function=os.link))
