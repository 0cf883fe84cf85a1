"""Value types that keys of several records share."""

from __future__ import annotations

from composelib.model.keys.package_entry import PackageEntry
from composelib.model.keys.value_types import NAME, Arch, ListOf, Text

SAFE = r"[A-Za-z0-9][A-Za-z0-9.+_]{0,31}"  # has no `-`, which separates the parts of a compose ID
BELOW = r"(?!.*(?:^|/)\.\.(?:/|$))"  # has no `..`
SHORT = Text("letters, digits and . + _, at most 32", SAFE, "no '-': it separates the parts of a compose ID")
URL = Text(
    "a URL",
    r"(?:https?)://[^\s/@]+(?:/[^\s]*)?",
    "http://… or https://…; a login belongs in apt's auth.conf",
    environment=True,
)
GIT = Text(
    "a git URL",
    r"(?:(?:https?|ssh|git|file)://[^\s]+|[^\s-][^\s]*)",
    "a login belongs in ~/.netrc, or comes from the program that GIT_ASKPASS names",
    environment=True,
)
GIT_REF = Text("a branch, tag or commit", r"[A-Za-z0-9][A-Za-z0-9./_+-]{0,254}")
PACKAGE_NAME = r"[a-z0-9][a-z0-9+.-]+"
VERSION = r"[A-Za-z0-9][A-Za-z0-9.+~:-]*"
PACKAGES = ListOf(PackageEntry(), "packages", may_be_empty=True)
EXCLUDED_PACKAGES = ListOf(PackageEntry(excluding=True), "packages", may_be_empty=True)
ARCHES = ListOf(Arch(), "arches")
VARIANT_NAME = Text("the name of a variant", NAME)
