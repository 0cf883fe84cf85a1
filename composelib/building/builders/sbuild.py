"""The builder `sbuild`: what Debian's build daemons run, in user namespaces, from the chroot's tar."""

from __future__ import annotations

from pathlib import Path

from composelib.building import sandbox
from composelib.building.build_job import BuildJob
from composelib.building.confinement import lend_folder
from composelib.building.environment import (
    find_dsc,
    limit_memory,
    link_debs,
    link_source,
    list_variables,
    read_build_path,
)
from composelib.files import link_file
from composelib.tools import binfmt, prlimit, sbuild
from composelib.tools.root_user import is_root
from composelib.tools.run import run


def build_binaries(job: BuildJob, results: Path) -> None:
    """Build a source package; leave what was built in the folder `results`. Raise ToolError if the build fails."""
    dsc = find_dsc(job.source)
    with lend_folder(job.scratch / "sbuild") as folder:
        reached = sbuild.REACHED if is_root() else folder.absolute()
        link_debs(job, folder / "debs")
        link_file(job.chroot, folder / "chroot.tar")
        link_source(job, folder / "source")
        config = folder / "sbuildrc"
        config.write_text(sbuild.format_sbuild_conf(list_variables(job), reached))
        command = sbuild.build_source(
            reached / "source" / dsc.name,
            arch=job.arch,
            chroot=reached / "chroot.tar",
            path=read_build_path(dsc),
            packages=reached / "debs",
            everything=job.everything,
            profiles=job.profiles,
        )
        limits = job.limits
        command = prlimit.limit(
            command, processes=limits.processes, memory=limit_memory(limits), file_size=limits.file_size
        )
        if is_root():
            command = sbuild.lend_users(command, folder, sandbox.FIRST_OF_ROOT, sandbox.USERS)
        environment = {"SBUILD_CONFIG": str(config.absolute())}
        run(binfmt.admit_arch(job.arch, command), env=environment, cwd=results, timeout=job.limits.seconds)
