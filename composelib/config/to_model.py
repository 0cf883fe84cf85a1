"""Settings that are right to the model's values."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from composelib.config.checks.compose import flat
from composelib.config.keys.record import Settings
from composelib.config.yaml.nodes import Word
from composelib.model.archive import Archive, BuildSource
from composelib.model.compose import Compose
from composelib.model.image import IMAGE_KINDS, Customize, ExtraFile, Image, User
from composelib.model.origin import Seed
from composelib.model.release import Base, Release
from composelib.model.variant import OPTIONAL, Addon, Multiarch, Variant


def compose_of(settings: Settings, **given: Any) -> Compose:
    """Give the compose that settings describe; `given` are the fields that the config does not have."""
    fields = settings.fields()
    for name in ("include", "groups"):
        del fields[name]
    arches = tuple(map(str, settings["arches"]))
    fields |= {
        "release": release(settings["release"]),
        "archives": tuple(archive(str(name), one) for name, one in settings["archives"].items()),
        "variants": tuple(variant(str(name), one, arches) for name, one in settings["variants"].items()),
        "label": fields["label"] or "",
        "sign": fingerprint(settings["sign"]),
        "notify": tuple(map(str, settings["notify"] or ())),
        "base_url": fields["base_url"] or "",
    }
    return Compose(**fields, **given)


def fingerprint(sign: Settings | None) -> str | None:
    """Give a key's fingerprint in upper case, without 0x."""
    return str(sign["key"]).removeprefix("0x").upper() if sign else None


def release(settings: Settings) -> Release:
    """Give what is released."""
    base = settings["base"]
    return Release(**settings.fields() | {"base": Base(**base.fields()) if base else None})


def archive(name: str, settings: Settings) -> Archive:
    """Give an archive; its debug archive takes over what it does not say itself."""
    fields = settings.fields() | {"name": name, "origin": settings.origin}
    debug, suites = settings["debug"], fields["suites"] or ()
    if not settings["uri"] or all(map(flat, suites)):
        fields["components"] = ()
    fields |= {
        "uri": fields["uri"] or "",
        "suites": suites,
        "arches": fields["arches"] or (),
        "snapshot": fields["snapshot"] or "",
        "build": tuple(build_source(one) for one in settings["build"] or ()),
        "debug": None,
    }
    if debug:
        own = {key: value for key, value in debug.fields().items() if value is not None}
        flags = {
            key: fields[key] for key in ("arches", "trusted", "allow_expired", "snapshot", "lookaside", "priority")
        }
        inherited = {"components": fields["components"], "signed_by": fields["signed_by"], **flags}
        fields["debug"] = Archive(name=f"{name}-debug", origin=debug.origin, **inherited | own)
    return Archive(**fields)


def build_source(settings: Settings) -> BuildSource:
    """Give a source package to be built."""
    fields = texts(settings)
    ref = fields["ref"] if fields["git"] else ""
    return BuildSource(
        settings.origin, fields["dsc"], settings["dir"], fields["git"], ref, settings.fields()["profiles"] or ()
    )


def texts(settings: Settings) -> dict[str, Any]:
    """Give the fields with empty texts for those not given."""
    return {key: "" if value is None else value for key, value in settings.fields().items()}


def seeds(words: tuple[Word, ...] | None) -> tuple[Seed, ...]:
    """Give a list's entries with their places."""
    return tuple(Seed(str(word), word.origin) for word in words or ())


def variant(name: str, settings: Settings, arches: tuple[str, ...]) -> Variant:
    """Give a variant, `arches` being the compose's."""
    fields = settings.fields()
    del fields["extends"]
    own = tuple(arch for arch in arches if arch in (fields["arches"] or arches))
    images = tuple(image(str(key), one, own) for key, one in settings["images"].items())
    addons = [Addon(str(key), seeds(one["packages"]), seeds(one["exclude"])) for key, one in settings["addons"].items()]
    if fields.pop("optional"):
        addons.append(Addon(OPTIONAL, seeds(settings["optional"])))
    fields |= {
        "arches": own,
        **{key: seeds(settings[key]) for key in ("packages", "exclude", "pinned")},
        "multiarch": multiarch(settings["multiarch"]),
        "lookaside": fields["lookaside"] or (),
        "extra_files": extra_files(settings["extra-files"]),
        "addons": tuple(addons),
        "images": images,
    }
    return Variant(name=name, origin=settings.origin, **fields)


def multiarch(settings: Settings | None) -> Multiarch | None:
    """Give the foreign packages of a variant."""
    if settings is None:
        return None
    fields = settings.fields()
    return Multiarch(fields["foreign"], fields["sets"], seeds(settings["include"]), seeds(settings["exclude"]))


def extra_files(listed: tuple[Settings, ...] | None) -> tuple[ExtraFile, ...]:
    """Give files to be put somewhere."""
    found = []
    for settings in listed or ():
        fields = texts(settings)
        ref = fields["ref"] if fields["git"] else ""
        found.append(ExtraFile(origin=settings.origin, **fields | {"file": settings["file"], "ref": ref}))
    return tuple(found)


def image(name: str, settings: Settings, arches: tuple[str, ...]) -> Image:
    """Give an image, `arches` being its variant's."""
    fields = texts(settings)
    own = tuple(arch for arch in arches if arch in (settings["arches"] or arches))
    failable, boot = settings["failable"], settings["boot"]
    made_of = fields.pop("from")
    fields |= {
        "origin": settings.origin,
        "arches": own,
        "failable": own if failable is True else tuple(map(str, failable or ())),
        "packages": seeds(settings["packages"]),
        "exclude": seeds(settings["exclude"]),
        "max_size": settings["max-size"] or 0,
        "size": settings["size"] or 0,
        "scripts": settings["scripts"] or (),
        "files": extra_files(settings["files"]),
        "customize": customize(settings["customize"]),
        "boot": "login:" if boot is True else str(boot or ""),
        "extra_variants": fields["extra_variants"] or (),
        "preseed": settings["preseed"],
        "formats": fields["formats"] or (),
        "ref": fields["ref"] if settings["kind"] == "ostree" else "",
        "origin_image": made_of,
    }
    kind = next(kind for kind in IMAGE_KINDS if kind.kind == settings["kind"])
    names = {field.name for field in dataclasses.fields(kind)}
    return kind(name=name, **{key: value for key, value in fields.items() if key in names})


def customize(settings: Settings | None) -> Customize:
    """Give what is set in an image."""
    if settings is None:
        return Customize()
    fields = texts(settings)
    users = tuple(user(str(name), one) for name, one in (settings["users"] or {}).items())
    lists = {key: fields[key] or () for key in ("enable", "disable")}
    return Customize(**fields | lists | {"users": users})


def user(name: str, settings: Settings) -> User:
    """Give a user."""
    fields = texts(settings)
    return User(name, fields["password"], fields["groups"] or (), fields["ssh_keys"] or (), fields["shell"])


def relative_to_here(path: Path) -> Path:
    """Give a path as the user sees it from where the program runs, if it is below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path
