"""Build a source package, check what came out by its .changes file, and list it as an archive would."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.format.repository import read_chosen, read_field
from composelib.building import build_failure, builders
from composelib.building.build_date import settle_dates
from composelib.building.build_results import check_results
from composelib.errors import ComposeError
from composelib.fetch import deb_folder
from composelib.fetch.onward import check_stored
from composelib.files import remove_others, scratch_folder, sha256_of, write_file, written_aside
from composelib.text.json_file import read_json, write_json
from composelib.tools import space
from composelib.tools.run import ToolError
from composelib.tree_list import write_tree_list

if TYPE_CHECKING:
    from composelib.building.build_job import BuildJob
    from composelib.stages.build import BuildTask

VERSION = 1
PACKAGES = (".deb", ".udeb", ".ddeb")


def run_build(task: BuildTask) -> None:
    """Build a source package and list what was built."""
    job = task.build
    os.umask(0o022)  # the users of the sandbox read the folders
    check_stored(
        job.store, [read_field(entry.stanza, "SHA256") for entry in read_chosen(job.dependencies.read_bytes())]
    )
    job.scratch.mkdir(parents=True, exist_ok=True)
    with scratch_folder(job.scratch / "results") as results:
        start = space.measure_log()
        try:
            builders.load_builder(task.builder).build_binaries(job, results)
        except ToolError as error:
            raise ComposeError(*build_failure.explain_failure(job, error, space.read_log(start))) from None
        names = check_results(results, job.label)
        settle_dates(results, names)
        write_tree_list(task.root, task.tree_list, (task.folder / name for name in names))
        copy_files(results, task.folder, names)
    packages = [task.folder / name for name in names if name.endswith(PACKAGES)]
    write_file(task.stanzas, b"\n".join(deb_folder.read_stanza(path, task.work) for path in packages))
    write_json(task.record, record_build(task, names))


def copy_files(source: Path, target: Path, names: list[str]) -> None:
    """Copy files into a folder, and remove whatever else is there."""
    remove_others(target, names)
    for name in names:
        with written_aside(target / name) as aside:
            shutil.copyfile(source / name, aside)


def record_build(task: BuildTask, names: list[str]) -> dict[str, object]:
    """Return what is recorded of a build: what it was made of and with, and its files."""
    job, source = task.build, read_json(task.build.record)
    paths = [task.folder / name for name in names]
    return {
        "version": VERSION,
        "source": source["source"],
        "source_version": source["source_version"],
        "architecture": job.arch,
        "builder": task.builder,
        "installed": name_installed(job),
        "files": [{"name": path.name, "size": path.stat().st_size, "sha256": sha256_of(path)} for path in paths],
    }


def name_installed(job: BuildJob) -> list[str]:
    """Return the packages that a build had, `NAME_VERSION_ARCH` each, sorted; what it brought replaces that of the root."""
    installed = {}
    for path in (job.chroot_packages, job.dependencies):
        for entry in read_chosen(path.read_bytes()):
            name, version, arch = (read_field(entry.stanza, field) for field in ("Package", "Version", "Architecture"))
            installed[name, arch in {job.root_arch, "all"}] = f"{name}_{version}_{arch}"
    return sorted(installed.values())
