"""The compose as a value, parsed once, and where each of its artifacts lies; nothing here touches the disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

SOURCE = "source"  # the arch of source packages
INSTALLER = "main/debian-installer"  # the part of a repository that is for the installer: its udebs
STORE = "store/sha256"


@dataclass(frozen=True)
class Origin:
    """A place in a config file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """Give FILE:LINE:COLUMN, as compilers do."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Seed:
    """An entry of a list of packages, as written: a relation, an apt-pattern, a task; groups are already expanded."""

    text: str
    origin: Origin


@dataclass(frozen=True)
class Base:
    """The product that a layered product builds on."""

    short: str
    version: str


@dataclass(frozen=True)
class Release:
    """What is released."""

    name: str
    short: str
    version: str
    codename: str
    base: Base | None = None


@dataclass(frozen=True)
class BuildSource:
    """A source package that this compose builds: exactly one of dsc, directory and git is set."""

    origin: Origin
    dsc: str = ""
    directory: Path | None = None
    git: str = ""
    ref: str = ""
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Archive:
    """A place packages come from: an apt archive (uri), a folder of .debs (debs), or packages built here (build)."""

    name: str
    origin: Origin
    uri: str = ""
    """`host`, http(s)://…, file:/…; empty for `debs` and `build`."""
    suites: tuple[str, ...] = ()
    """Suites; one that ends in `/` is the directory of a flat repository."""
    components: tuple[str, ...] = ()
    signed_by: Path | None = None
    trusted: bool = False
    allow_expired: bool = False
    snapshot: str = ""
    lookaside: bool = False
    priority: int = 500
    debug: Archive | None = None
    """Where the -dbgsym packages are; its name is `NAME-debug`."""
    debs: Path | None = None
    build: tuple[BuildSource, ...] = ()


@dataclass(frozen=True)
class Multiarch:
    """Foreign-arch packages in a variant: those of `sets` (runtime, devel) plus `include` less `exclude`."""

    foreign: tuple[str, ...]
    sets: tuple[str, ...] = ("runtime",)
    include: tuple[Seed, ...] = ()
    exclude: tuple[Seed, ...] = ()


@dataclass(frozen=True)
class ExtraFile:
    """Something put into a tree or medium at `to`: exactly one of file, git, url and deb is set."""

    origin: Origin
    to: str = "/"
    file: Path | None = None
    git: str = ""
    ref: str = ""
    path: str = ""
    url: str = ""
    sha256: str = ""
    deb: str = ""


@dataclass(frozen=True)
class User:
    """A user of an image; `password` is a crypt(5) hash."""

    name: str
    password: str = ""
    groups: tuple[str, ...] = ()
    ssh_keys: tuple[str, ...] = ()
    shell: str = "/bin/bash"


@dataclass(frozen=True)
class Customize:
    """What every builder can be asked to set in an image."""

    hostname: str = ""
    locale: str = ""
    timezone: str = ""
    users: tuple[User, ...] = ()
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    kernel_append: str = ""


ImageKind = Literal["iso", "live", "disk", "ostree", "container", "ostree-installer", "netboot", "root"]


@dataclass(frozen=True)
class Image:
    """A deliverable that is not a repository."""

    name: str
    kind: ImageKind
    origin: Origin
    arches: tuple[str, ...]
    """The arches it is made for, a part of its variant's."""
    failable: tuple[str, ...] = ()
    """The arches on which it may fail."""
    packages: tuple[Seed, ...] = ()
    exclude: tuple[Seed, ...] = ()
    recommends: bool = False
    max_size: int = 0
    """Bytes; 0 for no limit."""
    scripts: tuple[Path, ...] = ()
    files: tuple[ExtraFile, ...] = ()
    customize: Customize = field(default_factory=Customize)
    boot: str = ""
    """A line to wait for when the image is booted as a test; empty for no boot (`true` waits for `login:`)."""
    # iso
    installer: bool = False
    split: bool = False
    jigdo: bool = False
    extra_variants: tuple[str, ...] = ()
    source: bool = False
    """An iso of source packages."""
    preseed: Path | None = None
    volume_id: str = ""
    # disk
    builder: str = "native"
    formats: tuple[str, ...] = ()
    size: int = 0
    """Bytes of a disk."""
    cloud_init: bool = False
    # ostree and what is made from it
    ref: str = ""
    origin_image: str = ""
    """`from`: the image of the same variant that this one is made of."""
    bootc: bool = False
    push: str = ""
    deltas: bool = True

    @property
    def made_for(self) -> tuple[str, ...]:
        """The arches it is a deliverable of: an iso of source packages is made once, for arch `source`."""
        return (SOURCE,) if self.source else self.arches

    def may_fail(self, arch: str) -> bool:
        """Whether it may fail on an arch; one of source packages may when it may on every arch."""
        return set(self.arches) <= set(self.failable) if arch == SOURCE else arch in self.failable


@dataclass(frozen=True)
class Addon:
    """A component of its variant's repository, chosen on top of the variant."""

    name: str
    packages: tuple[Seed, ...]
    exclude: tuple[Seed, ...] = ()


@dataclass(frozen=True)
class Variant:
    """A part of the release with a repository of its own; `extends` and groups are already worked in."""

    name: str
    origin: Origin
    arches: tuple[str, ...]
    packages: tuple[Seed, ...] = ()
    exclude: tuple[Seed, ...] = ()
    pinned: tuple[Seed, ...] = ()
    recommends: bool = False
    method: Literal["deps", "nodeps"] = "deps"
    alternatives: Literal["first", "all", "same-source"] = "first"
    fulltree: bool = False
    selfhosting: bool = False
    multiarch: Multiarch | None = None
    lookaside: tuple[str, ...] = ()
    sources: bool = False
    debug: bool = False
    strict: Literal["off", "lenient", "fatal"] = "fatal"
    extra_files: tuple[ExtraFile, ...] = ()
    addons: tuple[Addon, ...] = ()
    images: tuple[Image, ...] = ()

    @property
    def index_arches(self) -> tuple[str, ...]:
        """The arches that its repository has indices of: its own, foreign ones, and `source` when it has sources."""
        foreign = self.multiarch.foreign if self.multiarch else ()
        own = tuple(dict.fromkeys((*self.arches, *foreign)))
        return (*own, SOURCE) if self.sources else own

    def components(self, arch: str) -> tuple[str, ...]:
        """The components that its repository has for an arch: main, one for each addon, and `debug`."""
        names = ("main", *(addon.name for addon in self.addons))
        return (*names, "debug") if self.debug and arch != SOURCE else names

    def indexed(self, arch: str) -> tuple[str, ...]:
        """What has an index of its own for an arch: the components, and the installer's packages if there are any."""
        udebs = any(image.installer and arch in image.arches for image in self.images)
        return (*self.components(arch), INSTALLER) if udebs else self.components(arch)


@dataclass(frozen=True)
class Compose:
    """All that one config file describes, and where each artifact lies. Paths are relative to the checkout."""

    name: str
    config: Path
    files: tuple[Path, ...]
    """The config file and what it includes, outermost first."""
    release: Release
    type: Literal["production", "nightly", "test", "ci", "development"]
    arches: tuple[str, ...]
    archives: tuple[Archive, ...]
    variants: tuple[Variant, ...]
    label: str = ""
    sign: str | None = None
    """Fingerprint of a key in GNUPGHOME; None for a key of the checkout's own."""
    notify: tuple[str, ...] = ()
    gate: Literal["off", "no-worse"] = "off"
    base_url: str = ""
    build: Path = Path("build")
    """What all composes of the checkout share: the store and a folder for each."""
    offline: bool = False
    locked: bool = False
    digest: str = ""
    """SHA256 over the bytes of `files`, as they were read."""

    @property
    def root(self) -> Path:
        """The compose's own folder; the paths in `Task.trees` are relative to it."""
        return self.build / self.name

    @property
    def tree(self) -> Path:
        """What is released."""
        return self.root / "compose"

    @property
    def lock(self) -> Path:
        """The lock beside the config: which state of each archive the compose is made of when `locked`."""
        return self.config.with_suffix(".lock")

    def work(self, stage: str, *parts: str) -> Path:
        """An intermediate file of a stage."""
        return self.root.joinpath("work", stage, *parts)

    def log(self, stage: str, task: str) -> Path:
        """The log of a task, its name given without the stage's."""
        return self.root / "logs" / stage / f"{task.replace(':', '-') or stage}.log"

    def stored(self, sha256: str) -> Path:
        """The place of a package file in the store, by its SHA256 in hex."""
        return self.build / STORE / sha256[:2] / sha256

    def inrelease(self, archive: Archive, suite: str) -> Path:
        """The verified text of an archive's Release file."""
        return self.work("inrelease", archive.name, f"{suite.strip('/').replace('/', '_') or 'flat'}.Release")

    def signatures(self, archive: Archive) -> Path:
        """JSON: of each suite its URL, date, sha256 and signers, ETag; what a later run asks with."""
        return self.work("inrelease", archive.name, "suites.json")

    def pkgset(self, archive: Archive, arch: str) -> Path:
        """The stanzas of an archive for an arch (arch `all` included, or `source`), all suites one after another."""
        return self.work("pkgset", archive.name, f"{arch}.packages")

    def pkgset_index(self, archive: Archive, arch: str) -> Path:
        """Where in `pkgset` each name, provided name and field value is to be found."""
        return self.work("pkgset", archive.name, f"{arch}.index")

    def manifest(self, variant: str, arch: str) -> Path:
        """The gathered list with its reasons, as JSON: the format of docs/formats.md."""
        return self.work("gather", variant, f"{arch}.json")

    def chosen(self, variant: str, arch: str) -> Path:
        """The gathered packages' stanzas as the archive has them, sorted: all that later stages depend on."""
        return self.work("gather", variant, f"{arch}.packages")

    def fetched(self, variant: str, arch: str) -> Path:
        """The list of a variant's package files that are in the store: `SHA256 SIZE FILENAME` a line."""
        return self.work("fetch", variant, f"{arch}.list")

    def repository(self, variant: str) -> Path:
        """The root of a variant's apt repository."""
        return self.tree / variant / "repo"

    def suite(self, variant: str) -> Path:
        """The folder of a repository's one suite."""
        return self.repository(variant) / "dists" / self.release.codename

    def packages_index(self, variant: str, arch: str, component: str = "main") -> Path:
        """A repository's Packages file (or Sources, for arch `source`), uncompressed."""
        if arch == SOURCE:
            return self.suite(variant) / component / "source" / "Sources"
        return self.suite(variant) / component / f"binary-{arch}" / "Packages"

    def index_files(self, variant: str, arch: str, component: str = "main") -> tuple[Path, ...]:
        """All that an index consists of: plain, gzipped, xzipped, and the small Release file beside them."""
        plain = self.packages_index(variant, arch, component)
        packed = (plain.with_name(f"{plain.name}{suffix}") for suffix in (".gz", ".xz"))
        return (plain, *packed, plain.with_name("Release"))

    def pool_list(self, variant: str, arch: str) -> Path:
        """The pool files of a variant and arch: a tree list."""
        return self.work("createrepo", variant, f"{arch}.list")

    def release_file(self, variant: str) -> Path:
        """A repository's Release file; InRelease and Release.gpg lie beside it."""
        return self.suite(variant) / "Release"

    def image_name(self, variant: str, arch: str, image: str, suffix: str) -> str:
        """The file name of an image: `demo-12-Server-dvd-amd64.iso`."""
        return f"{self.release.short}-{self.release.version}-{variant}-{image}-{arch}{suffix}"

    def iso(self, variant: str, arch: str, image: str, suffix: str = ".iso") -> Path:
        """An ISO image or what lies beside it."""
        return self.tree / variant / arch / "iso" / self.image_name(variant, arch, image, suffix)

    def image(self, variant: str, arch: str, image: str, suffix: str) -> Path:
        """A disk image or OCI archive."""
        return self.tree / variant / arch / "images" / self.image_name(variant, arch, image, suffix)

    def image_files(self, variant: str, arch: str, image: Image) -> tuple[Path, ...]:
        """The files that an image is delivered as; a commit has none: it lies in the OSTree repository."""
        match image.kind:
            case "iso" | "live" | "ostree-installer" | "netboot":
                suffixes = (".iso", ".jigdo", ".template") if image.jigdo else (".iso",)
                return tuple(self.iso(variant, arch, image.name, suffix) for suffix in suffixes)
            case "disk" | "root":
                formats = image.formats or ("raw" if image.kind == "disk" else "tar",)
                return tuple(self.image(variant, arch, image.name, f".{suffix}") for suffix in formats)
            case "container":
                return (self.image(variant, arch, image.name, ".oci.tar"),)
            case "ostree":
                return ()

    def solved(self, variant: str, arch: str, image: str) -> Path:
        """The exact packages that a root file system has, as JSON: what all that is made of it depends on."""
        return self.work("solve", variant, f"{arch}-{image}.json")

    def rootfs(self, variant: str, arch: str, image: str) -> Path:
        """An image's root file system, as a tar."""
        return self.work("rootfs", variant, f"{arch}-{image}.tar")

    def commit(self, variant: str, arch: str, image: str) -> Path:
        """What was committed of an OSTree image, as JSON: ref, commit, version, kernel; the commit is in `ostree`."""
        return self.work("ostree", variant, f"{arch}-{image}.json")

    @staticmethod
    def sum_file(image: Path) -> Path:
        """The file beside an image that holds its SHA256, as sha256sum(1) writes it."""
        return image.with_name(f"{image.name}.sha256")

    def installer(self, variant: str, arch: str, *parts: str) -> Path:
        """A boot file of debian-installer."""
        return self.tree.joinpath(variant, arch, "installer", *parts)

    @property
    def ostree(self) -> Path:
        """The OSTree repository, in archive mode."""
        return self.tree / "ostree" / "repo"

    def metadata(self, name: str) -> Path:
        """A file of the compose's metadata."""
        return self.tree / "metadata" / name

    @property
    def archive_key(self) -> Path:
        """The public half of the key that signs, armored."""
        return self.tree / "archive-key.asc"

    @property
    def compose_id(self) -> Path:
        """The file that holds the compose ID."""
        return self.tree / "COMPOSE_ID"

    @property
    def content(self) -> Path:
        """The file that holds the digest of all that decides what is released: what the compose ID is the name of."""
        return self.work("compose_id", "content")

    @property
    def taken(self) -> Path:
        """Compose IDs, one a line, that have been published and must not be given again, whatever their content."""
        return self.published / ".taken"

    @property
    def status(self) -> Path:
        """The file that holds the compose's state in a word."""
        return self.tree / "STATUS"

    @property
    def checksums(self) -> Path:
        """The list of SHA256 sums of all images."""
        return self.tree / "SHA256SUMS"

    @property
    def published(self) -> Path:
        """The folder of frozen composes, a folder for each compose ID."""
        return self.root / "published"

    @property
    def epoch(self) -> Path:
        """The file that holds SOURCE_DATE_EPOCH: the newest Date of the archives' Release files, in seconds."""
        return self.work("epoch", "SOURCE_DATE_EPOCH")

    @property
    def key_home(self) -> Path:
        """GNUPGHOME of the checkout's own key, when `sign` is not given."""
        return self.build / "keys"
