"""The keys of files put into trees, media and images."""

from __future__ import annotations

from composelib.config.keys.common import BELOW, GIT, GIT_REF, URL
from composelib.config.keys.containers import ListOf
from composelib.config.keys.record import Key, Record
from composelib.config.keys.types import FilePath, Text

EXTRA_FILE = Record(
    "extra-file",
    "A file put into a tree or medium: exactly one of `file`, `git`, `url` and `deb`.",
    (
        Key("file", FilePath("file"), "A file."),
        Key("git", GIT, "A git repository; the commit it is taken at is recorded.", stage="extra_files"),
        Key("ref", GIT_REF, "With `git`: a branch, tag or commit.", default="HEAD"),
        Key("url", URL, "A file to fetch; needs `sha256`.", stage="extra_files"),
        Key("sha256", Text("64 hexadecimal digits", r"[0-9a-f]{64}"), "With `url`: what the file must hash to."),
        Key(
            "deb",
            Text("the name of a package", r"[a-z0-9][a-z0-9+.-]+"),
            "A package of the variant; needs `path`.",
            stage="extra_files",
        ),
        Key(
            "path",
            Text("a relative path", BELOW + r"[^/\s][^\0]*", "without a leading '/' and without '..'"),
            "With `git` or `deb`: the file or folder in it.",
        ),
        Key(
            "to",
            Text("an absolute path", BELOW + r"/.*", "begins with '/', has no '..'"),
            "The folder it goes to.",
            "/",
        ),
    ),
)
FILES = ListOf(EXTRA_FILE, "files")
