"""Name the compose: SHORT-VERSION-[BASE-BASEVERSION-]YYYYMMDD[.TYPE].RESPIN."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any

from composelib.errors import ComposeError
from composelib.files import write
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.task import Json, Task

SUFFIX = {"production": "", "nightly": ".n", "test": ".t", "ci": ".ci", "development": ".d"}
MEANT = ("arches", "base_url", "label", "release", "sign", "type", "variants")
"""Fields of the compose that say what is released; of its archives, the chosen packages say it."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give the one task."""
    meaning: Json = {name: meant(getattr(compose, name)) for name in MEANT}
    inputs = (*chosen(compose), *scripts(compose))
    return (
        Task(
            name="name",
            doc="name the compose",
            run=partial(name_compose, compose, meaning, inputs),
            inputs=inputs,
            order_only=(compose.paths.epoch,),
            outputs=(compose.paths.compose_id, compose.paths.content),
            uses={"config": meaning},
            probe=partial(conflict, compose),
        ),
    )


def chosen(compose: Compose) -> tuple[Path, ...]:
    """Give the lists of all variants' packages."""
    return tuple(
        compose.paths.chosen(variant.name, arch)
        for variant in compose.variants
        for arch in (*variant.arches, *([SOURCE] if variant.sources else []))
    )


def scripts(compose: Compose) -> tuple[Path, ...]:
    """Give the user's own files that images are made with."""
    images = [image for variant in compose.variants for image in variant.images]
    found = [path for image in images for path in (*image.scripts, image.preseed) if path]
    return tuple(dict.fromkeys(found))


def meant(value: Any) -> Json:
    """Give what the model says of what is released, without where in the config it says so."""
    if is_dataclass(value):
        shown = [field.name for field in fields(value) if field.name != "origin"]
        return {name: meant(getattr(value, name)) for name in shown}
    if isinstance(value, tuple):
        return [meant(item) for item in value]
    return value.name if isinstance(value, Path) else value


def name_compose(compose: Compose, meaning: Json, inputs: tuple[Path, ...]) -> None:
    """Write the compose ID, and the digest of what it is the name of."""
    content = digest(meaning, inputs)
    name = identified(compose, content)
    write(compose.paths.content, f"{content}\n")
    write(compose.paths.compose_id, f"{name}\n")


def conflict(compose: Compose) -> str:
    """Tell whether the ID that was given is another published compose's by now; empty if it is not."""
    if not (compose.paths.compose_id.exists() and compose.paths.content.exists()):
        return ""
    name, content = compose.paths.compose_id.read_text().strip(), compose.paths.content.read_text().strip()
    if published(compose).get(name, content) == content:
        return ""
    return f"{name} is another published compose's"


def digest(meaning: Json, inputs: tuple[Path, ...]) -> str:
    """Give the SHA256 of all that decides what is released."""
    state = hashlib.sha256(json.dumps(meaning, sort_keys=True).encode())
    for path in inputs:
        state.update(hashlib.sha256(path.read_bytes()).digest())
    return state.hexdigest()


def identified(compose: Compose, content: str) -> str:
    """Give the ID for a content: what has its ID already keeps the date in it."""
    if (
        compose.paths.compose_id.exists()
        and compose.paths.content.exists()
        and compose.paths.content.read_text().strip() == content
    ):
        stem = compose.paths.compose_id.read_text().strip().rpartition(".")[0]
        if stem.startswith(prefix(compose)) and stem.endswith(SUFFIX[compose.type]):
            return respun(stem, published(compose), content)
    return respun(f"{prefix(compose)}{day(compose.paths.epoch)}{SUFFIX[compose.type]}", published(compose), content)


def published(compose: Compose) -> dict[str, str]:
    """Give the IDs that are given away, each with the digest of what it names; empty where that counts no more."""
    folders = [path for path in compose.paths.published.glob("*.[0-9]*") if not path.is_symlink()]
    taken = compose.paths.taken.read_text().split() if compose.paths.taken.exists() else []
    return {path.name: published_content(path) for path in folders} | dict.fromkeys(taken, "")


def published_content(folder: Path) -> str:
    """Give the digest of what a published compose is the name of; empty if it does not say."""
    try:
        return str(json.loads((folder / "metadata/composeinfo.json").read_text())["content"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def respun(stem: str, published: Mapping[str, str], content: str) -> str:
    """Give an ID: that of the published compose with this content, else with the number after all published ones."""
    numbers = {
        int(respin): name
        for name in published
        for stem_of, _, respin in [name.rpartition(".")]
        if stem_of == stem and respin.isdigit()
    }
    for number, name in sorted(numbers.items()):
        if published[name] == content:
            return f"{stem}.{number}"
    return f"{stem}.{max(numbers, default=-1) + 1}"


def prefix(compose: Compose) -> str:
    """Give what an ID begins with."""
    release = compose.release
    base = f"{release.base.short}-{release.base.version}-" if release.base else ""
    return f"{release.short}-{release.version}-{base}"


def day(epoch: Path) -> str:
    """Give the day of SOURCE_DATE_EPOCH."""
    text = epoch.read_text().strip()
    if not text.isdigit():
        raise ComposeError(f"{epoch}: not a date in seconds: {text!r}", "remove it and run again")
    return time.strftime("%Y%m%d", time.gmtime(int(text)))
