"""Make the root file systems of disks with `builder: mkosi`, of the packages that were worked out, by mkosi."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path

from composelib.errors import MachineError
from composelib.files import scratch
from composelib.image import customize
from composelib.model import Compose, Customize, Image, Variant
from composelib.task import Task
from composelib.tools import apt_get, mkosi, unshare
from composelib.tools.run import run
from composelib.value import dataclass

TIMEOUT = 4 * 3600
APT = 'Dir::Etc "/etc/apt";\nAcquire::Languages "none";\nAcquire::Check-Date "false";\n'
NO_FIRST_BOOT = ": >/etc/machine-id\n"  # mkosi's `uninitialized` lets the first boot ask questions on the console


@dataclass(frozen=True)
class Wanted:
    """What a root file system is made of."""

    arch: str
    suite: str
    tree: Path
    """What all repositories are below."""
    repositories: tuple[tuple[Path, tuple[str, ...]], ...]
    """Folder and components of each."""
    key: Path
    packages: Path
    epoch: Path
    customize: Customize
    scripts: tuple[Path, ...]
    files: Path | None
    """The list of the image's extra files."""


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
    used = [other for name in (variant.name, *variant.lookaside) for other in compose.variants if other.name == name]
    wanted = Wanted(
        arch,
        compose.release.codename,
        compose.tree,
        tuple((compose.repository(one.name), one.delivered(arch)) for one in used if arch in one.arches),
        compose.archive_key,
        compose.solved(variant.name, arch, image.name),
        compose.epoch,
        image.customize,
        image.scripts,
        compose.extra_files(variant.name, arch, image.name) if image.files else None,
    )
    output = compose.rootfs(variant.name, arch, image.name)
    suites = tuple(place / "dists" / wanted.suite / "InRelease" for place, _ in wanted.repositories)
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"make the root file system of {variant.name}'s image {image.name} for {arch} by mkosi",
        run=partial(make, wanted, output),
        inputs=(wanted.packages, *image.scripts, *((wanted.files,) if wanted.files else ())),
        order_only=(wanted.key, wanted.epoch, *suites),
        outputs=(output,),
        uses={"customize": asdict(image.customize), "scripts": [path.name for path in image.scripts]},
        tools=(mkosi.PROGRAM,),
        failable=image.may_fail(arch),
        pool="disk",
    )


def make(wanted: Wanted, output: Path) -> None:
    """Make a root file system as a tar. Raises MachineError for an arch that mkosi is not asked for, ToolError."""
    if wanted.arch not in mkosi.ARCHES:
        raise MachineError(f"mkosi builds nothing for {wanted.arch} here", "builder: native")
    rows = json.loads(wanted.packages.read_text())["packages"]
    with scratch(output.with_suffix(".mkosi").absolute()) as folder:
        lay_out(wanted, folder, [row["package"] for row in rows])
        run(unshare.apart(mkosi.build(folder)), cwd=folder, timeout=TIMEOUT, package=mkosi.PROGRAM)
        output.parent.mkdir(parents=True, exist_ok=True)
        (folder / "output" / "root.tar").replace(output)


def lay_out(wanted: Wanted, folder: Path, packages: list[str]) -> None:
    """Write all that mkosi is told into a folder."""
    for name in ("output", "cache", "packages", mkosi.SPACE, "sandbox/etc/apt/sources.list.d"):
        (folder / name).mkdir(parents=True)
    key = wanted.key.read_text()
    sources = [
        apt_get.source("file", place.absolute(), wanted.suite, parts, (wanted.arch,), key=key)
        for place, parts in wanted.repositories
    ]
    (folder / "sandbox/etc/apt/sources.list.d/mkosi.sources").write_text("\n".join(sources))
    (folder / "sandbox/etc/apt.conf").write_text(APT)
    own = [customize.commands(wanted.customize, "localhost"), *(path.read_text() for path in wanted.scripts)]
    program(folder / "customize.chroot", own[0])
    names = [program(folder / f"script{number:02}.chroot", text) for number, text in enumerate(own[1:])]
    program(folder / "clean-up.chroot", customize.clean_up() + NO_FIRST_BOOT)
    epoch = int(wanted.epoch.read_text())
    sections = mkosi.root_as_tar(folder, wanted.tree.absolute(), wanted.suite, wanted.arch, packages, epoch)
    sections["Content"] += [("PostInstallationScripts", name) for name in names]
    if wanted.files:
        sections["Content"].append(("ExtraTrees", f"{wanted.files.absolute().parent / 'extra'}"))
    (folder / "mkosi.conf").write_text(mkosi.configuration(sections))


def program(path: Path, text: str) -> str:
    """Write a program and give its path."""
    path.write_text(text)
    path.chmod(0o755)
    return str(path)
