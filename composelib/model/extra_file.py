"""Files that are put into trees, media and images."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from composelib.dataclass import dataclass
from composelib.model.keys.common import BELOW, GIT, GIT_REF, PACKAGE_NAME, URL
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import FilePath, ListOf, RecordOf, Text
from composelib.model.origin import Origin


@dataclass(frozen=True)
class ExtraFile:
    """A file put into a tree or medium: exactly one of `file`, `git`, `url` and `deb`."""

    one_of: ClassVar[tuple[str, ...]] = ("file", "git", "url", "deb")

    origin: Origin
    to: str = key(
        "The folder it goes to.",
        Text("an absolute path", BELOW + r"/.*", "begins with '/', has no '..'"),
        default="/",
    )
    file: Path | None = key("A file.", FilePath("file"))
    git: str = key("A git repository; the commit it is taken at is recorded.", GIT, stage="extra_files")
    ref: str = key("With `git`: a branch, tag or commit.", GIT_REF, default="HEAD", only_with=("git",))
    path: str = key(
        "With `git` or `deb`: the file or folder in it.",
        Text("a relative path", BELOW + r"[^/\s][^\0]*", "without a leading '/' and without '..'"),
        only_with=("git", "deb"),
    )
    url: str = key("A file to fetch; needs `sha256`.", URL, stage="extra_files")
    sha256: str = key(
        "With `url`: the file's SHA256.", Text("64 hexadecimal digits", r"[0-9a-f]{64}"), only_with=("url",)
    )
    deb: str = key(
        "A package of the variant; needs `path`.", Text("the name of a package", PACKAGE_NAME), stage="extra_files"
    )
    mode: str = key(
        "In a root file system: the file's mode; 0755 or 0644 by default, as it can be executed or not.",
        Text("an octal mode such as 0600", r"[0-7]{3,4}"),
    )
    owner: str = key(
        "In a root file system: who owns it, of its users and groups; root by default.",
        Text("USER or USER:GROUP", r"[a-z0-9_][a-z0-9_-]*(?::[a-z0-9_][a-z0-9_-]*)?"),
    )


FILES = ListOf(RecordOf(ExtraFile), "files")
