"""Name the compose: SHORT-VERSION-[BASE-BASEVERSION-]YYYYMMDD[.TYPE].RESPIN."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any

from composelib.dataclass import dataclass
from composelib.model.compose import Compose
from composelib.model.image import IsoImage, NetbootImage
from composelib.model.image_traits import Image, RootedImage
from composelib.model.release import Release
from composelib.task import Json, Task

SUFFIX = {"production": "", "nightly": ".n", "test": ".t", "ci": ".ci", "development": ".d"}
RELEASED = ("arches", "base_url", "label", "release", "sign", "type", "variants")
"""The fields of the compose that decide what is released. Its archives count only by the packages chosen from them."""


@dataclass(frozen=True)
class ComposeIdJob:
    """How the ID begins and ends, the content that it names, and the IDs that there were before."""

    prefix: str
    suffix: str
    config: Json
    """All of the config that decides what is released."""
    inputs: tuple[Path, ...]
    epoch: Path
    published: Path
    history: Path
    """The IDs that the compose has had."""
    compose_id: Path
    content: Path
    """The file with the SHA256 of the content that the ID names."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return the one task."""
    job = ComposeIdJob(
        prefix=make_prefix(compose.release),
        suffix=SUFFIX[compose.type],
        config={name: describe(getattr(compose, name)) for name in RELEASED},
        inputs=(*list_chosen(compose), *list_scripts(compose), *list_signing_time(compose)),
        epoch=compose.paths.epoch,
        published=compose.paths.published,
        history=compose.paths.work("compose_id", "history.json"),
        compose_id=compose.paths.compose_id,
        content=compose.paths.content_digest,
    )
    return (
        Task(
            name="name",
            doc="name the compose",
            run=partial(name_compose, job),
            inputs=job.inputs,
            order_only=(job.epoch,),
            outputs=(job.compose_id, job.content),
            uses={"config": job.config},
            consulted=(job.published,),
            memory=job.history,
        ),
    )


def list_chosen(compose: Compose) -> tuple[Path, ...]:
    """Return the lists of the chosen packages of all variants."""
    return tuple(
        compose.paths.gathered_stanzas(variant.name, arch)
        for variant in compose.variants
        for arch in variant.gathered_arches
    )


def list_signing_time(compose: Compose) -> tuple[Path, ...]:
    """Return the file with the time that `valid-until` counts from, if it does: what is signed anew is released anew."""
    return (compose.paths.signed_at,) if compose.release.valid_until else ()


def list_scripts(compose: Compose) -> tuple[Path, ...]:
    """Return the user's own files that images are made with, each once."""
    images = (image for variant in compose.variants for image in variant.images)
    return tuple(dict.fromkeys(path for image in images for path in list_image_scripts(image)))


def list_image_scripts(image: Image) -> Iterator[Path]:
    """Yield the user's own files that an image is made with."""
    if isinstance(image, RootedImage):
        yield from image.scripts
    if isinstance(image, (IsoImage, NetbootImage)) and image.preseed:
        yield image.preseed


def describe(value: Any) -> Json:
    """Return a value of the model as JSON, without its origin in the config.

    Keys at their defaults are left out: a key that is new in the program changes no ID of a compose without it.
    """
    if is_dataclass(value):
        kind = {"kind": value.kind} if isinstance(value, Image) else {}
        names = [field.name for field in fields(value) if field.name != "origin"]
        defaults = {field.name: field.default for field in fields(value)}
        values = {name: getattr(value, name) for name in names}
        return kind | {name: describe(content) for name, content in values.items() if content != defaults[name]}
    if isinstance(value, tuple):
        return [describe(item) for item in value]
    return value.name if isinstance(value, Path) else value


def make_prefix(release: Release) -> str:
    """Return the beginning of an ID: `SHORT-VERSION-`, then those of the base if there is one."""
    base = f"{release.base.short}-{release.base.version}-" if release.base else ""
    return f"{release.short}-{release.version}-{base}"


def name_compose(job: ComposeIdJob) -> None:
    """Write the compose ID, and the SHA256 of the content that it names."""
    from composelib.actions import compose_id  # loaded when a task runs

    compose_id.name_compose(job)
