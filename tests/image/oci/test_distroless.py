from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from composelib.image.oci import build, distroless
from composelib.image.root.tar import normalize_path

STATUS = """\
Package: base-files
Pre-Depends: awk
Version: 1

Package: dash
Essential: yes
Version: 1

Package: debconf
Provides: debconf-2.0
Version: 1

Package: libtool1
Version: 1

Package: mawk
Provides: awk
Version: 1

Package: tool
Depends: libtool1 (>= 1), debconf (>= 0.5) | debconf-2.0, absent | libtool1
Version: 1
"""
LATIN = "usr/share/caf\udce9\x85"
"""A name that is not UTF-8, with what Python takes for the end of a line."""
LISTS = {
    "base-files": "/.\n/bin\n/etc\n/etc/debian_version\n/tmp\n",
    "dash": "/bin\n/bin/dash\n/bin/sh\n",
    "debconf": "/usr/bin/debconf\n/usr/share/debconf\n/usr/share/debconf/frontend\n",
    "libtool1:amd64": "/usr/lib/libtool.so.1\n",
    "mawk": "/usr/bin/mawk\n",
    "tool": f"/usr/bin\n/usr/bin/tool\n/{LATIN}\n",
}
FILES = ("etc/debian_version", "etc/passwd", "usr/bin/dash", "usr/bin/debconf", "usr/bin/mawk", "usr/bin/tool",
         "usr/lib/libtool.so.1", "var/lib/apt/extended_states", "usr/share/debconf/frontend", LATIN)  # fmt: skip
LINKS = {"bin": "usr/bin", "usr/bin/sh": "dash", "etc/alternatives/awk": "/usr/bin/mawk", "usr/bin/awk": "/etc/alternatives/awk",
         "etc/mtab": "../proc/self/mounts", "usr/bin/t": "/bin/tool"}  # fmt: skip

SEVERAL = """\
Package: base-files
Architecture: all

Package: libtool1
Architecture: amd64
Multi-Arch: same

Package: libtool1
Architecture: i386
Multi-Arch: same

Package: tool
Architecture: i386
Depends: libtool1
"""
LISTS_OF_SEVERAL = {
    "base-files": "/etc/debian_version\n",
    "libtool1:amd64": "/usr/lib/libtool.so.1\n",
    "libtool1:i386": "/var/lib/apt/extended_states\n",
    "tool": "/usr/bin/tool\n",
}


def write_root(path: Path, status: str = STATUS, lists: Mapping[str, str] = LISTS) -> None:
    """Write a root's tar with a shell, a tool and what it depends on."""
    contents = dict.fromkeys(FILES, "content") | {"var/lib/dpkg/status": status}
    contents |= {f"var/lib/dpkg/info/{name}.list": text for name, text in lists.items()}
    contents["var/lib/dpkg/info/tool.md5sums"] = "0  usr/bin/tool\n"
    folders = {str(parent) for name in (*contents, *LINKS) for parent in Path(name).parents} | {
        "tmp",
        "usr/share/debconf",
    }
    with tarfile.open(path, "w") as tar:
        for name in sorted(folders - {"."}):
            tar.addfile(build.make_folder_info(name))
        for name, text in contents.items():
            tar.addfile(
                build.make_file_info(name, len(text.encode(errors="surrogateescape"))),
                io.BytesIO(text.encode(errors="surrogateescape")),
            )
        for name, target in LINKS.items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            tar.addfile(link)


def test_only_the_packages_and_what_they_run_with_stay_known_to_scanners(tmp_path: Path) -> None:
    write_root(tmp_path / "root.tar")
    with tarfile.open(tmp_path / "root.tar") as tar:
        tree = build.read_tree(tar, lambda member: normalize_path(member.name), 1)
        assert distroless.strip_tree(tree, ["tool (>= 1)", "other [arm64]"], "amd64") == [
            "base-files",
            "libtool1",
            "tool",
        ]
        assert {path for path, member in tree.members.items() if not member.isdir()} == {
            "bin",
            "etc/debian_version",
            "etc/mtab",
            "etc/passwd",
            "usr/bin/t",
            "usr/bin/tool",
            "usr/lib/libtool.so.1",
            LATIN,
            *(
                f"var/lib/dpkg/status.d/{name}{end}"
                for name in ("base-files", "libtool1", "tool")
                for end in ("", ".md5sums")
            ),
        }
        assert "tmp" in tree.members
        assert not {"usr/share/debconf", "var/lib/apt", "etc/alternatives"} & tree.members.keys()
        status = build.open_file(tree, "var/lib/dpkg/status.d/libtool1")
        assert status
        assert status.read() == b"Package: libtool1\nVersion: 1\n"


@pytest.mark.parametrize(
    ("seeds", "names"),
    [
        (["tool:i386"], ["base-files", "libtool1:i386", "tool:i386"]),
        (["libtool1"], ["base-files", "libtool1"]),
        (["libtool1", "tool:i386"], ["base-files", "libtool1", "libtool1:i386", "tool:i386"]),
    ],
)
def test_a_package_of_two_arches_is_known_for_each(tmp_path: Path, seeds: list[str], names: list[str]) -> None:
    write_root(tmp_path / "root.tar", SEVERAL, LISTS_OF_SEVERAL)
    with tarfile.open(tmp_path / "root.tar") as tar:
        tree = build.read_tree(tar, lambda member: normalize_path(member.name), 1)
        assert distroless.strip_tree(tree, seeds, "amd64") == names
        folder = "var/lib/dpkg/status.d/"
        noted = {path.removeprefix(folder) for path in tree.members if path.startswith(folder)}
        assert noted == {f"{name}{end}" for name in names for end in ("", ".md5sums")}
        assert ("usr/lib/libtool.so.1" in tree.members) is ("libtool1" in names)
