from __future__ import annotations

import io
import tarfile
from pathlib import Path

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


def write_root(path: Path) -> None:
    """Write a root's tar with a shell, a tool and what it depends on."""
    contents = dict.fromkeys(FILES, "content") | {"var/lib/dpkg/status": STATUS}
    contents |= {f"var/lib/dpkg/info/{name}.list": text for name, text in LISTS.items()}
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
