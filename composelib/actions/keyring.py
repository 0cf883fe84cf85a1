"""Make the keyring package of a release."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.format import openpgp
from composelib.files import scratch_folder, write_file, written_aside
from composelib.tools import gpg
from composelib.tools.dpkg_deb import build_package
from composelib.tools.run import run

if TYPE_CHECKING:
    from composelib.stages.keyring import KeyringJob


def make_package(job: KeyringJob) -> None:
    """Write the package and the file for sources.list.d."""
    keyring = openpgp.dearmor(job.key.read_bytes(), str(job.key))
    newest = gpg.read_newest_date_in(job.key)
    with scratch_folder(job.work) as tree:
        write_tree(tree, {"DEBIAN/control": format_control(job, newest).encode(), locate_keyring(job): keyring}, newest)
        with written_aside(job.package) as aside:
            run(build_package(tree, aside), env={"SOURCE_DATE_EPOCH": str(newest)})
        write_stanza(job, (tree / "DEBIAN/control").read_text())
    write_file(job.sources, job.text)


def write_stanza(job: KeyringJob, control: str) -> None:
    """Write what a repository's archive is to have: the package, and its stanza."""
    package = job.stanza.with_suffix(".deb")
    content = job.package.read_bytes()
    write_file(package, content)
    filename = f"{package.parent.name}/{package.name}"
    sums = f"Filename: {filename}\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}\n"
    write_file(job.stanza, control + sums)


def locate_keyring(job: KeyringJob) -> str:
    """Return the path of the key on a system, without the first slash."""
    return f"usr/share/keyrings/{job.name}.gpg"


def write_tree(tree: Path, files: dict[str, bytes], newest: int) -> None:
    """Write files below a folder, all that is in it with one time and with the modes of a package."""
    for name, content in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for path in (tree, *tree.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (newest, newest))


def format_control(job: KeyringJob, newest: int) -> str:
    """Return the control file; the version is the newest date and time within the keys, so that a new key upgrades the package."""
    fields = {
        "Package": job.name,
        "Version": time.strftime("%Y.%m.%d.%H%M%S", time.gmtime(newest)),
        "Architecture": "all",
        "Multi-Arch": "foreign",
        "Maintainer": f"{job.title} <{job.name}@localhost>",
        "Section": "misc",
        "Priority": "optional",
        **({"Homepage": job.url} if job.url else {}),
        "Description": f"keys that the repositories of {job.title} are signed with\n"
        f" Installs /{locate_keyring(job)}, which sources of apt name as Signed-By.",
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())
