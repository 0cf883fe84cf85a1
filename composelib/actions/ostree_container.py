"""Make a bootable container of an OSTree commit."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.files import scratch_folder
from composelib.image.oci import bootc, container
from composelib.image.oci import build as oci_build
from composelib.image.oci.container import NAMESPACE
from composelib.image.ostree import commit_copy
from composelib.image.ostree.layout import DPKG, TMPFILES
from composelib.image.root.tar import require_end
from composelib.text.json_file import read_json
from composelib.tools import ostree
from composelib.tools.run import run

if TYPE_CHECKING:
    from composelib.stages.ostree_container import OstreeContainerJob

INIT = ("/sbin/init",)
BOOTC = "bootc"


def make_container(job: OstreeContainerJob) -> None:
    """Make a container of a commit."""
    commit = read_json(job.record)
    with scratch_folder(job.work) as folder:
        exported, copied = folder / "commit.tar", folder / "repo"
        commit_copy.copy_commit(job.repository, copied, commit["commit"])  # which checks it: an export does not
        with exported.open("wb") as stream:
            run(ostree.export(copied, commit["commit"]), stdout=stream)
        require_end(exported, "ostree")
        with tarfile.open(exported) as tar:
            tree = oci_build.read_tree(tar, bootc.map_path, 1)
            lines = oci_build.read_file(tree, tree.members[TMPFILES]).decode()
            oci_build.add_missing(tree, bootc.list_var(lines))
            managed = job.bootc and has_bootc(job.description.packages)
            labels = make_labels(commit, bootable=job.bootc, managed=managed)
            owners = container.map_owners(job.description, tree, DPKG)
            container.build_container(job.description, tree, owners, labels, INIT, folder)


def has_bootc(packages: Path) -> bool:
    """Return whether bootc is among the packages; print a warning if not."""
    names = {row["package"] for row in read_json(packages)["packages"]}
    if BOOTC not in names:
        print("warning: the package bootc is not in the commit: the container boots, but `bootc` cannot manage it")
    return BOOTC in names


def make_labels(commit: dict[str, str], *, bootable: bool, managed: bool) -> dict[str, str]:
    """Return the labels by which bootc and others know the commit in a container."""
    return {
        "ostree.commit": commit["commit"],
        "ostree.linux": commit["kernel"],
        f"{NAMESPACE}.revision": commit["commit"],
        f"{NAMESPACE}.version": commit["release"],
        **({"ostree.bootable": "true"} if bootable else {}),
        **({"containers.bootc": "1"} if managed else {}),
    }
