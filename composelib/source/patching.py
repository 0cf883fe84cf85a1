"""Patches on top of a source package: in debian/patches where its format has that, else in its tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from composelib.errors import ComposeError
from composelib.files import write_file
from composelib.source.dsc import Dsc
from composelib.source.workshop import Workshop
from composelib.text.escape import escape, escape_lines
from composelib.tools import patch as patch_tool
from composelib.tools.run import ToolError

HEADER = re.compile(rb"^--- (\S+)[^\n]*\n\+\+\+ (\S+)[^\n]*\n@@ ", re.MULTILINE)
BINARY = re.compile(rb"^(?:GIT binary patch$|Binary files )", re.MULTILINE)
REFRESH = "refresh it for this version: `quilt push -f`, then `quilt refresh`"
RECORD = """\
cd "$1"
patches=debian/patches
series=$patches/series
[ ! -e $patches/debian.series ] || series=$patches/debian.series
[ ! -e "$patches/$2" ] || { echo "$patches/$2 is there already" >&2; exit 1; }
mkdir -p "$patches/${2%/*}" .pc
install -m 644 ../patch "$patches/$2"
[ ! -s $series ] || [ -z "$(tail -c 1 $series)" ] || echo >> $series
printf '%s\\n' "$2" >> $series
echo 2 > .pc/.version
echo $patches > .pc/.quilt_patches
echo "${series##*/}" > .pc/.quilt_series
printf '%s\\n' "$2" >> .pc/applied-patches
"""
"""Adds a patch to a tree's series, and to what quilt remembers as applied."""


def apply_patches(workshop: Workshop, dsc: Dsc, tree: str, patches: Sequence[Path], prefix: str) -> None:
    """Apply patches to an unpacked source package. Raise ComposeError naming the first that does not fit, file and hunk."""
    for path in patches:
        content = path.read_bytes()
        names = list_changed_files(content)
        label = f"{workshop.label}: {path}"
        check_patch(label, content, names, is_quilt=dsc.is_quilt)
        write_file(workshop.work / "patch", content)
        in_series = dsc.is_quilt and not is_packaging(names[0])
        name = f"{prefix}/{path.name}"
        try_patch(
            workshop,
            f"{label} does not fit {dsc.source} {dsc.version}",
            tree,
            names,
            f".pc/{name}" if in_series else "",
        )
        if in_series:
            record_patch(workshop, label, tree, name)
        (workshop.work / "patch").unlink()


def try_patch(workshop: Workshop, label: str, tree: str, names: list[str], backup: str) -> None:
    """Apply one patch, the file `patch` of the workshop."""
    argv = ["env", "-C", tree, *patch_tool.apply("../patch", backup)]
    marked = ["sh", "-c", '"$@" 2>&1; echo "status $?"', "sh", *argv]
    printed = workshop.run(marked, capture=True).decode(errors="replace")
    print(escape_lines(printed), end="", flush=True)
    if not printed.endswith("status 0\n"):
        raise ComposeError(f"{label}: {escape(patch_tool.describe_refusal(printed, names))}", REFRESH)


def record_patch(workshop: Workshop, label: str, tree: str, name: str) -> None:
    """Put a patch that was applied, the file `patch` of the workshop, into the series of a tree, under a name."""
    try:
        workshop.run(["sh", "-euc", RECORD, "sh", tree, name])
    except ToolError as error:
        cure = "rename it if another patch has this name; else the log has the reason"
        raise ComposeError(f"{label}: it cannot become debian/patches/{name}", cure) from error


def check_patch(label: str, content: bytes, names: list[str], *, is_quilt: bool) -> None:
    """Raise ComposeError for a patch without changes, with binary ones, or with such as belong into two patches."""
    if BINARY.search(content):
        raise ComposeError(f"{label}: it has binary changes, which patch does not know", "leave them out")
    if not names:
        raise ComposeError(
            f"{label}: it is not a patch: nothing in it is changed", "make it with `diff -u` or `git diff`"
        )
    if is_quilt and len({is_packaging(name) for name in names}) > 1:
        raise ComposeError(
            f"{label}: it changes debian/ and files of upstream, which stay apart in format 3.0 (quilt)",
            "split it in two",
        )


def list_changed_files(content: bytes) -> list[str]:
    """Return the files that a patch changes, without the first part of their paths."""
    pairs = HEADER.findall(content)
    names = (before if after == b"/dev/null" else after for before, after in pairs)
    return [name.partition(b"/")[2].decode(errors="replace") for name in names]


def is_packaging(name: str) -> bool:
    """Return whether a file is of the packaging, not of upstream's."""
    return name.startswith("debian/")


def describe_changes(patches: Sequence[Path]) -> list[str]:
    """Return the lines of a changelog entry that name patches."""
    return [f"Apply {path.name}." for path in patches] or ["Build again."]
