"""What must hold between the keys of images, their variant and the images they are made of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from composelib.config.checks.builder import check_builder
from composelib.config.keys.image import PLACEHOLDERS
from composelib.config.keys.package_entry import kernel_arches
from composelib.config.keys.record import Settings
from composelib.config.yaml.nodes import Word
from composelib.config.yaml.problems import Problems, did_you_mean

MADE_OF = {"disk": ("ostree",), "container": ("ostree", "root"), "ostree-installer": ("ostree",)}
STAGES_OF = {
    "iso": ("createiso",),
    "live": ("solve", "rootfs", "live_media"),
    "disk": ("solve", "rootfs", "image_build"),
    "ostree": ("solve", "rootfs", "ostree", "ostree_refs"),
    "container": ("ostree_container",),
    "ostree-installer": ("ostree_installer",),
    "netboot": ("buildinstall", "netboot"),
    "root": ("solve", "rootfs", "image_build"),
}
DISK_OF_COMMIT = ("ostree_disk",)
CONTENT = ("packages", "recommends", "exclude", "scripts", "customize")


def check_images(
    variant: Settings,
    variants: dict[str, Settings],
    arches: tuple[Word, ...],
    problems: Problems,
    built: frozenset[str],
) -> None:
    """Note all that is wrong with a variant's images, `arches` being the variant's."""
    images: dict[Word, Settings] = variant["images"]
    for name, image in images.items():
        if image["kind"] is None:
            continue
        check_kind(image, problems, built)
        check_arches(image, arches, problems)
        check_builder(image, variant, image_arches(image, arches), problems)
        check_placeholders(image, problems)
        check_medium(image, variant, variants, problems, built)
        check_made_of(image, images, arches, problems)
        check_kernel(name, image, variant, arches, problems)


def image_arches(image: Settings, arches: tuple[Word, ...]) -> tuple[Word, ...]:
    """Give an image's arches."""
    return tuple(image["arches"] or arches)


def check_kind(image: Settings, problems: Problems, built: frozenset[str]) -> None:
    """Note keys that an image of this kind has not, and a kind that nothing makes yet."""
    kind = str(image["kind"])
    stages = DISK_OF_COMMIT if kind == "disk" and image.given("from") else STAGES_OF[kind]
    if not built.issuperset(stages):
        problems.add(image.place("kind"), f"{image.path}.kind", f"{kind!r} is not built yet", "leave the image out")
    for name in image.places:
        fits = image.record.key(name).only
        if fits and kind not in fits:
            hint = f"only {', '.join(fits)} have it"
            problems.add(image.place(name), f"{image.path}.{name}", f"an image of kind {kind!r} has no {name!r}", hint)


def check_arches(image: Settings, arches: tuple[Word, ...], problems: Problems) -> None:
    """Note arches that the variant has not, and arches it may fail on that the image has not."""
    failable = image["failable"]
    for key, asked, there, owner in (
        ("arches", image["arches"] or (), arches, "variant"),
        ("failable", failable if isinstance(failable, tuple) else (), image_arches(image, arches), "image"),
    ):
        for arch in asked:
            if there and arch not in there:
                message = f"{str(arch)!r} is no arch of the {owner}"
                problems.add(arch.origin, f"{image.path}.{key}", message, f"it has {', '.join(there)}")


def check_placeholders(image: Settings, problems: Problems) -> None:
    """Note placeholders that stand for nothing, and braces that are none."""
    for key in ("ref", "push"):
        text = image.values.get(key)
        if text is None:
            continue
        for name in re.findall(r"\{([^{}]*)\}", text):
            if name not in PLACEHOLDERS:
                hint = did_you_mean(name, PLACEHOLDERS)
                problems.add(text.origin, f"{image.path}.{key}", f"the placeholder {{{name}}} stands for nothing", hint)
        if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)):
            problems.add(text.origin, f"{image.path}.{key}", "a brace without its other half")


def check_medium(
    image: Settings, variant: Settings, variants: dict[str, Settings], problems: Problems, built: frozenset[str]
) -> None:
    """Note what does not fit together in an ISO."""
    path = image.path
    for name in image["extra-variants"] or ():
        if name not in variants:
            hint = did_you_mean(name, variants)
            problems.add(name.origin, f"{path}.extra-variants", f"there is no variant {str(name)!r}", hint)
        elif variants[str(name)] is variant:
            problems.add(
                name.origin, f"{path}.extra-variants", f"{str(name)!r} is the image's own variant", "remove it"
            )
    if image["split"] and not image.given("max-size"):
        problems.add(image.place("split"), f"{path}.split", "needs 'max-size'", "such as 'max-size: 4.7GB'")
    if image["source"] and not variant["sources"]:
        problems.add(image.place("source"), f"{path}.source", "the variant has no source packages", "'sources: true'")
    if image["kind"] == "iso" and image.given("files") and "extra_files" not in built:
        problems.add(image.place("files"), f"{path}.files", "files on a medium are not built yet", "leave the key out")
    if image["kind"] == "iso" and not image["installer"]:
        for name in ("boot", "preseed"):
            if image[name]:
                problems.add(image.place(name), f"{path}.{name}", "nothing on it boots", "'installer: true'")


def check_made_of(image: Settings, images: dict[Word, Settings], arches: tuple[Word, ...], problems: Problems) -> None:
    """Note a `from` that is not there, of the wrong kind or of too few arches."""
    kind, source, path = str(image["kind"]), image["from"], f"{image.path}.from"
    if not image.given("from"):
        if kind == "ostree-installer" or image["bootc"]:
            what = "'bootc'" if image["bootc"] else f"kind {kind!r}"
            problems.add(
                image.origin, image.path, "the key 'from' is missing", f"{what} needs an image of kind 'ostree'"
            )
        return
    if kind not in MADE_OF or source is None:
        return
    for name in CONTENT:
        if image.given(name):
            message = f"says nothing: the image is made of {str(source)!r}"
            problems.add(image.place(name), f"{image.path}.{name}", message, "put it there")
    if source not in images:
        problems.add(source.origin, path, f"the variant has no image {str(source)!r}", did_you_mean(source, images))
        return
    other = images[source]
    wanted = ("ostree",) if image["bootc"] else MADE_OF[kind]
    if other["kind"] is not None and other["kind"] not in wanted:
        message = f"{str(source)!r} is of kind {str(other['kind'])!r}, {' or '.join(wanted)} is wanted"
        problems.add(source.origin, path, message)
    lacking = [arch for arch in image_arches(image, arches) if arch not in image_arches(other, arches)]
    if lacking:
        problems.add(source.origin, path, f"{str(source)!r} is not made for {', '.join(lacking)}")


def boots(name: str, image: Settings, variant: Settings) -> bool:
    """Tell whether an image has to have a kernel of its own: it boots, or something that boots is made of it."""
    kind = image["kind"]
    if kind in {"live", "disk"}:
        return not image.given("from")
    if kind != "ostree":
        return False
    return bool(image["boot"]) or any(
        other["from"] == name and (other["kind"] in {"disk", "ostree-installer"} or other["bootc"])
        for other in variant["images"].values()
    )


def check_kernel(name: Word, image: Settings, variant: Settings, arches: tuple[Word, ...], problems: Problems) -> None:
    """Note an image that is to boot, on an arch for which neither it nor its variant names a kernel."""
    if not boots(name, image, variant):
        return
    own = tuple(map(str, image_arches(image, arches)))
    seeds = tuple(word for settings in with_packages(image, variant) for word in settings["packages"] or ())
    lacking = [arch for arch in own if arch not in kernel_arches(seeds, own)]
    if lacking:
        message = f"is to boot and has no kernel for {', '.join(lacking)}"
        hint = f"add a package such as linux-image-{lacking[0]} to its packages"
        problems.add(name.origin, image.path, message, hint)


def with_packages(image: Settings, variant: Settings) -> Iterator[Settings]:
    """Give what names packages of an image."""
    yield image
    yield variant
