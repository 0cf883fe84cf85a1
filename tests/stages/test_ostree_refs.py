from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.engine.claims import claim_paths, find_unclaimed
from composelib.errors import ComposeError, TrustError
from composelib.model.compose import Compose
from composelib.model.image import ContainerImage, OstreeImage
from composelib.stages import checksum, ostree, ostree_refs
from tests.kit.committed_image import (
    ORIGIN,
    REF,
    ROOT,
    commit,
    make_compose,
    make_ready_compose,
    put_root,
    release,
    run_ostree,
)
from tests.kit.tiny_archive import Key


@pytest.fixture
def compose(tmp_path: Path, key: Key) -> Compose:
    return make_ready_compose(tmp_path / "build", key)


def test_releasing_lets_the_ref_stand_for_the_commit(compose: Compose) -> None:
    checksum = commit(compose)
    release(compose)
    assert run_ostree("rev-parse", REF, repository=compose.paths.ostree).strip() == checksum


def test_the_summary_says_what_ostrees_own_would_but_has_the_epochs_time(compose: Compose) -> None:
    def view() -> set[str]:
        return set(run_ostree("summary", "--view", repository=compose.paths.ostree).splitlines())

    commit(compose)
    release(compose)
    put_root(compose, ROOT | {"usr/bin/tool": b"tool 2"})
    commit(compose)
    release(compose)
    ours = view()
    config = (compose.paths.ostree / "config").read_bytes()
    run_ostree("summary", "--update", repository=compose.paths.ostree)
    (line,) = ours - view()
    assert line == "Last-Modified (ostree.summary.last-modified): 2023-11-14T22:13:20+00"
    assert any(line.startswith("Static Deltas") for line in ours)
    assert (compose.paths.ostree / "config").read_bytes() == config


def test_an_older_commit_stays_in_history_with_a_delta_from_it(compose: Compose) -> None:
    first = commit(compose)
    release(compose)
    put_root(compose, ROOT | {"usr/bin/tool": b"tool 2"})
    second = commit(compose)
    release(compose)
    assert set(run_ostree("refs", repository=compose.paths.ostree).split()) == {REF, f"history/{REF}/{first[:16]}"}
    assert run_ostree("static-delta", "list", repository=compose.paths.ostree).strip() == f"{first}-{second}"
    assert "no errors found" in run_ostree("fsck", repository=compose.paths.ostree)


def test_of_a_released_repository_every_file_has_a_task_and_others_have_none(compose: Compose) -> None:
    commit(compose)
    release(compose)
    put_root(compose, ROOT | {"usr/bin/tool": b"tool 2"})
    commit(compose)
    release(compose)
    claims = claim_paths(compose.paths.root, (*ostree.tasks(compose), *ostree_refs.tasks(compose)))
    assert [path for path in find_unclaimed(compose.paths.root, claims) if "/ostree/" in path] == []
    names = ["evil", "objects/ab/evil", "objects/evil/", "refs/heads/evil", "tmp/evil", "deltas/evil/"]
    for name in names:
        (compose.paths.ostree / name).parent.mkdir(exist_ok=True)
        (compose.paths.ostree / name).mkdir() if name.endswith("/") else (compose.paths.ostree / name).touch()
    prefix = f"{compose.paths.ostree.relative_to(compose.paths.root)}/"
    unclaimed = [path for path in find_unclaimed(compose.paths.root, claims) if "/ostree/" in path]
    assert sorted(path.removeprefix(prefix) for path in unclaimed) == sorted(names)


def test_releasing_again_adds_nothing(compose: Compose) -> None:
    commit(compose)
    release(compose)
    paths = sorted(compose.paths.ostree.rglob("*"))
    release(compose)
    assert run_ostree("refs", repository=compose.paths.ostree).split() == [REF]
    assert sorted(compose.paths.ostree.rglob("*")) == paths


def test_a_commit_of_a_doomed_compose_is_pruned_by_the_next_release(compose: Compose) -> None:
    doomed = commit(compose)
    put_root(compose, ROOT | {"usr/bin/tool": b"tool 2"})
    good = commit(compose)
    release(compose)
    commits = [path.parent.name + path.stem for path in compose.paths.ostree.rglob("*.commit")]
    assert commits == [good]
    assert doomed != good


def test_a_ref_of_an_image_that_is_gone_is_removed_with_its_history(compose: Compose) -> None:
    commit(compose)
    release(compose)
    (edge,) = compose.deliverables(OstreeImage)
    image = replace(edge.image, ref="demo/new")
    renamed = replace(compose, variants=(replace(compose.variants[0], images=(image,)),))
    commit(renamed)
    release(renamed)
    assert run_ostree("refs", repository=compose.paths.ostree).split() == ["demo/new"]


def test_the_ref_of_a_failed_failable_image_stays(compose: Compose) -> None:
    first = commit(compose)
    release(compose)
    compose.paths.commit("Server", "amd64", "edge").unlink()
    release(compose)
    assert run_ostree("rev-parse", REF, repository=compose.paths.ostree).strip() == first


def test_the_release_waits_for_the_checks_and_sums(tmp_path: Path) -> None:
    compose = make_compose(tmp_path)
    oci = ContainerImage("oci", ORIGIN, ("amd64",), source_image="edge")
    variant = compose.variants[0]
    checked = replace(compose, variants=(replace(variant, images=(*variant.images, oci), strict="fatal"),))
    (task,) = ostree_refs.tasks(checked)
    sums = checked.paths.sum_file(checked.paths.image("Server", "amd64", "oci", ".oci.tar"))
    closure = checked.paths.work("repoclosure", "Server", "amd64.json")
    assert task.order_only == (checked.paths.epoch, closure, sums)


def test_a_compose_without_commits_releases_none(tmp_path: Path) -> None:
    compose = make_compose(tmp_path)
    assert ostree_refs.tasks(replace(compose, variants=(replace(compose.variants[0], images=()),))) == ()


def test_a_commit_that_is_missing_is_named_and_the_ref_stays(compose: Compose) -> None:
    first = commit(compose)
    release(compose)
    put_root(compose, ROOT | {"usr/bin/tool": b"tool 2"})
    second = commit(compose)
    (compose.paths.ostree / "objects" / second[:2] / f"{second[2:]}.commit").unlink()
    with pytest.raises(ComposeError, match=f"commit {second} is missing"):
        release(compose)
    assert run_ostree("rev-parse", REF, repository=compose.paths.ostree).strip() == first


def sum_up(compose: Compose) -> Path:
    """List the sums of the repository; return the tree list of its files."""
    planned = [task for stage in (ostree, ostree_refs) for task in stage.tasks(compose)]
    task = next(task for task in checksum.tasks_from(compose, planned) if task.name == "ostree")
    task.run()
    return task.trees[0]


@pytest.mark.parametrize("suffix", ["commit", "dirtree", "dirmeta", "filez"])
def test_an_object_that_is_not_what_its_name_says_is_not_listed(compose: Compose, suffix: str) -> None:
    commit(compose)
    release(compose)
    listing = sum_up(compose)
    listed = {compose.paths.root / line for line in listing.read_text().splitlines()}
    victim = next(path for path in compose.paths.ostree.glob(f"objects/*/*.{suffix}"))
    assert victim in listed, "each run looks at it"
    content = bytearray(victim.read_bytes())
    content[-1] ^= 1
    victim.chmod(0o644)
    victim.write_bytes(content)
    with pytest.raises(TrustError, match=rf"{victim}: .*; remove {compose.paths.ostree} and run again"):
        sum_up(compose)
    shutil.rmtree(compose.paths.ostree)
    commit(compose)
    release(compose)
    assert sum_up(compose).read_text().splitlines()
