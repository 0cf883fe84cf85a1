"""What the builders of disks can do, and what is noted when a disk asks its builder for more."""

from __future__ import annotations

from dataclasses import dataclass

from composelib.config.keys.record import Settings
from composelib.config.yaml.nodes import Word
from composelib.config.yaml.problems import Problems
from composelib.tools import grub, mkosi


@dataclass(frozen=True)
class Builder:
    """What a builder can do. What is not here all of them can, as disks and formats are made in the same way."""

    arches: tuple[str, ...] = ()
    """The arches whose root file system it makes; empty for all that run on the machine."""
    foreign: bool = False
    """Packages of other arches than the image's (`multiarch`)."""
    commits: bool = False
    """A disk of an OSTree commit (`from`)."""


BUILDERS = {
    "native": Builder(foreign=True, commits=True),
    "mkosi": Builder(arches=tuple(mkosi.ARCHES)),
    "kiwi": Builder(),
}
LACKING = {
    "osbuild": "installs no Debian packages, and the disk it would assemble of a root made elsewhere differs each time",
}
"""Builders by which nothing is made, and why."""
HINT = "'builder: native' can"


def check_builder(image: Settings, variant: Settings, arches: tuple[Word, ...], problems: Problems) -> None:
    """Note what a disk's builder cannot do of what it is asked, the image's arches being `arches`."""
    if image["kind"] != "disk":
        return
    builder = str(image["builder"])
    if builder in LACKING:
        what, hint = f"{builder!r} {LACKING[builder]}", f"one of {', '.join(BUILDERS)} can"
        problems.add(image.place("builder"), f"{image.path}.builder", what, hint)
        return
    check_source(image, variant, BUILDERS[builder], problems)
    check_arches(image, arches, BUILDERS[builder], problems)
    check_formats(image, problems)


def check_source(image: Settings, variant: Settings, builder: Builder, problems: Problems) -> None:
    """Note a commit or packages that the builder makes no disk of."""
    path, name = f"{image.path}.builder", str(image["builder"])
    if image.given("from") and not builder.commits:
        problems.add(image.place("builder"), path, f"{name!r} makes no disk of an OSTree commit", HINT)
    if not builder.foreign:
        for seed in foreign_seeds(image, variant):
            problems.add(seed.origin, path, f"{name!r} installs no packages of foreign arches, as {str(seed)!r}", HINT)
    if image.given("from") and image["cloud-init"]:
        message = "says nothing: the image is made of an OSTree commit"
        problems.add(image.place("cloud-init"), f"{image.path}.cloud-init", message, "put cloud-init into that")


def foreign_seeds(image: Settings, variant: Settings) -> list[Word]:
    """Give the packages of an image that are asked for by name and foreign arch."""
    seeds = image["packages"] or variant["packages"] or ()
    arches = (variant["multiarch"]["foreign"] or ()) if variant["multiarch"] else ()
    return [seed for seed in seeds if any(f":{arch}" in seed for arch in arches)]


def check_arches(image: Settings, arches: tuple[Word, ...], builder: Builder, problems: Problems) -> None:
    """Note arches for which the builder makes no root, or on which no disk boots."""
    name, place = str(image["builder"]), image.place("builder")
    unbootable = [arch for arch in arches if arch not in grub.ARCHES] if has_disk(image) else []
    lacking = [arch for arch in arches if builder.arches and arch not in (*builder.arches, *unbootable)]
    if lacking:
        problems.add(place, f"{image.path}.builder", f"{name!r} makes nothing for {', '.join(lacking)}", HINT)
    if unbootable:
        message = f"no builder makes a disk that boots on {', '.join(unbootable)}"
        where = image.place("arches" if image.given("arches") else "kind")
        problems.add(
            where, image.path, message, f"disks are made for {', '.join(grub.ARCHES)}; 'formats: [tar]' for all"
        )


def check_formats(image: Settings, problems: Problems) -> None:
    """Note what is said of a disk when there is none."""
    if not has_disk(image) and image.given("size"):
        message = "says nothing: no format is a disk's"
        problems.add(image.place("size"), f"{image.path}.size", message, "leave it out, or add 'raw'")


def has_disk(image: Settings) -> bool:
    """Tell whether a format is a disk's; `tar` is the root file system alone."""
    return any(str(form).partition(".")[0] != "tar" for form in image["formats"] or ("raw",))
