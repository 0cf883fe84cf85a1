"""Make the root file systems of disks with `builder: mkosi`, of the packages that were worked out, by mkosi."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path

from composelib.errors import MachineError
from composelib.files import read_epoch, scratch
from composelib.image.root import customize, files, package_check, tar
from composelib.image.root.plan import Root, described
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.variant import Variant
from composelib.task import Task
from composelib.tools import apt_get, mkosi, unshare
from composelib.tools.run import run

TIMEOUT = 4 * 3600
APT = 'Dir::Etc "/etc/apt";\nAcquire::Languages "none";\nAcquire::Check-Date "false";\n'
NO_FIRST_BOOT = ": >/etc/machine-id\n"  # mkosi's `uninitialized` lets the first boot ask questions on the console


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each disk that mkosi builds and each of its arches."""
    return tuple(
        make_task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.kind == "disk" and image.builder == "mkosi" and not image.origin_image
        for arch in image.arches
    )


def make_task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one root file system."""
    root = described(compose, variant, arch, image)
    output = compose.paths.rootfs(variant.name, arch, image.name)
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"make the root file system of {variant.name}'s image {image.name} for {arch} by mkosi",
        run=partial(make, root, compose.paths.tree, output),
        inputs=root.inputs,
        order_only=root.order_only,
        outputs=(output,),
        uses=root.uses,
        tools=(mkosi.PROGRAM,),
        failable=image.may_fail(arch),
        pool="disk",
    )


def make(root: Root, tree: Path, output: Path) -> None:
    """Make a root file system as a tar; all repositories are below `tree`.

    Raises MachineError for an arch that mkosi is not asked for, ToolError, ComposeError if it has other packages.
    """
    if root.arch not in mkosi.ARCHES:
        raise MachineError(f"mkosi builds nothing for {root.arch} here", "builder: native")
    os.umask(0o022)
    rows = json.loads(root.packages.read_text())["packages"]
    package_check.check_arch(rows, root.arch)
    with scratch(output.with_suffix(".mkosi").absolute()) as folder:
        lay_out(root, tree, folder, [row["package"] for row in rows])
        run(unshare.apart(mkosi.build(folder, tree.absolute())), cwd=folder, timeout=TIMEOUT, package=mkosi.PROGRAM)
        made = folder / "output" / "root.tar"
        package_check.compare(rows, package_check.installed(tar.content(made, package_check.STATUS)))
        output.parent.mkdir(parents=True, exist_ok=True)
        made.replace(output)


def lay_out(root: Root, tree: Path, folder: Path, packages: list[str]) -> None:
    """Write all that mkosi is told into a folder."""
    for name in (
        "output",
        "cache",
        "packages",
        "files",
        mkosi.TREE.name,
        mkosi.SPACE,
        "sandbox/etc/apt/sources.list.d",
    ):
        (folder / name).mkdir(parents=True)
    key = root.key.read_text()
    sources = [
        apt_get.source("file", mkosi.TREE / place.relative_to(tree), root.suite, parts, (root.arch,), key=key)
        for place, parts in root.repositories
    ]
    (folder / "sandbox/etc/apt/sources.list.d/mkosi.sources").write_text("\n".join(sources))
    (folder / "sandbox/etc/apt.conf").write_text(APT)
    own = [customize.commands(root.customize, "localhost"), *(path.read_text() for path in root.scripts)]
    program(folder / "customize.chroot", own[0])
    names = [program(folder / f"script{number:02}.chroot", text) for number, text in enumerate(own[1:])]
    program(folder / "clean-up.chroot", customize.clean_up() + NO_FIRST_BOOT)
    files.lay(folder / "files", root.own_files())
    epoch = read_epoch(root.epoch)
    sections = mkosi.root_as_tar(root.suite, root.arch, packages, epoch)
    sections["Content"] += [("PostInstallationScripts", name) for name in names]
    sections["Content"].append(("ExtraTrees", "files"))
    (folder / "mkosi.conf").write_text(mkosi.configuration(sections))


def program(path: Path, text: str) -> str:
    """Write a program and give its name."""
    path.write_text(text)
    path.chmod(0o755)
    return path.name
