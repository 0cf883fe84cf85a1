"""Where each artifact of a compose lies; asking makes no file and no directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from composelib.model.arch import SOURCE
from composelib.model.archive import Archive
from composelib.model.image import Image
from composelib.model.release import Release

STORE = "store/sha256"
LATEST = "latest"


def locate_stored(store: Path, sha256: str) -> Path:
    """Return the path of a package file in a store, by its SHA256 in hex."""
    return store / sha256[:2] / sha256


@dataclass(frozen=True)
class ComposePaths:
    """The paths of a compose, relative to the checkout as `build` is."""

    name: str
    config: Path
    release: Release
    build: Path

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

    @property
    def store(self) -> Path:
        """The package files of all composes of the checkout."""
        return self.build / STORE

    def stored(self, sha256: str) -> Path:
        """The place of a package file in the store, by its SHA256 in hex."""
        return locate_stored(self.store, sha256)

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

    def installable(self, variant: str, arch: str, image: str) -> Path:
        """Left when a medium has all it takes to install."""
        return self.work("installable", variant, f"{arch}-{image}")

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

    def further_discs(self, variant: str, arch: str, image: str) -> Path:
        """The ISOs of a set after its first: a tree list."""
        return self.work("createiso", variant, f"{arch}-{image}.list")

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
        folder = self.tree / variant / arch / image.folder
        return tuple(folder / self.image_name(variant, arch, image.name, suffix) for suffix in image.suffixes)

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

    def extra_files(self, variant: str, arch: str, image: str = "") -> Path:
        """The list of a variant's extra files, or of a medium's own; the files are in the folder `extra` beside it."""
        if image:
            return self.work("extra_files", variant, f"{arch}-{image}", "extra_files.json")
        return self.tree / variant / arch / "extra_files.json"

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
    def latest(self) -> Path:
        """The link to the compose that was published last."""
        return self.published / LATEST

    @property
    def epoch(self) -> Path:
        """The file that holds SOURCE_DATE_EPOCH: the newest Date of the archives' Release files, in seconds."""
        return self.work("epoch", "SOURCE_DATE_EPOCH")

    @property
    def key_home(self) -> Path:
        """GNUPGHOME of the checkout's own key, when `sign` is not given."""
        return self.build / "keys"
