"""What must hold between the keys of a config once each is right by itself: archives, variants, what is built yet."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from composelib.config.checks.image import check_images
from composelib.config.keys.record import Settings
from composelib.config.yaml.nodes import Word
from composelib.config.yaml.problems import Problems, did_you_mean

RESERVED = frozenset(
    name.casefold()
    for name in (
        "ostree", "metadata", "COMPOSE_ID", "STATUS", "SHA256SUMS", "SHA256SUMS.sign", "SHA512SUMS", "SHA512SUMS.sign",
        "archive-key.asc", "report.html", "latest",
    )
)  # fmt: skip
"""Names in a compose's tree that are not a variant's."""
COMPONENTS = frozenset({"main", "debug", "optional"})
"""What a variant's repository has beside its addons."""
ONLY_URI = ("suites", "components", "arches", "signed-by", "trusted", "allow-expired", "snapshot", "debug")
STAGES = Path(__file__).parents[2] / "stages"


def check(compose: Settings, problems: Problems) -> None:
    """Note all that is wrong between keys."""
    check_required(compose, problems)
    check_built(compose, problems)
    if compose["type"] == "production" and not compose.given("label"):
        problems.add(compose.place("type"), "type", "production needs a label", "such as 'label: RC-1.0'")
    for archive in (compose["archives"] or {}).values():
        check_archive(archive, problems)
    check_archive_names(compose, problems)
    variants: dict[Any, Settings] = compose["variants"] or {}
    for name, variant in variants.items():
        check_variant(compose, name, variant, problems)
        check_images(variant, variants, arches_of(compose, variant), problems, built())
    check_lookaside(compose, variants, problems)
    check_refs(compose, variants, problems)


def everything(settings: Settings) -> Iterator[Settings]:
    """Give settings and all records within."""
    yield settings
    for inner in settings.inner():
        yield from everything(inner)


def check_required(compose: Settings, problems: Problems) -> None:
    """Note needed keys that are not there."""
    for settings in everything(compose):
        for key in settings.record.keys:
            if key.required and not settings.given(key.name):
                problems.add(settings.origin, settings.path, f"the key {key.name!r} is missing", key.doc.rstrip("."))


@cache
def built() -> frozenset[str]:
    """Give the names of the stages there are."""
    return frozenset(found.name for found in pkgutil.iter_modules([str(STAGES)]))


def check_built(compose: Settings, problems: Problems) -> None:
    """Note keys that ask for what no stage does yet."""
    for settings in everything(compose):
        for name, value in settings.values.items():
            key = settings.record.key(name)
            if not key.is_built(value, built()):
                path = f"{settings.path}.{name}" if settings.path else name
                what = f"{str(value)!r} is not built yet" if isinstance(value, Word) else "not built yet"
                problems.add(settings.place(name), path, what, "leave the key out")


def check_archive(archive: Settings, problems: Problems) -> None:
    """Note what does not fit together in an archive."""
    kinds = [name for name in ("uri", "debs", "build") if archive.given(name)]
    if len(kinds) != 1:
        message = f"{' and '.join(kinds) or 'nothing'} given" if kinds else "says not where its packages come from"
        problems.add(archive.origin, archive.path, message, "exactly one of 'uri', 'debs' and 'build' is wanted")
        return
    if kinds == ["uri"]:
        check_apt_archive(archive, problems)
    else:
        for name in ONLY_URI:
            if archive.given(name):
                problems.add(
                    archive.place(name), f"{archive.path}.{name}", f"has no meaning with {kinds[0]!r}", "remove it"
                )
    for source in archive["build"] or ():
        exactly_one(source, ("dsc", "dir", "git"), problems)
        only_with(source, "ref", ("git",), problems)


def check_apt_archive(archive: Settings, problems: Problems) -> None:
    """Note what an archive with a `uri` lacks."""
    if not archive.given("suites"):
        problems.add(archive.origin, archive.path, "the key 'suites' is missing", "such as 'suites: [bookworm]'")
    if not archive.given("signed-by") and not archive["trusted"]:
        hint = "the keyring's file, or 'trusted: true' to take it unsigned"
        problems.add(archive.origin, archive.path, "the key 'signed-by' is missing", hint)
    if archive.given("signed-by") and archive["trusted"]:
        problems.add(
            archive.place("trusted"), f"{archive.path}.trusted", "contradicts 'signed-by'", "remove one of them"
        )
    if archive["suites"] and all(map(flat, archive["suites"])) and archive.given("components"):
        message = "a flat repository (a suite that ends in '/') has no components"
        problems.add(archive.place("components"), f"{archive.path}.components", message, "remove it")
    if archive["snapshot"] and (archive["uri"] or "").startswith("file:"):
        problems.add(
            archive.place("snapshot"), f"{archive.path}.snapshot", "a file: archive has no snapshots", "remove it"
        )
    debug = archive["debug"]
    if debug is not None:
        for name in ("uri", "suites"):
            if not debug.given(name):
                problems.add(debug.origin, debug.path, f"the key {name!r} is missing")


def flat(suite: str) -> bool:
    """Tell whether a suite is the folder of a flat repository."""
    return suite.endswith("/")


def check_archive_names(compose: Settings, problems: Problems) -> None:
    """Note an archive whose name another one's debug archive has."""
    archives: dict[Word, Settings] = compose["archives"] or {}
    for name in archives:
        owner = name.removesuffix("-debug")
        if owner != name and owner in archives and archives[owner].given("debug"):  # type: ignore[index] # a Word is a str
            message = f"the name {str(name)!r} is that of the debug archive of {owner!r}"
            problems.add(name.origin, f"archives.{name}", message, "rename it")


def exactly_one(settings: Settings, names: tuple[str, ...], problems: Problems) -> None:
    """Note when none or several of some keys are given."""
    given = [name for name in names if settings.given(name)]
    if len(given) != 1:
        message = f"{' and '.join(given)} given" if given else "says not where it comes from"
        wanted = f"exactly one of {', '.join(names)} is wanted"
        problems.add(settings.place(given[1]) if given else settings.origin, settings.path, message, wanted)


def only_with(settings: Settings, name: str, others: tuple[str, ...], problems: Problems) -> None:
    """Note a key that says nothing without one of the others."""
    if settings.given(name) and not any(settings.given(other) for other in others):
        wanted = " or ".join(map(repr, others))
        problems.add(settings.place(name), f"{settings.path}.{name}", f"has a meaning only with {wanted}", "remove it")


def check_extra_file(extra: Settings, problems: Problems) -> None:
    """Note what does not fit together in a file to be put somewhere."""
    exactly_one(extra, ("file", "git", "url", "deb"), problems)
    only_with(extra, "ref", ("git",), problems)
    only_with(extra, "path", ("git", "deb"), problems)
    only_with(extra, "sha256", ("url",), problems)
    for name, needed in (("url", "sha256"), ("deb", "path")):
        if extra.given(name) and not extra.given(needed):
            problems.add(extra.place(name), extra.path, f"the key {needed!r} is missing", f"{name!r} needs it")


def arches_of(compose: Settings, variant: Settings) -> tuple[Word, ...]:
    """Give a variant's arches."""
    return tuple(variant["arches"] or compose["arches"] or ())


def check_variant(compose: Settings, name: Word, variant: Settings, problems: Problems) -> None:
    """Note what does not fit together in a variant."""
    if name.casefold() in RESERVED:
        problems.add(
            name.origin, variant.path, f"{str(name)!r} is the name of something else in a compose", "rename it"
        )
    for arch in variant["arches"] or ():
        if compose["arches"] and arch not in compose["arches"]:
            hint = f"the compose has {', '.join(compose['arches'])}"
            problems.add(arch.origin, f"{variant.path}.arches", f"{str(arch)!r} is no arch of the compose", hint)
    if not any(variant.given(key) for key in ("packages", "optional", "addons", "images")):
        problems.add(name.origin, variant.path, "has neither packages nor images", "give it 'packages'")
    for addon in variant["addons"]:
        if addon.casefold() in COMPONENTS:
            problems.add(
                addon.origin,
                f"{variant.path}.addons",
                f"{str(addon)!r} is a component of the variant's own",
                "rename it",
            )
    debugs = [archive for archive in (compose["archives"] or {}).values() if archive.given("debug")]
    if variant["debug"] and not debugs:
        hint = "give an archive 'debug: {uri: …, suites: […]}'"
        problems.add(variant.place("debug"), f"{variant.path}.debug", "no archive has -dbgsym packages", hint)
    for settings in everything(variant):
        if settings.record.name == "extra-file":
            check_extra_file(settings, problems)


def check_lookaside(compose: Settings, variants: dict[str, Settings], problems: Problems) -> None:
    """Note lookaside variants that are not there, have too few arches or build on what builds on them."""
    for name, variant in variants.items():
        path = f"{variant.path}.lookaside"
        for other in variant["lookaside"] or ():
            if other not in variants:
                problems.add(other.origin, path, f"there is no variant {str(other)!r}", did_you_mean(other, variants))
                continue
            lacking = [arch for arch in arches_of(compose, variant) if arch not in arches_of(compose, variants[other])]
            if lacking:
                hint = "give it these arches too, or take them from this variant"
                problems.add(other.origin, path, f"{str(other)!r} is not made for {', '.join(lacking)}", hint)
            chain = way_back(variants, str(other), str(name))
            if chain:
                problems.add(other.origin, path, f"{name!s} builds on itself: {' -> '.join((str(name), *chain))}")


def way_back(variants: dict[str, Settings], start: str, target: str) -> tuple[str, ...]:
    """Give the shortest chain of lookaside variants from `start` to `target`; nothing if there is none."""
    waiting: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for chain in waiting:
        if chain[-1] == target:
            return chain
        for following in variants[chain[-1]]["lookaside"] or ():
            if following in variants and following not in seen:
                seen.add(str(following))
                waiting.append((*chain, str(following)))
    return ()


def check_refs(compose: Settings, variants: dict[str, Settings], problems: Problems) -> None:
    """Note an OSTree image that would be committed to another one's ref."""
    owners: dict[str, str] = {}
    for name, variant in variants.items():
        for image_name, image in variant["images"].items():
            if image["kind"] != "ostree":
                continue
            for arch in image["arches"] or arches_of(compose, variant):
                own = f"{name}.{image_name}"
                ref = filled_in(str(image["ref"]), variant=str(name), arch=str(arch), image=str(image_name))
                if owners.setdefault(ref, own) != own:
                    message = f"{ref!r} is the ref of {owners[ref]} too"
                    problems.add(
                        image.place("ref"),
                        f"{image.path}.ref",
                        message,
                        "{variant}, {image} and {arch} tell refs apart",
                    )


def filled_in(text: str, **values: str) -> str:
    """Give a text with some of its placeholders filled in."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
