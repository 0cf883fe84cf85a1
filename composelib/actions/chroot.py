"""Make the root that builds begin with, by mmdebstrap from a folder with exactly its packages."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.format.repository import read_chosen, read_field
from composelib.building.local_archive import SUITE, write_local_archive
from composelib.fetch.onward import check_stored
from composelib.files import scratch_folder, written_aside
from composelib.image.root import customize, files, tar
from composelib.tools import binfmt, mmdebstrap, unshare
from composelib.tools.root_user import is_root
from composelib.tools.run import run

if TYPE_CHECKING:
    from composelib.stages.chroot import ChrootJob

TIMEOUT = 2 * 3600
OPTIONS = ("Acquire::Languages none", "APT::Install-Recommends false", "APT::Update::Error-Mode any")
FORGET = """#!/bin/sh
set -e
rm -rf "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/* "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin
rm -f "$1"/etc/resolv.conf "$1"/etc/hostname
"""
"""What is left out of the root: where its packages are, and what it has of this machine."""


def make_chroot(job: ChrootJob) -> None:
    """Write the tar."""
    os.umask(0o022)
    stanzas = [entry.stanza for entry in read_chosen(job.packages.read_bytes())]
    check_stored(job.store, [read_field(stanza, "SHA256") for stanza in stanzas])
    with scratch_folder(job.output.with_suffix(".making")) as folder, written_aside(job.output) as aside:
        folder.chmod(0o755)  # in a user namespace its own root reads it
        source = write_local_archive(folder / "archive", stanzas, job.store)
        (folder / "archive.sources").write_text(source)
        command = bootstrap(job, folder.absolute(), aside, [read_field(stanza, "Package") for stanza in stanzas])
        environment = {"SOURCE_DATE_EPOCH": job.epoch.read_text().strip(), "TMPDIR": str(folder.absolute())}
        isolated = unshare.isolate(command) if is_root() else command
        run(binfmt.admit_arch(job.arch, isolated), env=environment, timeout=TIMEOUT)
        tar.require_end(aside, "mmdebstrap")


def bootstrap(job: ChrootJob, folder: Path, target: Path, names: list[str]) -> list[str]:
    """Return mmdebstrap's command."""
    return mmdebstrap.bootstrap(
        target.absolute(),
        folder / "archive.sources",
        suite=SUITE,
        arches=(job.arch,),
        include=names,
        root=is_root(),
        options=OPTIONS,
        setup=(str(files.write_program(folder / "merged-usr", customize.render_merged_usr(job.arch))),),
        customize=(str(files.write_program(folder / "forget", FORGET)),),
    )
