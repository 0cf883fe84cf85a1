"""Source packages that a compose builds itself."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from composelib.dataclass import dataclass
from composelib.model.keys.common import GIT, GIT_REF, PACKAGE_NAME
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import DscEntry, FilePath, Flag, ListOf, SourceFolder, Text
from composelib.model.origin import Origin
from composelib.model.source_tree import SourceTree

CROSS_ROOT = "amd64"
"""The arch of the root in which packages are cross-built."""


@dataclass(frozen=True)
class BuildSource:
    """A source package that this compose builds: exactly one of `dsc`, `dir` and `git`."""

    one_of: ClassVar[tuple[str, ...]] = ("dsc", "dir", "git")

    origin: Origin
    dsc: str | Path | None = key(
        "A source package of the compose's archives: its newest version, or `NAME (= VERSION)`; or the path of a .dsc.",
        DscEntry(),
    )
    """`NAME` or `NAME (= VERSION)`; a Path for a file."""
    keyring: Path | None = key(
        "Only its keys may have signed the .dsc. Needed with the path of one, unless `trusted: true` is set.",
        FilePath("file"),
        only_with=("dsc",),
    )
    trusted: bool = key("Take the .dsc without any signature.", Flag(), default=False, only_with=("dsc",))
    tree: SourceTree | None = key("An unpacked source tree.", SourceFolder(), name="dir")
    git: str = key("A git repository that has an unpacked source tree.", GIT)
    ref: str = key("With `git`: a branch, tag or commit.", GIT_REF, default="HEAD", only_with=("git",))
    git_name: str = key(
        "With `git`: the name of the source package; by default the last part of the URL.",
        Text("the name of a source package", PACKAGE_NAME),
        name="name",
        only_with=("git",),
    )
    patches: tuple[Path, ...] = key(
        "Patches put on top, in this order: files, or folders with a `series` file or with `*.patch` and `*.diff` files.",
        ListOf(FilePath("file or folder"), "patches", single=True),
    )
    """Files alone: those of folders are listed when the config is read."""
    suffix: str = key(
        "Put after the version, in a new entry of debian/changelog.",
        Text("the end of a version, such as +acme1", r"[A-Za-z0-9.+~]{1,64}", "letters, digits and . + ~"),
    )
    profiles: tuple[str, ...] = key(
        "Build profiles.", ListOf(Text("a build profile", r"[a-z0-9][a-z0-9+.-]*"), "build profiles")
    )
    cross: bool = key(
        f"Cross-build it for other arches, in {CROSS_ROOT}'s root and without emulation, if the source package supports that.",
        Flag(),
        default=False,
    )
    failable: bool = key("It may fail; the compose is complete without its packages.", Flag(), default=False)

    @property
    def name(self) -> str:
        """The name of the source package, as tasks and files are called."""
        if isinstance(self.dsc, Path):
            return self.dsc.name.partition("_")[0]
        if self.dsc:
            return self.dsc.partition(" ")[0]
        return self.tree.source if self.tree else self.git_name or name_repository(self.git)

    @property
    def version(self) -> str:
        """The version of `NAME (= VERSION)`; empty for any."""
        return self.dsc.partition("= ")[2].rstrip(")") if isinstance(self.dsc, str) else ""


def name_repository(url: str) -> str:
    """Return the last part of a git repository's URL, without `.git`."""
    return url.rstrip("/").rpartition("/")[2].removesuffix(".git")
