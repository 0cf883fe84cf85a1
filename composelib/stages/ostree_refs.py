"""Let the refs of the OSTree repository stand for this compose's commits, once nothing can doom it any more."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from composelib.errors import ComposeError
from composelib.image.placeholders import ref_of
from composelib.model.compose import Compose
from composelib.task import Task
from composelib.tools import gpg, ostree
from composelib.tools.run import run

HISTORY = "history"


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give the one task that releases what was committed; it waits for all that a finished compose has to have."""
    images = [
        (variant.name, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.kind == "ostree"
        for arch in image.arches
    ]
    if not images:
        return ()
    records = {
        failable: tuple(
            compose.paths.commit(name, arch, image.name)
            for name, arch, image in images
            if image.may_fail(arch) is failable
        )
        for failable in (False, True)
    }
    known = tuple(ref_of(compose, name, arch, image.name) for name, arch, image in images)
    return (
        Task(
            name="summary",
            doc="release the commits: move the refs, sign the summary",
            run=partial(
                release,
                compose.paths.ostree,
                (*records[False], *records[True]),
                known,
                compose.sign,
                compose.paths.key_home,
                compose.paths.archive_key,
            ),
            inputs=(*records[False], compose.paths.archive_key),
            optional=records[True],
            order_only=compose.required_results,
            outputs=(compose.paths.ostree / "summary", compose.paths.ostree / "summary.sig"),
            uses={"refs": sorted(known), "sign": compose.sign},
            tools=("ostree",),
            pool="sign",
        ),
    )


def release(
    repository: Path, records: Iterable[Path], known: tuple[str, ...], sign: str | None, key_home: Path, public: Path
) -> None:
    """Move the refs to what was committed, keep what they stood for in history, sign the summary.

    A ref whose image failed stays where it is. Refs and history of images that are gone are removed with their commits.
    Raises ComposeError if a commit is not there, MachineError if the disk is full.
    """
    move_all(repository, records, known)
    summarize(repository, sign, key_home, public)


def move_all(repository: Path, records: Iterable[Path], known: tuple[str, ...]) -> None:
    """Move the refs, and remove what none of the `known` ones stands for. Raises ComposeError if a commit is not there."""
    made = [json.loads(record.read_text()) for record in records if record.exists()]
    for record in made:
        if not (repository / ostree.object_path(record["commit"], "commit")).exists():
            raise ComposeError(
                f"{repository}: commit {record['commit']} is not there", "doit forget ostree, then run again"
            )
        move(repository, record["ref"], record["commit"])
    listed = run(ostree.refs(repository), capture=True, package=ostree.PACKAGE).stdout.decode().split()
    for ref in listed:
        if not any(ref == name or ref.startswith(f"{HISTORY}/{name}/") for name in known):
            run(ostree.drop(repository, ref), package=ostree.PACKAGE)
    run(ostree.prune(repository), package=ostree.PACKAGE)


def summarize(repository: Path, sign: str | None, key_home: Path, public: Path) -> None:
    """Write and sign the list of the refs."""
    signer = gpg.signer(sign, key_home)
    with gpg.keyring(signer) as ring:
        command = ostree.summary(repository.absolute(), ostree.key(public, ring.home))
        run([*ring.prefix, *command], env=ring.env, package=ostree.PACKAGE)


def move(repository: Path, ref: str, commit: str) -> None:
    """Let a ref stand for a commit; the one that it stood for is kept by a ref in history."""
    now = repository / "refs" / "heads" / ref
    before = now.read_text().strip() if now.exists() else ""
    if before == commit:
        return
    if before:
        run(ostree.point(repository, f"{HISTORY}/{ref}/{before[:16]}", before), package=ostree.PACKAGE)
    run(ostree.point(repository, ref, commit), package=ostree.PACKAGE)
