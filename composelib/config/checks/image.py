"""Checks between the keys of images, their variant and the images they are made of."""

from __future__ import annotations

import re

from composelib.archive.patterns import matcher
from composelib.config.build_model import get_image_class
from composelib.config.checks.builder import check_builder
from composelib.config.keys.package_entry import find_kernel_arches
from composelib.config.keys.settings import Settings
from composelib.config.yaml.nodes import Word
from composelib.config.yaml.problems import Problems, suggest_candidate
from composelib.model.image import ContainerImage, IsoImage, NetbootImage, OstreeImage, OstreeInstallerImage
from composelib.model.image_traits import BootableImage, DerivedImage, RootedImage
from composelib.model.keys.declaration import list_own_keys
from composelib.model.keys.value_types import Text

PLACEHOLDERS = ("short", "version", "codename", "variant", "arch", "image")


def check_images(
    variant: Settings,
    variants: dict[str, Settings],
    arches: tuple[Word, ...],
    problems: Problems,
    stages: frozenset[str],
) -> None:
    """Add a problem for all that is wrong with a variant's images; `arches` are the variant's, `stages` all that exist."""
    images: dict[Word, Settings] = variant["images"]
    for name, image in images.items():
        if image["kind"] is None:
            continue
        check_kind(image, problems, stages)
        check_arches(image, arches, problems)
        check_builder(image, variant, get_image_arches(image, arches), problems)
        check_placeholders(image, problems)
        check_extra_variants(image, variant, variants, problems)
        check_file_access(image, problems)
        check_distroless(image, problems)
        check_effect(image, problems)
        check_iso(image, variant, problems, stages)
        check_source(image, images, arches, problems)
        check_kernel(name, image, variant, arches, problems)


def get_image_arches(image: Settings, arches: tuple[Word, ...]) -> tuple[Word, ...]:
    """Return an image's arches; `arches` are its variant's."""
    return tuple(image["arches"] or arches)


def check_kind(image: Settings, problems: Problems, stages: frozenset[str]) -> None:
    """Add a problem for keys that this kind of image does not have, and for a kind that no stage makes yet."""
    kind = get_image_class(image)
    is_derived = issubclass(kind, DerivedImage) and image.has("from")
    needed = (kind.derived_stages if issubclass(kind, DerivedImage) and is_derived else ()) or kind.stages
    if not stages.issuperset(needed):
        message = f"{kind.kind!r} is not supported yet"
        problems.add(image.origin_of("kind"), image.path_of("kind"), message, "leave the image out")
    for name in image.origins:
        kinds = image.record.key(name).kinds
        if kinds and kind.kind not in kinds:
            message, hint = f"an image of kind {kind.kind!r} has no {name!r}", f"only {', '.join(kinds)} may have it"
            problems.add(image.origin_of(name), image.path_of(name), message, hint)


def check_arches(image: Settings, arches: tuple[Word, ...], problems: Problems) -> None:
    """Add a problem for `arches` that the variant does not have, and `failable` arches that the image does not have."""
    failable = image["failable"]
    for key, words, available, owner in (
        ("arches", image["arches"], arches, "variant"),
        ("failable", failable if isinstance(failable, tuple) else (), get_image_arches(image, arches), "image"),
    ):
        for arch in words:
            if available and arch not in available:
                message = f"{str(arch)!r} is not an arch of the {owner}"
                problems.add(arch.origin, image.path_of(key), message, f"it has {', '.join(available)}")


def check_placeholders(image: Settings, problems: Problems) -> None:
    """Add a problem for unknown placeholders and unmatched braces."""
    for name, text in image.values.items():
        value_type = image.record.key(name).value_type
        if not (isinstance(value_type, Text) and value_type.placeholders):
            continue
        for placeholder in re.findall(r"\{([^{}]*)\}", text):
            if placeholder not in PLACEHOLDERS:
                message, hint = f"unknown placeholder {{{placeholder}}}", suggest_candidate(placeholder, PLACEHOLDERS)
                problems.add(text.origin, image.path_of(name), message, hint)
        if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)):
            problems.add(
                text.origin,
                image.path_of(name),
                "a brace without its counterpart",
                "write placeholders such as {version}",
            )


def check_extra_variants(image: Settings, variant: Settings, variants: dict[str, Settings], problems: Problems) -> None:
    """Add a problem for extra variants that do not exist or are the image's own."""
    path = image.path_of("extra-variants")
    for name in image["extra-variants"]:
        if name not in variants:
            problems.add(name.origin, path, f"there is no variant {str(name)!r}", suggest_candidate(name, variants))
        elif variants[str(name)] is variant:
            problems.add(name.origin, path, f"{str(name)!r} is the image's own variant", "remove it")


def check_file_access(image: Settings, problems: Problems) -> None:
    """Add a problem for modes and owners of files that are put onto a medium, where there are none."""
    if issubclass(get_image_class(image), RootedImage):
        return
    for file in image["files"]:
        for name in ("mode", "owner"):
            if file.has(name):
                message = f"has no effect: an image of kind {str(image['kind'])!r} is no root file system"
                problems.add(file.origin_of(name), file.path_of(name), message, "remove it")


def check_effect(image: Settings, problems: Problems) -> None:
    """Add a problem for keys that mean nothing for a kind of image: it has no file of its own, or starts no kernel."""
    kind = get_image_class(image)
    reasons = {
        OstreeImage: {
            "boot": "a commit is started from a disk that is made of it",
            "max-size": "a commit is no file",
        },
        NetbootImage: {"files": "all that it starts comes from the network"},
    }
    for name, reason in reasons.get(kind, {}).items():
        if image.has(name) and image[name]:
            problems.add(image.origin_of(name), image.path_of(name), f"has no effect: {reason}", "remove it")
    settings = image["customize"]
    if kind is ContainerImage and settings and settings.has("kernel-append"):
        origin, path = settings.origin_of("kernel-append"), settings.path_of("kernel-append")
        problems.add(origin, path, "has no effect: a container starts no kernel", "remove it")


def check_distroless(image: Settings, problems: Problems) -> None:
    """Add a problem for packages without names in a container that has only what its packages name, and what that needs."""
    for seed in image["packages"] if image["distroless"] else ():
        if matcher.is_pattern(seed):
            message = f"{str(seed)!r} names no package, and a container with 'distroless' has only those that are named"
            problems.add(seed.origin, image.path_of("packages"), message, "write the names of the packages")


def check_iso(image: Settings, variant: Settings, problems: Problems, stages: frozenset[str]) -> None:
    """Add a problem for keys that do not fit together in an ISO of packages or sources."""

    def note(name: str, message: str, hint: str) -> None:
        problems.add(image.origin_of(name), image.path_of(name), message, hint)

    if image["split"] and not image.has("max-size"):
        note("split", "needs 'max-size'", "add one such as 'max-size: 4.7GB'")
    if image["source"] and not variant["sources"]:
        note("source", "the variant has no source packages", "add 'sources: true' to the variant")
    if get_image_class(image) is not IsoImage:
        return
    if image.has("files") and "extra_files" not in stages:
        note("files", "files on a medium are not supported yet", "leave the key out")
    if image["source"] and image["files"]:
        note("files", "a medium of sources has no further files", "remove it, or put them on a medium of packages")
    for name in ("boot", "preseed", "secure-boot"):
        if image.has(name) and image[name] and not image["installer"]:
            note(name, "nothing on it boots", "add 'installer: true'")


def check_source(image: Settings, images: dict[Word, Settings], arches: tuple[Word, ...], problems: Problems) -> None:
    """Add a problem for a `from` that is missing, does not exist, is of the wrong kind or lacks an arch."""
    kind, source, path = get_image_class(image), image["from"], image.path_of("from")
    if not image.has("from"):
        if kind is OstreeInstallerImage or image["bootc"]:
            reason = "'bootc'" if image["bootc"] else f"kind {kind.kind!r}"
            hint = f"{reason} needs an image of kind {OstreeImage.kind!r}"
            problems.add(image.origin, image.path, "the key 'from' is missing", hint)
        return
    if not issubclass(kind, DerivedImage) or source is None:
        return
    for name in ("files", *(key.name for key in list_own_keys(RootedImage))):
        if image.has(name):
            message = f"has no effect: the image is made of {str(source)!r}"
            problems.add(image.origin_of(name), image.path_of(name), message, f"write it in {str(source)!r}")
    if source not in images:
        problems.add(
            source.origin, path, f"the variant has no image {str(source)!r}", suggest_candidate(source, images)
        )
        return
    source_kind = images[source]["kind"]
    kinds = (OstreeImage.kind,) if image["bootc"] else kind.made_of
    if source_kind is not None and source_kind not in kinds:
        message = f"{str(source)!r} is of kind {str(source_kind)!r}, expected {' or '.join(kinds)}"
        problems.add(source.origin, path, message)
    available = get_image_arches(images[source], arches)
    lacking = [arch for arch in get_image_arches(image, arches) if arch not in available]
    if lacking:
        problems.add(
            source.origin, path, f"{str(source)!r} is not made for {', '.join(lacking)}", "give it these arches too"
        )


def needs_kernel(name: str, image: Settings, variant: Settings) -> bool:
    """Return whether an image's own packages must include a kernel: it boots, or something that boots is made of it."""
    kind = get_image_class(image)
    if kind.needs_kernel != "if booted":
        return kind.needs_kernel == "always" and not image.has("from")
    images = [image for image in variant["images"].values() if image["from"] == name and image["kind"] is not None]
    return bool(image["boot"]) or any(
        issubclass(get_image_class(derived), BootableImage) or derived["bootc"] for derived in images
    )


def check_kernel(name: Word, image: Settings, variant: Settings, arches: tuple[Word, ...], problems: Problems) -> None:
    """Add a problem for an image that boots, on arches for which neither it nor its variant names a kernel."""
    if not needs_kernel(name, image, variant):
        return
    names = tuple(map(str, get_image_arches(image, arches)))
    seeds = (*image["packages"], *variant["packages"])
    lacking = [arch for arch in names if arch not in find_kernel_arches(seeds, names)]
    if lacking:
        message = f"boots, and has no kernel for {', '.join(lacking)}"
        hint = f"add a package such as linux-image-{lacking[0]} to its packages"
        problems.add(name.origin, image.path, message, hint)
