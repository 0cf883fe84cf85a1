"""Runs autopkgtest where it sees programs of the machine and nothing else of it, and no network."""

from __future__ import annotations

from pathlib import Path

from composelib.building.confinement import lend_folder, run_inside
from composelib.files import remove_tree
from composelib.tools import autopkgtest

FOLDERS = ("usr", "etc/alternatives", "proc", "sys", "dev", "root", "run")
USERS = {
    "passwd": "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/nonexistent:/bin/sh\n",
    "group": "root:x:0:\nnogroup:x:65534:\n",
    "subuid": "root:1:65535\n",
    "subgid": "root:1:65535\n",
}
"""Files of /etc: autopkgtest's root makes namespaces of its own, with all users that there are inside."""
LIBRARIES = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
"""Links to folders of /usr, or folders."""
SECONDS = 12 * 3600


def run_in_testbed(folder: Path, archive: Path, source: Path, results: Path, dsc: str, arch: str) -> None:
    """Test the source package `dsc` of the folder `source` with the root and the packages of `archive`, by way of `folder`.

    The folder `results` gets what autopkgtest writes. Raise ToolError if the tests cannot be run, MachineError.
    """
    skeleton = folder / "skeleton"
    remove_tree(skeleton)
    links = write_skeleton(skeleton)
    programs = {f"/{name}": Path(f"/{name}") for name in ("usr", *LIBRARIES) if name not in links}
    with lend_folder(folder / "testbed") as testbed:
        run_inside(
            testbed,
            ["/bin/sh", "-c", autopkgtest.RUN, "sh", f"/source/{dsc}"],
            SECONDS,
            lower=(skeleton,),
            read={"/archive": archive, "/source": source, "/etc/alternatives": Path("/etc/alternatives")},
            write={"/results": results},
            arch=arch,
            programs={path: target for path, target in programs.items() if target.exists()},
        )


def write_skeleton(folder: Path) -> list[str]:
    """Write the root that autopkgtest itself is run in; return the names of the links in it."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True)
    for name, text in USERS.items():
        (folder / "etc" / name).write_text(text)
    links = [name for name in LIBRARIES if Path(f"/{name}").is_symlink()]
    for name in links:
        (folder / name).symlink_to(Path(f"/{name}").readlink())
    return links
