"""Checks between the keys of a config, after each was checked by itself: archives, variants, stages."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from composelib.archive.format.relation import RelationError, parse_relation
from composelib.config.checks.image import check_images
from composelib.config.keys.settings import Settings
from composelib.config.yaml.nodes import Word
from composelib.config.yaml.problems import Problems, suggest_candidate
from composelib.model.archive import is_flat
from composelib.model.extra_file import ExtraFile
from composelib.model.image import OstreeImage
from composelib.model.keys.declaration import ConfigKey

RESERVED = frozenset(
    name.casefold()
    for name in (
        "ostree", "metadata", "COMPOSE_ID", "STATUS", "SHA256SUMS", "SHA256SUMS.sign", "SHA512SUMS", "SHA512SUMS.sign",
        "archive-key.asc", "report.html", "latest",
    )
)  # fmt: skip
"""Names in a compose's tree, which no variant may have."""
COMPONENTS = frozenset({"main", "debug", "optional"})
"""The components of a variant's repository beside its addons."""
UNREADABLE = frozenset("'\"\\$;{}|&<>")
"""What has a meaning of its own in GRUB's shell."""
STAGES = Path(__file__).parents[2] / "stages"


def check_compose(compose: Settings, problems: Problems) -> None:
    """Add a problem for all that is wrong between keys."""
    for settings in walk(compose):
        check_keys(settings, problems)
    if compose["type"] == "production" and not compose.has("label"):
        problems.add(compose.origin_of("type"), "type", "production needs a label", "add one such as 'label: RC-1.0'")
    for archive in compose["archives"].values():
        if archive.has("uri"):
            check_apt_archive(archive, problems)
        if archive.has("build"):
            from composelib.config.checks.build_source import check_build  # noqa: PLC0415 - few composes build packages

            check_build(compose, archive, problems)
    check_archive_names(compose, problems)
    variants: dict[Any, Settings] = compose["variants"]
    for name, variant in variants.items():
        check_variant(compose, name, variant, problems)
        if variant["pin"]:
            from composelib.config.checks.pin import check_pins  # noqa: PLC0415 - few variants have pins

            check_pins(compose, variant, problems)
        check_images(variant, variants, get_variant_arches(compose, variant), problems, list_stage_names())
    check_lookaside(compose, variants, problems)
    check_refs(compose, variants, problems)
    check_title(compose, problems)


def walk(settings: Settings) -> Iterator[Settings]:
    """Yield settings, and the settings within them at any depth."""
    yield settings
    for inner in settings.inner():
        yield from walk(inner)


@cache
def list_stage_names() -> frozenset[str]:
    """Return the names of all stages."""
    return frozenset(module.name for module in pkgutil.iter_modules([str(STAGES)]))


def check_keys(settings: Settings, problems: Problems) -> None:
    """Add a problem for all that contradicts the declarations of one record's keys."""
    check_required(settings, problems)
    check_one_of(settings, problems)
    for name in settings.values:
        check_stage(settings, settings.record.key(name), problems)
    for name in settings.origins:
        check_only_with(settings, settings.record.key(name), problems)


def check_required(settings: Settings, problems: Problems) -> None:
    """Add a problem for each required key that is missing."""
    for key in settings.record.keys:
        if key.required and not settings.has(key.name):
            message = f"the key {key.name!r} is missing"
            problems.add(settings.origin, settings.path, message, key.doc.rstrip("."), (key.name,))


def one_of(settings: Settings) -> tuple[str, ...]:
    """Return the keys of which a record must have exactly one; empty if there are none."""
    return getattr(settings.record.model, "one_of", ())


def check_one_of(settings: Settings, problems: Problems) -> None:
    """Add a problem for a record that has none, or several, of the keys of which it must have exactly one."""
    names = one_of(settings)
    written = [name for name in names if settings.has(name)]
    if names and len(written) != 1:
        message = f"has {' and '.join(map(repr, written))}" if written else f"has none of {', '.join(map(repr, names))}"
        origin = settings.origin_of(written[1]) if written else settings.origin
        hint = f"write exactly one of {', '.join(map(repr, names)) if written else 'them'}"
        problems.add(origin, settings.path, message, hint, () if written else names)


def check_only_with(settings: Settings, key: ConfigKey, problems: Problems) -> None:
    """Add a problem for a key that has no effect without certain others, unless these are reported as missing."""
    names = one_of(settings)
    is_incomplete = names and not any(settings.has(name) for name in names)
    if not settings.applies(key) and not is_incomplete:
        message = f"has no effect without {' or '.join(map(repr, key.only_with))}"
        problems.add(settings.origin_of(key.name), settings.path_of(key.name), message, "remove it")


def check_stage(settings: Settings, key: ConfigKey, problems: Problems) -> None:
    """Add a problem for a key whose value needs a stage that does not exist yet."""
    value = settings[key.name]
    if key.stage and key.stage not in list_stage_names() and value is not False and value != key.default:
        problems.add(settings.origin_of(key.name), settings.path_of(key.name), "not supported yet", "leave the key out")


def check_apt_archive(archive: Settings, problems: Problems) -> None:
    """Add a problem for keys that do not fit together in an archive with a `uri`."""

    def note(name: str, message: str, hint: str) -> None:
        problems.add(archive.origin_of(name), archive.path_of(name), message, hint)

    def note_missing(name: str, hint: str, *instead: str) -> None:
        problems.add(archive.origin, archive.path, f"the key {name!r} is missing", hint, (name, *instead))

    if not archive.has("suites"):
        note_missing("suites", "add one such as 'suites: [bookworm]'")
    if not archive.has("signed-by") and not archive["trusted"]:
        hint = "set it to the keyring's file, or add 'trusted: true' to take the archive unsigned"
        note_missing("signed-by", hint, "trusted")
    if archive.has("signed-by") and archive["trusted"]:
        note("trusted", "contradicts 'signed-by'", "remove one of them")
    if archive["suites"] and all(map(is_flat, archive["suites"])) and archive.has("components"):
        note("components", "a flat repository (a suite that ends in '/') has no components", "remove it")
    if archive["snapshot"] and (archive["uri"] or "").startswith("file:"):
        note("snapshot", "a file: archive has no snapshots", "remove it")
    if archive["wait"]:
        check_awaited(archive["wait"], problems)
    for name in ("accept-codename", "accept-origin", "accept-label"):
        check_suite_names(archive, name, problems)


def check_suite_names(archive: Settings, key: str, problems: Problems) -> None:
    """Add a problem for each name in a mapping by suite that is none of an archive's suites."""
    names = archive[key] if isinstance(archive[key], dict) else ()
    for name in names:
        if name not in archive["suites"]:
            message = f"the archive has no suite {str(name)!r}"
            problems.add(name.origin, archive.path_of(key), message, suggest_candidate(name, archive["suites"]))


def check_awaited(wait: Settings, problems: Problems) -> None:
    """Add a problem for each awaited package whose version is none."""
    for package in wait["packages"] or ():
        try:
            parse_relation(package)
        except RelationError as error:
            message = f"{str(package)!r}: {error.message}"
            problems.add(package.origin, wait.path_of("packages"), message, "such as hello (>= 2.10-3)")


def check_archive_names(compose: Settings, problems: Problems) -> None:
    """Add a problem for an archive that has the name of another one's debug archive."""
    archives: dict[Any, Settings] = compose["archives"]
    for name, archive in archives.items():
        owner = name.removesuffix("-debug")
        if owner != name and owner in archives and archives[owner].has("debug"):
            message = f"the name {str(name)!r} is that of the debug archive of {owner!r}"
            problems.add(name.origin, archive.path, message, "rename it")


def check_extra_file(extra: Settings, problems: Problems) -> None:
    """Add a problem for keys that an extra file lacks."""
    for name, needed in (("url", "sha256"), ("deb", "path")):
        if extra.has(name) and not extra.has(needed):
            problems.add(extra.origin_of(name), extra.path, f"the key {needed!r} is missing", f"{name!r} needs it")


def get_variant_arches(compose: Settings, variant: Settings) -> tuple[Word, ...]:
    """Return a variant's arches."""
    return tuple(variant["arches"] or compose["arches"])


def check_variant(compose: Settings, name: Word, variant: Settings, problems: Problems) -> None:
    """Add a problem for keys that do not fit together in a variant."""
    if name.casefold() in RESERVED:
        message = f"{str(name)!r} is the name of another file or folder of the compose"
        problems.add(name.origin, variant.path, message, "rename it")
    for arch in variant["arches"]:
        if compose["arches"] and arch not in compose["arches"]:
            hint = f"the compose has {', '.join(compose['arches'])}"
            problems.add(arch.origin, variant.path_of("arches"), f"{str(arch)!r} is not an arch of the compose", hint)
    content = ("packages", "optional", "addons", "images")
    if not any(variant.has(key) for key in content) and not variant["empty"]:
        hint = "add the key 'packages' to it, or 'empty: true'"
        problems.add(name.origin, variant.path, "has neither packages nor images", hint, (*content, "empty"))
    for addon in variant["addons"]:
        if addon.casefold() in COMPONENTS:
            message = f"{str(addon)!r} is one of the variant's own components"
            problems.add(addon.origin, variant.path_of("addons"), message, "rename it")
    if variant["debug"] and not any(archive.has("debug") for archive in compose["archives"].values()):
        hint = "add 'debug: {uri: …, suites: […]}' to an archive"
        problems.add(variant.origin_of("debug"), variant.path_of("debug"), "no archive has -dbgsym packages", hint)
    for settings in walk(variant):
        if settings.record.model is ExtraFile:
            check_extra_file(settings, problems)


def check_lookaside(compose: Settings, variants: dict[str, Settings], problems: Problems) -> None:
    """Add a problem for lookaside variants that do not exist, lack an arch, or build on the variant themselves."""
    for name, variant in variants.items():
        path = variant.path_of("lookaside")
        for word in variant["lookaside"]:
            if word not in variants:
                problems.add(word.origin, path, f"there is no variant {str(word)!r}", suggest_candidate(word, variants))
                continue
            available = get_variant_arches(compose, variants[word])
            lacking = [arch for arch in get_variant_arches(compose, variant) if arch not in available]
            if lacking:
                hint = "give it these arches too, or take them from this variant"
                problems.add(word.origin, path, f"{str(word)!r} is not made for {', '.join(lacking)}", hint)
            chain = find_chain(variants, str(word), str(name))
            if chain:
                problems.add(
                    word.origin, path, f"{name!s} builds on itself: {' -> '.join((str(name), *chain))}", "take one out"
                )


def find_chain(variants: dict[str, Settings], start: str, target: str) -> tuple[str, ...]:
    """Return the shortest chain of lookaside variants from `start` to `target`; empty if there is none."""
    waiting: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for chain in waiting:
        if chain[-1] == target:
            return chain
        for following in variants[chain[-1]]["lookaside"]:
            if following in variants and following not in seen:
                seen.add(str(following))
                waiting.append((*chain, str(following)))
    return ()


def check_refs(compose: Settings, variants: dict[str, Settings], problems: Problems) -> None:
    """Add a problem for an OSTree image that would be committed to the ref of another one."""
    owners: dict[str, str] = {}
    for name, variant in variants.items():
        for image_name, image in variant["images"].items():
            if image["kind"] != OstreeImage.kind:
                continue
            for arch in image["arches"] or get_variant_arches(compose, variant):
                owner = f"{name}.{image_name}"
                ref = fill_in(str(image["ref"]), variant=str(name), arch=str(arch), image=str(image_name))
                if owners.setdefault(ref, owner) != owner:
                    message, hint = (
                        f"{ref!r} is also the ref of {owners[ref]}",
                        "use {variant}, {image} and {arch} in the ref",
                    )
                    problems.add(image.origin_of("ref"), image.path_of("ref"), message, hint)


def check_title(compose: Settings, problems: Problems) -> None:
    """Add a problem for a name that GRUB's shell cannot read in the list of deployments that ostree writes."""
    release = compose["release"]
    if not release or not release["name"] or release["identity"] != "release":
        return
    unreadable = sorted(set(release["name"]) & UNREADABLE)
    kinds = {image["kind"] for variant in compose["variants"].values() for image in variant["images"].values()}
    if unreadable and OstreeImage.kind in kinds:
        message = f"GRUB cannot read {' '.join(unreadable)} in the titles of deployments"
        hint = "take another name, or write 'identity: debian'"
        problems.add(release.origin_of("name"), release.path_of("name"), message, hint)


def fill_in(text: str, **values: str) -> str:
    """Return a text with some of its placeholders replaced."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
