"""The paths of a compose's repositories; no file or folder is created here."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.arch import SOURCE
from composelib.model.release import Release

TREE = "compose"
"""The folder that is released."""


@dataclass(frozen=True)
class RepositoryPaths:
    """A compose's own folder and the repositories in it, relative to the checkout as `build` is."""

    name: str
    config: Path
    release: Release
    build: Path

    @cached_property
    def root(self) -> Path:
        """The compose's own folder; the paths in `Task.trees` are relative to it."""
        return self.build / self.name

    @cached_property
    def tree(self) -> Path:
        """The folder that is released."""
        return self.root / TREE

    def work(self, stage: str, *names: str) -> Path:
        """Return the path of an intermediate file of a stage."""
        return self.root.joinpath("work", stage, *names)

    def repository(self, variant: str) -> Path:
        """Return the root of a variant's apt repository."""
        return self.tree.joinpath(variant, "repo")

    def suite(self, variant: str) -> Path:
        """Return the folder of a repository's one suite."""
        return self.repository(variant).joinpath("dists", self.release.codename)

    def packages_index(self, variant: str, arch: str, component: str = "main") -> Path:
        """Return the path of a repository's Packages file (or Sources, for arch `source`), uncompressed."""
        if arch == SOURCE:
            return self.suite(variant).joinpath(component, "source", "Sources")
        return self.suite(variant).joinpath(component, f"binary-{arch}", "Packages")

    def index_files(self, variant: str, arch: str, component: str = "main") -> tuple[Path, ...]:
        """Return the paths of an index: plain, gzipped, xzipped, and the small Release file beside them."""
        plain = self.packages_index(variant, arch, component)
        packed = (plain.with_name(f"{plain.name}{suffix}") for suffix in (".gz", ".xz"))
        return (plain, *packed, plain.with_name("Release"))

    def contents(self, variant: str, arch: str, component: str = "main") -> Path:
        """Return the path of a repository's Contents file, uncompressed: which package has which file."""
        area, _, installer = component.partition("/")
        return self.suite(variant) / area / f"Contents-{'udeb-' if installer else ''}{arch}"

    def translation(self, variant: str, language: str, component: str = "main") -> Path:
        """Return the path of a repository's Translation file, uncompressed: the packages' descriptions in a language."""
        return self.suite(variant) / component / "i18n" / f"Translation-{language}"

    @staticmethod
    def diff_index(index: Path) -> Path:
        """Return the path of the list of the patches that lead to an index from its former states; they lie beside it."""
        return index.with_name(f"{index.name}.diff") / "Index"

    def pool_list(self, variant: str, arch: str) -> Path:
        """Return the path of the list of the pool files of a variant and arch: a tree list."""
        return self.work("createrepo", variant, f"{arch}.list")

    @property
    def signed_at(self) -> Path:
        """The file that holds when the repositories were signed, in seconds since 1970."""
        return self.work("validity", "SIGNED")

    def release_file(self, variant: str) -> Path:
        """Return the path of a repository's Release file; InRelease and Release.gpg lie beside it."""
        return self.suite(variant) / "Release"

    def by_hash_list(self, variant: str) -> Path:
        """Return the path of the list of a repository's indices under their hashes: a tree list."""
        return self.work("release", f"{variant}.by-hash.list")
