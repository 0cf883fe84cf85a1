"""Make the root that every build for an arch begins with: essential packages and build-essential, of the compose's own archives."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.build_paths import locate_chroot, locate_chroot_packages, locate_store_list
from composelib.model.compose import Compose
from composelib.task import Task


@dataclass(frozen=True)
class ChrootJob:
    """The packages of a root, which are in the store, and the tar that is made of them."""

    arch: str
    packages: Path
    store: Path
    epoch: Path
    output: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each arch that anything is built or tested in a root of."""
    return tuple(plan_chroot(compose, arch) for arch in compose.root_arches)


def plan_chroot(compose: Compose, arch: str) -> Task:
    """Return the task of one arch."""
    packages = locate_chroot_packages(compose.paths, arch)
    output = locate_chroot(compose.paths, arch)
    job = ChrootJob(arch, packages, compose.paths.store, compose.paths.epoch, output)
    return Task(
        name=arch,
        doc=f"make the root that builds for {arch} begin with",
        run=partial(make_chroot, job),
        inputs=(packages,),
        order_only=(locate_store_list(packages), job.epoch),
        consulted=(*compose.paths.store_ledger, locate_store_list(packages)),
        scratch=(output.with_suffix(".making"),),
        outputs=(output,),
        uses={},
        tools=("mmdebstrap",),
        executed_arch=arch,
        pool="images",
    )


def make_chroot(job: ChrootJob) -> None:
    """Write the tar. Raise ComposeError if the packages cannot be installed."""
    from composelib.actions import chroot

    chroot.make_chroot(job)
