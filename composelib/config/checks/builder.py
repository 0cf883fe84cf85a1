"""Checks of disks against the builders of their root file systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composelib.config.checks.partitions import check_partitions
from composelib.config.keys.settings import Settings
from composelib.config.yaml.nodes import Word
from composelib.config.yaml.problems import Problems
from composelib.image.media.programs import is_disk
from composelib.image.root.builders import list_builders, read_capabilities
from composelib.model.image import DiskImage
from composelib.tools import grub

if TYPE_CHECKING:  # loaded when a builder is named
    from composelib.image.root.builder import BuilderCapabilities

REFUSED = {
    "osbuild": "installs no Debian packages, and the disk it assembles from a root made elsewhere differs each time",
}
"""Builders that are not supported, and why."""
HINT = "use 'builder: native'"


def list_builder_words() -> tuple[str, ...]:
    """Return the words that may be written for a builder, among them those that are refused with their reason."""
    return (*list_builders(), *REFUSED)


def check_builder(image: Settings, variant: Settings, arches: tuple[Word, ...], problems: Problems) -> None:
    """Add a problem for all that a disk needs and its builder cannot do; `arches` are the image's."""
    if image["kind"] != DiskImage.kind:
        return
    name = str(image["builder"])
    if name in REFUSED:
        message, hint = f"{name!r} {REFUSED[name]}", f"use one of {', '.join(list_builders())}"
        problems.add(image.origin_of("builder"), image.path_of("builder"), message, hint)
        return
    builder = read_capabilities(name)
    check_commit(image, builder, problems)
    check_foreign_packages(image, variant, builder, problems)
    check_arches(image, arches, builder, problems)
    check_formats(image, problems)
    check_partitions(image, problems)
    if image["network"] and not builder.network:
        message = f"scripts have no network with {builder.name!r}"
        problems.add(image.origin_of("network"), image.path_of("network"), message, HINT)


def check_commit(image: Settings, builder: BuilderCapabilities, problems: Problems) -> None:
    """Add a problem for all that does not fit a disk that is made of an OSTree commit."""
    if not image.has("from"):
        return
    if not builder.commits:
        message = f"{builder.name!r} makes no disk of an OSTree commit"
        problems.add(image.origin_of("builder"), image.path_of("builder"), message, HINT)
    for form in image["formats"]:
        if not is_disk(str(form)):
            message = f"{str(form)!r} is a root file system alone, and the image is a disk of an OSTree commit"
            problems.add(
                form.origin, image.path_of("formats"), message, "remove it, or write it in an image of packages"
            )
    if image["partitions"]:
        message = "a disk of an OSTree commit has its root alone"
        problems.add(image.origin_of("partitions"), image.path_of("partitions"), message, "remove it")
    if image["cloud-init"]:
        message = "has no effect: the image is made of an OSTree commit"
        problems.add(
            image.origin_of("cloud-init"), image.path_of("cloud-init"), message, "put cloud-init into the commit"
        )


def check_foreign_packages(
    image: Settings, variant: Settings, builder: BuilderCapabilities, problems: Problems
) -> None:
    """Add a problem for packages of an image that name a foreign arch, if the builder installs no such packages."""
    if builder.foreign:
        return
    arches = variant["multiarch"]["foreign"] if variant["multiarch"] else ()
    for seed in image["packages"] or variant["packages"]:
        if any(f":{arch}" in seed for arch in arches):
            message = f"{builder.name!r} installs no packages of foreign arches, such as {str(seed)!r}"
            problems.add(seed.origin, image.path_of("builder"), message, HINT)


def check_arches(image: Settings, arches: tuple[Word, ...], builder: BuilderCapabilities, problems: Problems) -> None:
    """Add a problem for arches for which the builder makes no root, or on which no disk boots."""
    unbootable = [arch for arch in arches if arch not in grub.ARCHES] if has_disk(image) else []
    lacking = [arch for arch in arches if builder.arches and arch not in (*builder.arches, *unbootable)]
    if lacking:
        message = f"{builder.name!r} makes nothing for {', '.join(lacking)}"
        problems.add(image.origin_of("builder"), image.path_of("builder"), message, HINT)
    if unbootable:
        message = f"no builder makes a disk that boots on {', '.join(unbootable)}"
        origin = image.origin_of("arches" if image.has("arches") else "kind")
        hint = f"disks are made for {', '.join(grub.ARCHES)}; 'formats: [tar]' is made for all"
        problems.add(origin, image.path, message, hint)


def check_formats(image: Settings, problems: Problems) -> None:
    """Add a problem for keys of a disk if no format is a disk's."""
    for name in ("size", "grow", "partitions"):
        if not has_disk(image) and image.has(name):
            message = "has no effect: none of the formats is a disk"
            problems.add(image.origin_of(name), image.path_of(name), message, "remove it, or add 'raw' to 'formats'")


def has_disk(image: Settings) -> bool:
    """Return whether a format is a disk's, not that of the root file system alone."""
    return any(map(is_disk, map(str, image["formats"] or (DiskImage.default_format,))))
