"""Writes the outputs of gather and fetch from a tiny archive, for tests of the stages after them."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.image import IsoImage
from composelib.model.image_traits import Image
from composelib.model.origin import Origin
from composelib.model.release import Release
from composelib.model.variant import Variant
from composelib.stages import stages
from composelib.task import Task
from tests.kit.tiny_archive import DATE, TinyArchive

NOWHERE = Origin("demo.yaml", 1, 1)


def image(name: str, kind: type[Image] = IsoImage, **keys: Any) -> Image:
    """Return an image for amd64 unless `arches` says otherwise."""
    return kind(**{"name": name, "origin": NOWHERE, "arches": ("amd64",), **keys})


def variant(name: str = "Server", **keys: object) -> Variant:
    """Return a variant, for amd64 unless `arches` says otherwise, without any index that `indices` does not name."""
    fields: dict[str, object] = {"origin": NOWHERE, "arches": ("amd64",), "indices": (), **keys}
    return Variant(name=name, **fields)  # type: ignore[arg-type]


def compose(build: Path, *variants: Variant, **keys: object) -> Compose:
    """Return a compose that is built in `build`."""
    fields: dict[str, object] = {
        "name": "demo",
        "config": build.parent / "demo.yaml",
        "files": (Path("demo.yaml"),),
        "release": Release("Demo", "demo", "12", "bookworm"),
        "type": "development",
        "arches": ("amd64",),
        "archives": (),
        "variants": variants or (variant(),),
        "build": build,
        **keys,
    }
    return Compose(**fields)  # type: ignore[arg-type]


def field(stanza: str, name: str) -> str:
    """Return a field's first line."""
    return next((line.partition(":")[2].strip() for line in stanza.splitlines() if line.startswith(f"{name}:")), "")


def files_of(stanza: str) -> list[tuple[str, str]]:
    """Return the archive paths and SHA256s of a stanza's files."""
    if field(stanza, "Filename"):
        return [(field(stanza, "Filename"), field(stanza, "SHA256"))]
    rows = [line.split() for line in stanza.splitlines() if line.startswith(" ") and len(line.split()) == 3]
    return [(f"{field(stanza, 'Directory')}/{name}", sha256) for sha256, _, name in rows]


def store(compose: Compose, content: bytes) -> str:
    """Put a file into the store; return its SHA256."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = compose.paths.stored(sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(content)
    return sha256


def choose(
    compose: Compose,
    variant: str,
    arch: str,
    archive: TinyArchive,
    names: Iterable[str],
    components: Mapping[str, str] | None = None,
) -> None:
    """Write a variant's `chosen` and `fetched` for an arch, and fill the store, from packages of an archive."""
    chosen = set(names)
    kinds = {SOURCE} if arch == SOURCE else {kind for _, kind in archive.stanzas if kind != SOURCE}
    stanzas = [text for (_, kind), texts in archive.stanzas.items() if kind in kinds for text in texts]
    texts, fetched = [], []
    for stanza in sorted(text for text in stanzas if field(text, "Package") in chosen):
        component = (components or {}).get(field(stanza, "Package"), "main")
        head = "Compose-Archive: tiny\n" + (f"Compose-Component: {component}\n" if component != "main" else "")
        texts.append(f"{head}{stanza}")
        for path, _ in files_of(stanza):
            content = (archive.root / path).read_bytes()
            fetched.append(f"{store(compose, content)} {len(content)} {path}\n")
    for target, text in (
        (compose.paths.gathered_stanzas(variant, arch), "\n".join(texts)),
        (compose.paths.fetched(variant, arch), "".join(fetched)),
    ):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    compose.paths.epoch.parent.mkdir(parents=True, exist_ok=True)
    compose.paths.epoch.write_text(f"{DATE}\n")


def list_tasks(compose: Compose, module: ModuleType) -> tuple[Task, ...]:
    """Return the tasks of a stage, as the engine gets them."""
    if hasattr(module, "tasks"):
        tasks: tuple[Task, ...] = module.tasks(compose)
        return tasks
    return next(stage.tasks for stage in stages(compose) if stage.module == module.__name__)


def run_stages(compose: Compose, *modules: ModuleType) -> None:
    """Run all tasks of stages, one after another, and check that they wrote what they declare."""
    for module in modules:
        for task in list_tasks(compose, module):
            missing = [path for path in (*task.inputs, *task.order_only) if not path.is_file()]
            assert not missing, f"{module.__name__} {task.name}: {missing}"
            task.run()
            assert all(path.is_file() for path in task.outputs), task.name
            for tree in task.trees:
                lines = tree.read_text().splitlines()
                assert lines == sorted(lines)
                assert all((compose.paths.root / line).exists() for line in lines), tree


def publish(compose: Compose, name: str = "demo-12-20231114.1") -> None:
    """Move a compose's tree to where a published one is, as the latest."""
    published = compose.paths.published
    published.mkdir(parents=True, exist_ok=True)
    shutil.move(compose.paths.tree, published / name)
    (published / "latest").unlink(missing_ok=True)
    (published / "latest").symlink_to(name)
