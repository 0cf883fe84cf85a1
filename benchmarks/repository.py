"""A repository of a folder's .debs, made by the process that this module is the program of, from the store's copies.

python -m benchmarks.repository FOLDER [contents]
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from composelib.fetch import deb_folder
from composelib.fetch.store import open_store
from composelib.model.compose import Compose
from composelib.model.origin import Origin
from composelib.model.release import Release
from composelib.model.variant import Variant
from composelib.stages import contents, createrepo, key, release

EPOCH = 1_700_000_000


def make_compose(folder: Path) -> Compose:
    """Return a compose of a variant, which makes everything below a folder."""
    variant = Variant("Bench", Origin("benchmark", 1, 1), ("amd64",), indices=("contents",))
    product = Release("Bench", "bench", "1", "bench")
    return Compose("bench", folder / "b", (), product, "test", ("amd64",), (), (variant,), build=folder / "build")


def prepare(folder: Path, debs: Path) -> None:
    """Bring a folder's .debs into the store, and choose them all."""
    compose = make_compose(folder)
    store = open_store(compose.paths.store)
    stanzas = [stanza.rstrip(b"\n") + b"\n" for stanza in deb_folder.read_stanzas(debs)]
    for stanza in stanzas:
        fields = dict(line.split(b": ", 1) for line in stanza.split(b"\n") if b": " in line and line[:1] != b" ")
        target = store.locate(fields[b"SHA256"].decode())
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(debs / fields[b"Filename"].decode(), target)  # a peer's link to it would have it hashed again
        store.admit(target.name)
    store.settle()
    for path, content in (
        (
            compose.paths.gathered_stanzas("Bench", "amd64"),
            b"\n".join(b"Compose-Archive: a\n" + text for text in stanzas),
        ),
        (compose.paths.fetched("Bench", "amd64"), b""),
        (compose.paths.epoch, f"{EPOCH}\n".encode()),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for task in key.tasks(compose):
        task.run()


def reset(folder: Path) -> None:
    """Remove what was made, as the program does, so that its store's ledger stays true."""
    compose = make_compose(folder)
    store = open_store(compose.paths.store)
    with store.linking():
        for path in sorted(compose.paths.root.glob("compose/**/*"), reverse=True):
            if path.is_file():
                store.unlink(path)
            else:
                path.rmdir()


def make(compose: Compose, *, with_contents: bool) -> None:
    """Link the packages into a pool, write the indices, and sign them; or write Contents alone."""
    if with_contents:
        for task in contents.tasks(compose):
            task.run()
        return
    tasks = createrepo.tasks(compose)
    for task in (*tasks, *release.tasks_from(compose, tasks)):
        task.run()


if __name__ == "__main__":
    make(make_compose(Path(sys.argv[1])), with_contents="contents" in sys.argv[2:])
    sys.stdout.flush()
    os._exit(0)  # as a task's process ends
