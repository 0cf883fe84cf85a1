"""Make the root file systems of disks with `builder: kiwi`, of the packages that were worked out, by KIWI NG."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from composelib.errors import ComposeError, MachineError
from composelib.files import read_epoch, scratch, written_aside
from composelib.image.root import customize, files, package_check
from composelib.image.root.plan import Root, described
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.variant import Variant
from composelib.task import Task
from composelib.tools import binfmt, kiwi, tar, unshare
from composelib.tools.run import ToolError, run

TIMEOUT = 4 * 3600
NO_SERVICES = "#!/bin/sh\nexit 101\n"  # policy-rc.d: no package starts what it brings
POLICY = "usr/sbin/policy-rc.d"
NO_MACHINE = """\
test ! -e /etc/machine-id || : >/etc/machine-id
rm -f /var/lib/dbus/machine-id
test ! -d /etc/sysconfig || rmdir --ignore-fail-on-non-empty /etc/sysconfig
"""
STEP = "image/step"  # in a folder that KIWI makes for itself: which script is running
SAID = "image/said"  # what scripts say, which KIWI keeps to itself
FIRST = "Package: dpkg\n"  # the repository that has it is the one to begin with


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each disk that KIWI builds and each of its arches."""
    return tuple(
        make_task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.kind == "disk" and image.builder == "kiwi" and not image.origin_image
        for arch in image.arches
    )


def make_task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one root file system."""
    root = described(compose, variant, arch, image)
    output = compose.paths.rootfs(variant.name, arch, image.name)
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"make the root file system of {variant.name}'s image {image.name} for {arch} by KIWI",
        run=partial(make, root, output),
        inputs=root.inputs,
        order_only=root.order_only,
        outputs=(output,),
        uses=root.uses,
        tools=(kiwi.PROGRAM, "debootstrap", "rsync", "tar"),
        failable=image.may_fail(arch),
        pool="disk",
    )


def make(root: Root, output: Path) -> None:
    """Make a root file system as a tar: the same bytes whenever and wherever it is made.

    Raises MachineError if not root, for an arch that is not the machine's or when the disk is full, ComposeError if a
    script fails or there are other packages than asked for, ToolError.
    """
    can_make(root.arch)
    os.umask(0o022)
    rows = json.loads(root.packages.read_text())["packages"]
    package_check.check_arch(rows, root.arch)
    epoch = read_epoch(root.epoch)
    with scratch(output.with_suffix(".making").absolute()) as folder, written_aside(output.absolute()) as aside:
        tree = folder / kiwi.MADE
        bound = lay_out(root, rows, folder)
        command = unshare.apart(kiwi.prepare(folder, bound))
        with told(root, tree):
            environment = {"SOURCE_DATE_EPOCH": str(epoch), "GNUPGHOME": str(kiwi.CACHE / kiwi.KEYS)}
            run(command, env=environment, timeout=TIMEOUT, package=kiwi.PACKAGE)
        package_check.compare(rows, package_check.installed((tree / package_check.STATUS).read_bytes()))
        run(tar.pack(tree, aside, epoch, kiwi.LEFT), package="tar")


def can_make(arch: str) -> None:
    """Check that KIWI can make a root of an arch here. Raises MachineError."""
    if os.geteuid() != 0:
        raise MachineError("KIWI works as root alone", "run as root")
    native = run(binfmt.native(), capture=True, package="dpkg").stdout.decode().strip()
    if arch != native:
        raise MachineError(f"KIWI makes systems of the machine's own arch, {native}, not of {arch}", "builder: native")


def lay_out(root: Root, rows: list[dict[str, str]], folder: Path) -> list[tuple[Path, Path]]:
    """Write all that KIWI is told into a folder; gives paths and where it is to see them."""
    for name in (kiwi.SPACE, "scripts", f"cache/{kiwi.KEYS}"):
        (folder / name).mkdir(parents=True)
    (folder / "cache" / kiwi.KEYS).chmod(0o700)
    shutil.copy(root.key, folder / kiwi.KEY)
    (folder / "config.yml").write_text("{}\n")
    preferences = folder / "cache" / kiwi.PREFERENCES
    preferences.parent.mkdir(parents=True)
    preferences.write_text(package_check.preferences(rows))
    names = [row["package"] for row in rows]
    shutil.copy(kiwi.DEBOOTSTRAP / kiwi.COMMON, folder / "scripts")
    (folder / "scripts" / root.suite).write_text(kiwi.first_packages(names))
    scripts(root, folder)
    seen = [kiwi.CACHE / f"compose{number}" for number in range(len(root.repositories))]
    repositories = [
        kiwi.Repository(place, root.suite, parts, first=has_base(path / "dists" / root.suite, root.arch, parts))
        for place, (path, parts) in zip(seen, root.repositories, strict=True)
    ]
    (folder / "config.xml").write_text(kiwi.description(repositories, names))
    paths = [path.absolute() for path, _ in root.repositories]
    bound = [(folder / "cache", kiwi.CACHE), (folder / "scripts", kiwi.DEBOOTSTRAP)]
    return [*bound, *zip(paths, seen, strict=True)]


def has_base(suite: Path, arch: str, components: Iterable[str]) -> bool:
    """Tell whether a repository has what a root begins with."""
    indices = (suite / component / f"binary-{arch}" / "Packages" for component in components)
    return any(f"\n{FIRST}" in f"\n{index.read_text()}" for index in indices)


def scripts(root: Root, folder: Path) -> None:
    """Write what KIWI runs in the root after its first packages and after all of them, and the files it puts there.

    The root's /etc/hosts and the like are KIWI's links to copies of the machine's: what is to stay takes their place.
    """
    texts = [("customize", customize.commands(root.customize, "localhost"))]
    texts += [(str(script), script.read_text()) for script in root.scripts]
    texts.append(("clean-up", customize.clean_up() + NO_MACHINE))
    (folder / "post_bootstrap.sh").write_text(
        f"{customize.FACE}{customize.written(f'/{POLICY}', NO_SERVICES)}chmod 755 /{POLICY}\n"
    )
    begin = f"rm -f /{POLICY} /etc/apt/sources.list\n"
    steps = "".join(
        f"{customize.written(f'/{STEP}', called)}{customize.FOLDER}/{number:02}\n"
        for number, (called, _) in enumerate(texts)
    )
    (folder / "config.sh").write_text(
        f"{customize.FACE}exec >/{SAID} 2>&1\n{begin}{steps}rm -r {customize.FOLDER} /{STEP}\n"
    )
    members = [(f"{customize.FOLDER}/{number:02}", text.encode(), 0o755) for number, (_, text) in enumerate(texts)]
    files.lay(folder / "root", [*root.own_files(), *members])


@contextmanager
def told(root: Root, tree: Path) -> Iterator[None]:
    """Put into the log what scripts within the root said, and let a script's failure be told by its name."""
    step, said = tree / STEP, tree / SAID
    try:
        yield
    except ToolError:
        if not step.exists():
            raise
        raise ComposeError(
            f"{step.read_text()}: failed in the root of {root.label} for {root.arch}", "see its output in the log"
        ) from None
    finally:
        if said.exists():
            print(said.read_text(errors="replace"), flush=True)
