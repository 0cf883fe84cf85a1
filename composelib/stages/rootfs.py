"""Make the root file system of each image, of exactly the packages that were worked out for it."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from io import BytesIO
from pathlib import Path

from composelib.errors import ComposeError, MachineError
from composelib.files import scratch, written_aside
from composelib.image import customize
from composelib.model import Compose, Customize, Image, Variant
from composelib.task import Task
from composelib.tools import apt_get, arch_test, dpkg_query, mmdebstrap, unshare
from composelib.tools.run import ToolError, run
from composelib.value import dataclass

TIMEOUT = 4 * 3600
EXTRA = "extra"  # beside the list of files, has them
BASE = ("base-files", "base-passwd", "dash", "dpkg", "tar")
"""Packages without which no root can be made; all are essential, and in every distribution."""
OPTIONS = (
    "Acquire::Check-Valid-Until true",
    "Acquire::Languages none",
    "APT::Install-Recommends false",  # those that are wanted are in the list
    "APT::Update::Error-Mode any",
)


@dataclass(frozen=True)
class Root:
    """What a root file system is made of and how."""

    label: str
    """What messages call it."""
    arch: str
    foreign: tuple[str, ...]
    suite: str
    repositories: tuple[tuple[Path, tuple[str, ...]], ...]
    """Folder and components of each."""
    key: Path
    packages: Path
    epoch: Path
    customize: Customize
    files: Path | None
    """The list of the files that are put into it."""
    scripts: tuple[Path, ...]
    address: str
    """Where the repository will be served, for the root's own apt; empty when that is not known."""
    initramfs: bool
    """Whether it gets the initramfs of an OSTree deployment, in place of the one its kernel's installation makes."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each image that is made of a root file system, and each of its arches."""
    return tuple(
        task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if has_root(image)
        for arch in image.arches
    )


def has_root(image: Image) -> bool:
    """Tell whether an image is made of a root file system of its own; some builders of disks make theirs themselves."""
    if image.origin_image:
        return False
    return image.kind in {"live", "ostree", "container", "root"} or (
        image.kind == "disk" and image.builder in {"native", "osbuild"}
    )


def task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one image and arch."""
    root = described(compose, variant, arch, image)
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"make the root file system of {variant.name}'s image {image.name} for {arch}",
        run=partial(make, root, compose.rootfs(variant.name, arch, image.name)),
        inputs=(root.packages, *image.scripts, *((root.files,) if root.files else ())),
        order_only=(
            root.key,
            root.epoch,
            *(place / "dists" / root.suite / "InRelease" for place, _ in root.repositories),
        ),
        outputs=(compose.rootfs(variant.name, arch, image.name),),
        uses={
            "customize": asdict(root.customize),
            "scripts": [str(script) for script in root.scripts],
            "address": [root.address, *root.repositories[0][1]] if root.address else [],
            "foreign": list(root.foreign),
            "initramfs": root.initramfs,
        },
        tools=("mmdebstrap",),
        failable=image.may_fail(arch),
        pool="disk",
    )


def described(compose: Compose, variant: Variant, arch: str, image: Image) -> Root:
    """Give what an image's root file system is made of."""
    used = [other for name in (variant.name, *variant.lookaside) for other in compose.variants if other.name == name]
    return Root(
        label=f"{variant.name}'s image {image.name}",
        arch=arch,
        foreign=variant.multiarch.foreign if variant.multiarch else (),
        suite=compose.release.codename,
        repositories=tuple((compose.repository(one.name), one.delivered(arch)) for one in used if arch in one.arches),
        key=compose.archive_key,
        packages=compose.solved(variant.name, arch, image.name),
        epoch=compose.epoch,
        customize=image.customize,
        files=compose.extra_files(variant.name, arch, image.name) if image.files else None,
        scripts=image.scripts,
        address=f"{compose.base_url.rstrip('/')}/{variant.name}/repo" if compose.base_url else "",
        initramfs=image.kind == "ostree",
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
        compare(rows, (place / "installed").read_text())


def can_run(arch: str) -> None:
    """Check that programs of an arch run here. Raises MachineError."""
    native = run(arch_test.native(), capture=True, package="dpkg").stdout.decode().strip()
    if arch != native and run(arch_test.runs(arch), ok=(0, 1), package=arch_test.PACKAGE).returncode:
        raise MachineError(f"programs of {arch} do not run on this machine", arch_test.CURE)


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
    (place / "preferences").write_text(preferences(rows))
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


def preferences(rows: list[dict[str, str]]) -> str:
    """Give apt's preferences by which there are no other packages than these versions."""
    pins = [apt_get.pin(f"{row['package']}:{row['architecture']}", f"version {row['version']}", 990) for row in rows]
    return apt_get.pin("*", "release *", -1) + "".join(pins).replace(":all\n", "\n")


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
    pack(place / "files.tar", [*extra_files(root), *members])
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


def extra_files(root: Root) -> Iterator[tuple[str, bytes, int]]:
    """Give name, content and mode of each file that the config puts into the root, and of apt's source."""
    if root.files:
        for row in json.loads(root.files.read_text())["files"]:
            path = root.files.parent / EXTRA / row["path"]
            yield row["path"], path.read_bytes(), 0o755 if os.access(path, os.X_OK) else 0o644
    if root.address:
        parts = root.repositories[0][1]
        text = f"Types: deb\nURIs: {root.address}\nSuites: {root.suite}\nComponents: {' '.join(parts)}\n"
        keyring = "/usr/share/keyrings/compose-archive-key.asc"
        yield keyring, root.key.read_bytes(), 0o644
        yield "/etc/apt/sources.list.d/compose.sources", f"{text}Signed-By: {keyring}\n".encode(), 0o644


def pack(target: Path, members: list[tuple[str, bytes, int]]) -> None:
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


def compare(rows: list[dict[str, str]], installed: str) -> None:
    """Check that the packages of a root are those that were worked out for it. Raises ComposeError."""
    wanted = {f"{row['package']} {row['version']} {row['architecture']}" for row in rows}
    differing = wanted ^ set(installed.splitlines())
    if differing:
        raise ComposeError(f"the root has other packages than were worked out: {', '.join(sorted(differing))}")
