"""The compose as a value, parsed once; no file is read or written."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE
from composelib.model.archive import Archive
from composelib.model.build import Build
from composelib.model.build_source import CROSS_ROOT
from composelib.model.deliverable import Deliverable, ImageT_co
from composelib.model.image import IsoImage
from composelib.model.image_traits import Image
from composelib.model.jobs import Jobs
from composelib.model.keys.common import ARCHES, PACKAGES, URL
from composelib.model.keys.declaration import ConfigKey, key
from composelib.model.keys.value_types import Choice, FilePath, ListOf, MapOf, RecordOf, Text
from composelib.model.limits import Limits
from composelib.model.paths import ComposePaths
from composelib.model.release import Release
from composelib.model.selection import Selection
from composelib.model.variant import Variant

FINGERPRINT = Text(
    "a fingerprint",
    r"(?:0x)?(?:[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})",
    "all 40 digits, as gpg --list-secret-keys prints them",
)


@dataclass(frozen=True)
class Sign:
    """The key that signs, or several."""

    one_of: ClassVar[tuple[str, ...]] = ("key", "keys")

    keys: tuple[str, ...] = key(
        "Fingerprints of several keys, each of which signs: the new one and the old, while one takes over.",
        ListOf(FINGERPRINT, "fingerprints"),
    )
    key: str = key("Fingerprint of a key in GNUPGHOME.", FINGERPRINT)


def make_texts(paths: tuple[Path, ...]) -> tuple[str, ...]:
    """Return paths as texts."""
    return tuple(map(str, paths))


def join_fingerprints(sign: Sign) -> str:
    """Return the keys' fingerprints in upper case, without 0x, separated by blanks."""
    return " ".join(key.removeprefix("0x").upper() for key in (*filter(None, [sign.key]), *sign.keys))


VERSIONS = r"(?:(?:>=|<|==)\s*[0-9]{1,9}(?:\.[0-9]{1,9})*\s*(?:,\s*|$))+"


@dataclass(frozen=True)
class Compose:
    """A compose.

    Paths are relative to the checkout.
    """

    include: ClassVar[ConfigKey] = ConfigKey(
        "Config files that this one overrides, as a later one overrides an earlier one; paths are relative to this one.",
        ListOf(Text("a file", r"[^\0]+"), "files"),
    )

    requires: ClassVar[ConfigKey] = ConfigKey(
        "The versions of deb-compose that read this config, such as `>=0.3` or `>=0.3, <1`; another refuses it.",
        Text("versions such as >=0.3", VERSIONS),
    )

    name: str
    config: Path
    files: tuple[Path, ...]
    """The config file, the files it includes, outermost first, and the package lists it imports."""
    release: Release = key("What is released.", RecordOf(Release), required=True)
    type: Literal["production", "nightly", "test", "ci", "development"] = key(
        "What the compose is for.",
        Choice(("production", "nightly", "test", "ci", "development")),
        default="development",
        explicit=True,
    )
    arches: tuple[str, ...] = key("The arches.", ARCHES, required=True)
    archives: tuple[Archive, ...] = key(
        "Where packages come from, by name.", MapOf(RecordOf(Archive), "archive"), required=True
    )
    groups: ClassVar[ConfigKey] = ConfigKey(
        "Lists of packages that `@NAME` stands for.", MapOf(PACKAGES, "group", may_be_empty=True), default={}
    )
    variants: tuple[Variant, ...] = key(
        "The parts of the release, by name.", MapOf(RecordOf(Variant), "variant"), required=True
    )
    label: str = key(
        "EA, Alpha, Beta, Snapshot, RC, GA, Update or SecurityFix with a number; production needs one.",
        Text("a label such as RC-1.0", r"(?:EA|Alpha|Beta|Snapshot|RC|GA|Update|SecurityFix)-\d{1,4}\.\d{1,4}"),
    )
    sign: str | None = key(
        "The key that signs; without it a key of the checkout's own in `keys/` beside `composes/`, made on first use.",
        RecordOf(Sign),
        convert=join_fingerprints,
    )
    """Its fingerprint, or those of several, separated by blanks; None for a key of the checkout's own."""
    notify: tuple[str, ...] = key(
        "Programs called with an event's name, and JSON on standard input.",
        ListOf(FilePath("file"), "programs"),
        convert=make_texts,
    )
    gate: Literal["off", "no-worse"] = key(
        "`no-worse`: fail when a package that the last published compose could install no longer can be installed.",
        Choice(("off", "no-worse")),
        default="off",
    )
    latest: Literal["finished", "incomplete"] = key(
        "`incomplete`: publishing moves the link `latest` also to a compose of which a failable image failed.",
        Choice(("finished", "incomplete")),
        default="finished",
    )
    jobs: Jobs | None = key("How many tasks of a kind are run at a time, within what `-n` allows.", RecordOf(Jobs))
    limits: Limits | None = key("What a run may take of the machine's connection to others.", RecordOf(Limits))
    base_url: str = key("The URL that the compose will be offered at; goes into its metadata.", URL)
    build: Path = Path("build")
    """The folder that all composes of the checkout share: it has the store, and a folder for each compose."""
    offline: bool = False
    locked: bool = False
    selection: Selection | None = None
    """The arches and variants that a call is limited to; None for all."""
    digest: str = ""
    """SHA256 over the bytes of `files`, as they were read."""

    @cached_property
    def paths(self) -> ComposePaths:
        """Where each artifact lies."""
        return ComposePaths(self.name, self.config, self.release, self.build)

    def deliverables(self, kind: builtins.type[ImageT_co]) -> tuple[Deliverable[ImageT_co], ...]:
        """Return the images of a kind, or of several kinds with a common base class, with each arch they are made for."""
        return tuple(
            Deliverable(variant, arch, image)
            for variant in self.variants
            for image in variant.images
            if isinstance(image, kind)
            for arch in image.delivered_arches
        )

    @property
    def served_archives(self) -> tuple[Archive, ...]:
        """The archives that have Release files, those of debug symbols included if a variant has them."""
        debug = any(variant.debug for variant in self.variants)
        both = ((archive, archive.debug if debug else None) for archive in self.archives)
        return tuple(archive for pair in both for archive in pair if archive and archive.uri)

    @property
    def builds(self) -> tuple[Build, ...]:
        """The builds of all source packages, for each arch; packages of arch `all` are built once."""
        first = "amd64" if "amd64" in self.arches else self.arches[0]
        return tuple(
            Build(archive, source, arch, CROSS_ROOT if source.cross else arch, arch == first)
            for archive in self.archives
            for source in archive.build
            for arch in self.arches
        )

    @property
    def root_arches(self) -> tuple[str, ...]:
        """The arches of the roots that packages are built or tested in."""
        tested = (build.arch for build in self.builds if build.archive.test)
        return tuple(dict.fromkeys((*(build.root_arch for build in self.builds), *tested)))

    def lookasides(self, variant: Variant) -> tuple[Variant, ...]:
        """Return the variants that a variant builds on, directly or through others, in the config's order."""
        lookasides = {candidate.name: candidate.lookaside for candidate in self.variants}
        names = list(variant.lookaside)
        for name in names:
            names += [further for further in lookasides.get(name, ()) if further not in names]
        return tuple(candidate for candidate in self.variants if candidate.name in {*names} - {variant.name})

    def package_indices(self, variant: Variant, arch: str) -> tuple[Path, ...]:
        """Return the Packages files that a machine of an arch reads from a variant, with those of foreign arches."""
        return tuple(
            self.paths.packages_index(variant.name, name, component)
            for name in dict.fromkeys((arch, *variant.foreign_arches))
            for component in variant.components(name)
        )

    def extra_file_lists(self, deliverable: Deliverable[Image]) -> tuple[Path, ...]:
        """Return the lists of the extra files in an image: its variant's if it is a medium of packages, its own, its source's."""
        variant, image, source = deliverable.variant, deliverable.image, deliverable.source
        files = {"": variant.extra_files if isinstance(image, IsoImage) else (), image.name: image.files}
        files |= {source.name: source.files} if source else {}
        names = [name for name, entries in files.items() if entries and deliverable.arch != SOURCE]
        return tuple(self.paths.extra_files(variant.name, deliverable.arch, name) for name in names)

    def index_groups(self, variant: Variant) -> Iterator[tuple[str, tuple[Path, ...]]]:
        """Yield the indices that apt reads and takes patches for, uncompressed: by each arch, and by each language."""
        for arch in variant.index_arches:
            names = variant.index_names(arch)
            indices = [self.paths.packages_index(variant.name, arch, name) for name in names]
            if "contents" in variant.indices and arch != SOURCE:
                indices += (self.paths.contents(variant.name, arch, name) for name in names)
            yield arch, tuple(indices)
        for language in variant.translations:
            names = variant.components("")
            yield language, tuple(self.paths.translation(variant.name, language, name) for name in names)

    def lookaside_pkgsets(self, arch: str) -> tuple[Path, ...]:
        """Return the stanzas for an arch of the archives whose packages only satisfy dependencies."""
        return tuple(
            self.paths.pkgset(archive, arch)
            for archive in self.archives
            if archive.lookaside and archive.has_packages_for(arch)
        )

    def background_indices(self, variant: Variant, arch: str) -> tuple[Path, ...]:
        """Return the lists of packages that only satisfy dependencies: of the variants it builds on and lookaside archives."""
        built_on = (
            path
            for lookaside in self.lookasides(variant)
            if arch in lookaside.arches
            for path in self.package_indices(lookaside, arch)
        )
        return (*built_on, *self.lookaside_pkgsets(arch))

    def image_repositories(self, variant: Variant, arch: str) -> tuple[Variant, ...]:
        """Return the variants from whose repositories a variant's images are made on an arch: it and its lookasides."""
        by_name = {candidate.name: candidate for candidate in self.variants}
        variants = [by_name[name] for name in (variant.name, *variant.lookaside) if name in by_name]
        return tuple(candidate for candidate in variants if arch in candidate.arches)

    @property
    def required_results(self) -> tuple[Path, ...]:
        """The files that exist only once every required task has succeeded; release steps depend on them."""
        sums = tuple(
            self.paths.sum_file(path)
            for deliverable in self.deliverables(Image)
            if not deliverable.failable
            for path in self.paths.image_files(deliverable.variant.name, deliverable.arch, deliverable.image)
        )
        closures = tuple(
            self.paths.work("repoclosure", variant.name, f"{arch}.json")
            for variant in self.variants
            if variant.strict != "off"
            for arch in variant.arches
        )
        return (*closures, *sums)
