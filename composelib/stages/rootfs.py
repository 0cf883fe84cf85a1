"""Make the root file system of each image, of exactly the packages that were worked out for it."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path

from composelib.errors import ComposeError, MachineError
from composelib.files import scratch, written_aside
from composelib.image.root import customize, package_check
from composelib.image.root.files import Member
from composelib.image.root.plan import Root, described
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.variant import Variant
from composelib.task import Task
from composelib.tools import apt_get, binfmt, dpkg_query, mmdebstrap, unshare
from composelib.tools.run import ToolError, run

TIMEOUT = 4 * 3600
BASE = ("base-files", "base-passwd", "dash", "dpkg", "tar")
"""Packages without which no root can be made; all are essential, and in every distribution."""
OPTIONS = (
    "Acquire::Check-Valid-Until true",
    "Acquire::Languages none",
    "APT::Install-Recommends false",  # those that are wanted are in the list
    "APT::Update::Error-Mode any",
)


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each image that is made of a root file system, and each of its arches."""
    return tuple(
        task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.has_root and image.builder == "native"
        for arch in image.arches
    )


def task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one image and arch."""
    root = described(compose, variant, arch, image)
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"make the root file system of {variant.name}'s image {image.name} for {arch}",
        run=partial(make, root, compose.paths.rootfs(variant.name, arch, image.name)),
        inputs=root.inputs,
        order_only=root.order_only,
        outputs=(compose.paths.rootfs(variant.name, arch, image.name),),
        uses=root.uses,
        tools=("mmdebstrap",),
        failable=image.may_fail(arch),
        pool="disk",
    )


def make(root: Root, output: Path) -> None:
    """Make a root file system as a tar: the same bytes whenever and wherever it is made.

    Raises MachineError if programs of its arch do not run here or the disk is full, ComposeError if a step in it fails.
    """
    can_run(root.arch)
    os.umask(0o022)
    rows = json.loads(root.packages.read_text())["packages"]
    check_base({row["package"] for row in rows}, root)
    with scratch(output.with_suffix(".making")) as place, written_aside(output) as aside:
        place.chmod(0o755)  # in a user namespace its own root reads it
        environment = {
            "SOURCE_DATE_EPOCH": root.epoch.read_text().strip(),
            "TMPDIR": str(place.absolute()),
            **({"INITRD": "No"} if root.initramfs else {}),
        }
        with told(root, place / "step"):
            run(
                command(root, rows, place.absolute(), aside),
                env=environment,
                timeout=TIMEOUT,
                package=mmdebstrap.PACKAGE,
            )
        package_check.compare(rows, (place / "installed").read_text())


def can_run(arch: str) -> None:
    """Check that programs of an arch run here. Raises MachineError."""
    native = run(binfmt.native(), capture=True, package="dpkg").stdout.decode().strip()
    if arch != native and run(binfmt.runs(arch), ok=(0, 1), package=binfmt.PACKAGE).returncode:
        raise MachineError(f"programs of {arch} do not run on this machine", binfmt.CURE)


def check_base(names: set[str], root: Root) -> None:
    """Check that there is a system to install into. Raises ComposeError, where mmdebstrap would only stumble."""
    lacking = [name for name in BASE if name not in names]
    if lacking:
        raise ComposeError(
            f"{root.label}: the repository lacks essential packages: {', '.join(lacking)}",
            "add ?essential to the packages of the variant",
        )


def command(root: Root, rows: list[dict[str, str]], place: Path, target: Path) -> list[str]:
    """Write what mmdebstrap is told by files into `place` and give its command."""
    key = root.key.read_text()
    arches = (root.arch, *root.foreign)
    sources = [apt_get.source("copy", path.absolute(), root.suite, parts, key=key) for path, parts in root.repositories]
    (place / "compose.sources").write_text("\n".join(sources))
    (place / "preferences").write_text(package_check.preferences(rows))
    is_root = os.geteuid() == 0
    made = mmdebstrap.bootstrap(
        target.absolute(),
        place / "compose.sources",
        suite=root.suite,
        arches=arches,
        include=[qualified(row, root.arch) for row in rows],
        root=is_root,
        options=(*OPTIONS, f'Dir::Etc::Preferences "{place}/preferences"'),
        setup=(program(place / "merged-usr", customize.merged_usr(root.arch)),),
        customize=hooks(root, place),
    )
    return unshare.apart(made) if is_root else made


def qualified(row: dict[str, str], arch: str) -> str:
    """Give a package's name, with its arch if that is a foreign one."""
    return row["package"] if row["architecture"] in {arch, "all"} else f"{row['package']}:{row['architecture']}"


def hooks(root: Root, place: Path) -> tuple[str, ...]:
    """Write the programs that work on the root after its packages into `place`, and give their paths."""
    texts = {"customize": (customize.commands(root.customize, "localhost"), "customize")}
    texts |= {f"script{number:02}": (script.read_text(), str(script)) for number, script in enumerate(root.scripts)}
    if root.initramfs:
        texts["initramfs"] = (customize.FACE + customize.INITRAMFS, "the making of the initramfs")
    texts["clean-up"] = (customize.clean_up(), "clean-up")
    members = [(f"{customize.FOLDER}/{name}", text.encode(), 0o755) for name, (text, _) in texts.items()]
    pack(place / "files.tar", [*root.own_files(), *members])
    for name in ("step", "installed"):
        (place / name).touch()
        (place / name).chmod(0o666)  # a user namespace's own root writes it
    runs = [(name, called) for name, (_, called) in texts.items()]
    return (
        program(place / "hook", customize.hook(str(place / "step"), str(place / "files.tar"), runs)),
        program(place / "query", f"{customize.FACE}{dpkg_query.installed(place / 'installed')}"),
    )


def program(path: Path, text: str) -> str:
    """Write a program and give its path."""
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def pack(target: Path, members: list[Member]) -> None:
    """Write a tar of files, owned by root, of no date."""
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        for name, content, mode in members:
            info = tarfile.TarInfo(name.lstrip("/"))
            info.size, info.mode = len(content), mode
            tar.addfile(info, BytesIO(content))


@contextmanager
def told(root: Root, step: Path) -> Iterator[None]:
    """Let the failure of a step within the root be told by the step's name."""
    try:
        yield
    except ToolError as error:
        where = step.read_text() if step.exists() else ""
        if not where:
            raise
        status = error.message.rpartition(": ")[2]
        raise ComposeError(
            f"{where}: failed in the root of {root.label} for {root.arch} ({status})", "see its output in the log"
        ) from None
