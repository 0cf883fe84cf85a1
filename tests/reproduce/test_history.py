from __future__ import annotations

from pathlib import Path

import pytest

from composelib.model.compose import Compose
from composelib.reproduce.compare import find_differing, list_repository_pairs
from composelib.reproduce.history import seed_history
from tests.kit.committed_image import REF, ROOT, commit, make_ready_compose, put_root, release, run_ostree
from tests.kit.tiny_archive import Key


@pytest.fixture
def compose(tmp_path: Path, key: Key) -> Compose:
    return make_ready_compose(tmp_path / "build", key)


def test_a_repository_with_history_is_made_again_from_the_commit_before(
    compose: Compose, tmp_path: Path, key: Key
) -> None:
    for number in range(3):
        put_root(compose, ROOT | {"usr/bin/tool": b"tool %d" % number})
        compose.paths.epoch.write_text(f"{1_700_000_000 + number}\n")
        newest = commit(compose)
        release(compose)
    second = make_ready_compose(tmp_path / "other", key)
    second.paths.epoch.write_text("1700000002\n")
    put_root(second, ROOT | {"usr/bin/tool": b"tool 2"})
    seed_history(compose.paths.ostree, second.paths.ostree, {REF: newest})
    assert newest not in run_ostree("rev-parse", REF, repository=second.paths.ostree)
    assert not list(second.paths.ostree.rglob(f"{newest[2:]}.*"))
    assert commit(second) == newest
    release(second)
    pairs = list(list_repository_pairs(compose.paths.ostree, second.paths.ostree, whole=True))
    assert len(pairs) > 30
    assert not list(find_differing(pairs))


def test_a_repository_without_history_is_not_copied(compose: Compose, tmp_path: Path) -> None:
    newest = commit(compose)
    release(compose)
    seed_history(compose.paths.ostree, tmp_path / "copy", {REF: newest})
    assert not (tmp_path / "copy").exists()
