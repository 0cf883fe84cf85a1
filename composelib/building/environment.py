"""What every builder gives a build: the same path, variables and options, so that the same bytes come out."""

from __future__ import annotations

import fcntl
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from composelib.archive.format.openpgp import strip_signature
from composelib.archive.format.repository import read_chosen, read_field
from composelib.building.build_job import BuildJob
from composelib.building.local_archive import name_deb
from composelib.files import link_file, open_lock, remove_tree, sha256_of
from composelib.model.build_limits import BuildLimits
from composelib.model.paths import locate_stored

BUILD_USER = "builder"
READABLE = 0o444


def find_dsc(source: Path) -> Path:
    """Return the .dsc in the folder of a source package."""
    return next(source.glob("*.dsc"))


def read_build_path(dsc: Path) -> str:
    """Return the path that a source package is built in, as Debian's build daemons have it: `/build/NAME-VERSION`."""
    stanza = strip_signature(dsc.read_bytes())
    version = read_field(stanza, "Version").rpartition("-")[0] or read_field(stanza, "Version")
    return f"/build/{read_field(stanza, 'Source')}-{version.rpartition(':')[2]}"


def list_variables(job: BuildJob) -> dict[str, str]:
    """Return the variables of a build."""
    options = [
        f"parallel={len(os.sched_getaffinity(0))}",
        *(name for name in ("nocheck", "nodoc") if name in job.profiles),
    ]
    profiles = {"DEB_BUILD_PROFILES": " ".join(job.profiles)} if job.profiles else {}
    site = {"CONFIG_SITE": f"/etc/dpkg-cross/cross-config.{job.arch}"} if job.root_arch != job.arch else {}
    return {"DEB_BUILD_OPTIONS": " ".join(options), **profiles, **site}


def render_build(job: BuildJob, dsc: str) -> str:
    """Return the shell program that unpacks and builds a source package as the build's user."""
    kind = "binary" if job.everything else "any"
    host = f" --host-arch={job.arch}" if job.root_arch != job.arch else ""
    return f"{render_entry(job, dsc)} dpkg-buildpackage --unsigned-changes --unsigned-source --build={kind}{host}"


def render_entry(job: BuildJob, dsc: str) -> str:
    """Return the beginning of a shell program: it unpacks a source package unless it is there, and runs the words after it in it."""
    path = read_build_path(find_dsc(job.source))
    variables = {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/games",
        "HOME": "/nonexistent",
        "LOGNAME": BUILD_USER,
        "USER": BUILD_USER,
        "SHELL": "/bin/sh",
        "LC_ALL": "C.UTF-8",
        "LANG": "C.UTF-8",
        **list_variables(job),
    }
    words = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    quoted = shlex.quote(path)
    return (
        f"umask 022; cd /build; [ -d {quoted} ] || dpkg-source --no-check --extract {shlex.quote(dsc)} {quoted} && "
        f"cd {quoted} && exec env -i {words}"
    )


def link_debs(job: BuildJob, folder: Path) -> None:
    """Link the build dependencies from the store into a folder, where the sandbox's users can read them."""
    folder.mkdir()
    for entry in read_chosen(job.dependencies.read_bytes()):
        link_file(locate_stored(job.store, read_field(entry.stanza, "SHA256")), folder / name_deb(entry.stanza))


def link_source(job: BuildJob, folder: Path) -> Path:
    """Link the files of the source package into a folder, where the sandbox's users can read them; return it."""
    remove_tree(folder)
    for path in job.source.iterdir():
        if path.is_file():
            link_file(path, folder / path.name)
    return folder


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Let nobody else change a folder that several builds share, until the block ends."""
    with os.fdopen(open_lock(folder / "lock")) as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def describe_root(job: BuildJob) -> str:
    """Return the SHA256 of the lists of the packages that a build has: another root has another text."""
    return f"{sha256_of(job.chroot_packages)} {sha256_of(job.dependencies)}"


def limit_memory(limits: BuildLimits) -> int:
    """Return how many bytes of memory a process of a build may have."""
    return limits.memory or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
