"""The paths of all artifacts of a compose; no file or folder is created here."""

from __future__ import annotations

import re
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.archive import Archive
from composelib.model.image_traits import Image
from composelib.model.repository_paths import RepositoryPaths
from composelib.program import CONFIGS

STORE = "store/sha256"
OSTREE = "ostree/repo"
"""The OSTree repository below it."""
LATEST = "latest"
INDEX = "index.html"
"""The page beside the published composes."""
RUN_PAGE = "report.html"
"""The page about the last run, beside run.json."""
FORMER_KEY_HOME = "keys"
"""The folder within a build folder that earlier versions kept the checkout's own key in."""
LOCK = "metadata/lock.json"
"""The lock in a compose's tree."""
MARKER = ".deb-compose"
"""The file in a compose's folder that says whose folder it is."""
BUILD_MARKER = ".deb-compose-build"
"""The file that marks a build folder."""
EXTRA_FOLDER = "extra"
"""The folder of extra files, beside the list of them."""


def locate_stored(store: Path, sha256: str) -> Path:
    """Return the path of a package file in a store, by its SHA256 in hex."""
    return store / sha256[:2] / sha256


@dataclass(frozen=True)
class ComposePaths(RepositoryPaths):
    """The paths of a compose, relative to the checkout as `build` is."""

    @property
    def marker(self) -> Path:
        """The file that names the config and the release whose folder `root` is."""
        return self.root / MARKER

    @property
    def build_marker(self) -> Path:
        """The file that marks the build folder as one."""
        return self.build / BUILD_MARKER

    @property
    def lock(self) -> Path:
        """The lock beside the config: which state of each archive the compose is made of when `locked`."""
        return self.config.with_suffix(".lock")

    def log(self, stage: str, task: str) -> Path:
        """Return the path of a task's log; `task` is its name without the stage's."""
        return self.root / "logs" / stage / f"{task.replace(':', '-') or stage}.log"

    @property
    def store(self) -> Path:
        """The package files of all composes of the checkout."""
        return self.build / STORE

    @property
    def store_ledger(self) -> tuple[Path, ...]:
        """The store itself, its lock, and the file that says what in it was verified."""
        return (self.store, self.store.parent / "lock", self.store / "verified")

    @property
    def store_controls(self) -> Path:
        """The file that says what each .deb of the store is by its control file."""
        return self.store.parent / "controls"

    @property
    def store_contents(self) -> Path:
        """The folder of the lists of the files and licences in each .deb of the store."""
        return self.store.parent / "contents"

    def stored(self, sha256: str) -> Path:
        """Return the path of a package file in the store, by its SHA256 in hex."""
        return locate_stored(self.store, sha256)

    @property
    def any_stored(self) -> Path:
        """The files in the store, as a pattern."""
        return self.store / "*" / "*"

    @property
    def shared_memory(self) -> Path:
        """The folder of what all composes of the build folder remember of archives."""
        return self.store.parent / "archives"

    @property
    def own_memory(self) -> Path:
        """The folder of the compose's copy of that."""
        return self.root / "archives"

    @property
    def archive_memories(self) -> tuple[Path, ...]:
        """The files in these folders, as patterns."""
        return (self.shared_memory / "lock", self.shared_memory / "*.json", self.own_memory / "*.json")

    def inrelease(self, archive: Archive, suite: str) -> Path:
        """Return the path of the verified text of an archive's Release file."""
        return self.work("inrelease", archive.name, f"{suite.strip('/').replace('/', '_') or 'flat'}.Release")

    def signatures(self, archive: Archive) -> Path:
        """Return the path of each suite's URL, date, SHA256, signers and ETag, as JSON; the next run sends the ETag."""
        return self.work("inrelease", archive.name, "suites.json")

    def pkgset(self, archive: Archive, arch: str) -> Path:
        """Return the path of an archive's stanzas for an arch (with `all`) or `source`, one suite after another."""
        return self.work("pkgset", archive.name, f"{arch}.packages")

    def pkgset_index(self, archive: Archive, arch: str) -> Path:
        """Return the path of the index of `pkgset`: the positions of each name, provided name and field value."""
        return self.work("pkgset", archive.name, f"{arch}.index")

    def descriptions(self, archive: Archive, file: str) -> Path:
        """Return the path of what an archive's suites have in a file that describes packages, one after another."""
        return self.work("descriptions", archive.name, file.rpartition("/")[2])

    def manifest(self, variant: str, arch: str) -> Path:
        """Return the path of the gathered packages with their reasons, as JSON: docs/formats.md has the format."""
        return self.work("gather", variant, f"{arch}.json")

    def gathered_stanzas(self, variant: str, arch: str) -> Path:
        """Return the path of the gathered packages' stanzas as the archive has them, sorted: later stages depend on these."""
        return self.work("gather", variant, f"{arch}.packages")

    def installable(self, variant: str, arch: str, image: str) -> Path:
        """Return the path of the file that exists if a medium has all packages that installing needs."""
        return self.work("installable", variant, f"{arch}-{image}")

    def fetched(self, variant: str, arch: str) -> Path:
        """Return the path of the list of a variant's package files in the store: `SHA256 SIZE FILENAME` a line."""
        return self.work("fetch", variant, f"{arch}.list")

    def store_list(self, variant: str, arch: str) -> Path:
        """Return the path of the list of a variant's package files by their paths in the store: a tree list."""
        return self.work("fetch", variant, f"{arch}.stored")

    def further_discs(self, variant: str, arch: str, image: str) -> Path:
        """Return the path of the list of the ISOs of a set after its first: a tree list."""
        return self.work("createiso", variant, f"{arch}-{image}.list")

    def image_name(self, variant: str, arch: str, image: str, suffix: str) -> str:
        """Return the file name of an image: `demo-12-Server-dvd-amd64.iso`."""
        return f"{self.release.short}-{self.release.version}-{variant}-{image}-{arch}{suffix}"

    def iso(self, variant: str, arch: str, image: str, suffix: str = ".iso") -> Path:
        """Return the path of an ISO image or of a file beside it."""
        return self.tree / variant / arch / "iso" / self.image_name(variant, arch, image, suffix)

    def image(self, variant: str, arch: str, image: str, suffix: str) -> Path:
        """Return the path of a disk image or OCI archive."""
        return self.tree / variant / arch / "images" / self.image_name(variant, arch, image, suffix)

    def image_files(self, variant: str, arch: str, image: Image) -> tuple[Path, ...]:
        """Return the files that an image is delivered as; a commit has none: it lies in the OSTree repository."""
        return tuple(self.beside_image(variant, arch, image, suffix) for suffix in image.suffixes)

    def beside_image(self, variant: str, arch: str, image: Image, suffix: str) -> Path:
        """Return the path of a file that says something of an image and lies where its files do."""
        return self.tree / variant / arch / image.folder / self.image_name(variant, arch, image.name, suffix)

    def solved(self, variant: str, arch: str, image: str) -> Path:
        """Return the path of the exact packages of a root file system, as JSON: all that is made of it depends on these."""
        return self.work("solve", variant, f"{arch}-{image}.json")

    def rootfs(self, variant: str, arch: str, image: str) -> Path:
        """Return the path of an image's root file system, as a tar."""
        return self.work("rootfs", variant, f"{arch}-{image}.tar")

    def raw_disk(self, variant: str, arch: str, image: Image) -> Path:
        """Return the path of a disk before it is delivered in any format."""
        return self.work("image_build" if image.has_root else "ostree_disk", variant, f"{arch}-{image.name}.raw")

    def container_packages(self, variant: str, arch: str, image: str) -> Path:
        """Return the path of the packages in a container that has not all of its root, in the format of `solved`."""
        return self.work("container", variant, f"{arch}-{image}.json")

    def push_record(self, variant: str, arch: str, image: str) -> Path:
        """Return the path of the file that says what was pushed of a container; `all` is the index of several arches."""
        return self.work("container_push", variant, f"{arch}-{image}.json")

    def network_record(self, variant: str, arch: str, image: str) -> Path:
        """Return the path of the SHA256 of each file that an image's scripts wrote while they had the network, as JSON."""
        return self.work("rootfs", variant, f"{arch}-{image}.network.json")

    def commit(self, variant: str, arch: str, image: str) -> Path:
        """Return the path of an OSTree commit's ref, commit, version and kernel, as JSON; the commit is in `ostree`."""
        return self.work("ostree", variant, f"{arch}-{image}.json")

    @staticmethod
    def sum_file(image: Path, suffix: str = ".sha256") -> Path:
        """Return the path of the file beside an image that has its SHA256, as sha256sum(1) writes it, or its SHA512."""
        return image.with_name(f"{image.name}{suffix}")

    def extra_files(self, variant: str, arch: str, image: str = "") -> Path:
        """Return the path of the list of a variant's or a medium's extra files; they are in the folder `extra` beside it."""
        if image:
            return self.work("extra_files", variant, f"{arch}-{image}", "extra_files.json")
        return self.tree / variant / arch / "extra_files.json"

    def extra_files_commits(self, variant: str, arch: str, image: str = "") -> Path:
        """Return the path of the commits that a variant's or a medium's extra files were taken at."""
        return self.extra_files_list(variant, arch, image).with_suffix(".commits")

    def extra_files_list(self, variant: str, arch: str, image: str = "") -> Path:
        """Return the path of the tree list of a variant's or a medium's extra files."""
        listing = self.work("extra_files", variant, f"{arch}.list")
        return self.extra_files(variant, arch, image).with_suffix(".list") if image else listing

    def installer(self, variant: str, arch: str, *names: str) -> Path:
        """Return the path of a boot file of debian-installer."""
        return self.tree.joinpath(variant, arch, "installer", *names)

    @property
    def ostree(self) -> Path:
        """The OSTree repository, in archive mode."""
        return self.tree / "ostree" / "repo"

    @property
    def ostree_claim(self) -> Path:
        """The tree list of the OSTree repository."""
        return self.work("ostree", "repository.list")

    @property
    def ostree_checksums(self) -> Path:
        """The list of the SHA256 sums of all files of the OSTree repository."""
        return self.tree / "ostree" / "SHA256SUMS"

    def metadata(self, name: str) -> Path:
        """Return the path of a file of the compose's metadata."""
        return self.tree / "metadata" / name

    @property
    def archive_key(self) -> Path:
        """The public half of the key that signs, armored."""
        return self.tree / "archive-key.asc"

    @property
    def keyring_package(self) -> Path:
        """The package that brings the public key to users' systems."""
        return self.tree / f"{re.sub('[^a-z0-9.+-]', '-', self.release.short.lower())}-archive-keyring.deb"

    @property
    def keyring_stanza(self) -> Path:
        """The stanza of that package, as an archive would have it; the file that it names is beside it."""
        return self.work("keyring", "package.packages")

    @property
    def user_sources(self) -> Path:
        """The file for users' sources.list.d."""
        return self.tree / f"{self.release.short}.sources"

    @property
    def compose_id(self) -> Path:
        """The file that holds the compose ID."""
        return self.tree / "COMPOSE_ID"

    @property
    def content_digest(self) -> Path:
        """The file that holds the digest of everything that decides what is released; a compose ID stands for one digest."""
        return self.work("compose_id", "content")

    @property
    def status(self) -> Path:
        """The file that holds the compose's state in one word."""
        return self.tree / "STATUS"

    @property
    def checksums(self) -> Path:
        """The list of the SHA256 sums of all files that no other signed list names."""
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
        """GNUPGHOME of the checkout's own key, when `sign` is not given: beside `composes/`, or beside a config elsewhere."""
        folder = next((folder.parent for folder in self.config.parents if folder.name == CONFIGS), self.config.parent)
        return folder / "keys"
