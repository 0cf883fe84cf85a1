"""KIWI NG, the builder `kiwi`: root file systems of the machine's own arch."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from composelib.errors import ComposeError, MachineError
from composelib.files import read_epoch, scratch_folder, written_aside
from composelib.image.root import customize, files, package_check, settings
from composelib.image.root.builder import BuilderCapabilities, RootJob
from composelib.image.root.customize import HookStep
from composelib.image.root.shell import PROLOGUE, render_file
from composelib.text.json_file import read_json
from composelib.tools import kiwi, tar, unshare

CAPABILITIES = BuilderCapabilities(name="kiwi", tools=(kiwi.PROGRAM, "debootstrap", "rsync", "tar"))
TIMEOUT = 4 * 3600
NO_SERVICES = "#!/bin/sh\nexit 101\n"  # policy-rc.d: no package starts its services
POLICY = "usr/sbin/policy-rc.d"
NO_MACHINE = """\
test ! -e /etc/machine-id || : >/etc/machine-id
rm -f /var/lib/dbus/machine-id
test ! -d /etc/sysconfig || rmdir --ignore-fail-on-non-empty /etc/sysconfig
"""
STEP = "image/step"  # holds the name of the script that runs; `image` is a folder of KIWI's own
OUTPUT = "image/output"  # the output of scripts, which KIWI does not pass on
FIRST = "Package: dpkg\n"  # debootstrap begins with the repository that has it


def build(root: RootJob, output: Path) -> None:
    """Make a root file system as a tar: the same bytes whenever and wherever it is made.

    Raise MachineError if not root, for an arch that is not the machine's or when the disk is full, ComposeError if a
    script fails or there are other packages than were solved, ToolError.
    """
    from composelib.fetch.onward import check_stored
    from composelib.image.root import guard
    from composelib.image.root.tar import require_end
    from composelib.tools.run import run

    begun = time.time()
    check_machine(root.arch)
    os.umask(0o022)
    rows = read_json(root.packages)["packages"]
    check_stored(root.store, [row["sha256"] for row in rows])
    package_check.check_arch(rows, root.arch)
    epoch = read_epoch(root.epoch)
    with scratch_folder(output.with_suffix(".making").absolute()) as folder, written_aside(output.absolute()) as aside:
        tree = folder / kiwi.ROOT
        command = unshare.isolate(kiwi.prepare(folder, lay_out(root, rows, folder)))
        with name_failed_step(root, tree):
            environment = {"SOURCE_DATE_EPOCH": str(epoch), "GNUPGHOME": str(kiwi.CACHE / kiwi.KEYS)}
            run(command, env=environment, timeout=TIMEOUT)
        package_check.check_packages(rows, package_check.list_installed((tree / package_check.STATUS).read_bytes()))
        run(tar.pack(tree, aside, epoch, kiwi.LEFTOVERS))
        require_end(aside, "tar")
        guard.check_root(root, aside, begun)


def check_machine(arch: str) -> None:
    """Raise MachineError unless KIWI can make a root of an arch here."""
    from composelib.tools import binfmt
    from composelib.tools.root_user import require_root

    require_root("KIWI")
    native = binfmt.read_native_arch()
    if arch != native:
        raise MachineError(
            f"KIWI makes systems of the machine's own arch, {native}, not of {arch}", "use `builder: native`"
        )


def lay_out(root: RootJob, rows: list[dict[str, str]], folder: Path) -> list[tuple[Path, Path]]:
    """Write the files that KIWI reads into a folder; return the paths to bind, each with the path at which KIWI sees it."""
    import shutil

    for name in (kiwi.SPACE, "scripts", f"cache/{kiwi.KEYS}"):
        (folder / name).mkdir(parents=True)
    (folder / "cache" / kiwi.KEYS).chmod(0o700)
    shutil.copy(root.key, folder / kiwi.KEY)
    (folder / "config.yml").write_text("{}\n")
    preferences = folder / "cache" / kiwi.PREFERENCES
    preferences.parent.mkdir(parents=True)
    preferences.write_text(package_check.render_preferences(rows))
    names = [row["package"] for row in rows]
    shutil.copy(kiwi.DEBOOTSTRAP / kiwi.COMMON, folder / "scripts")
    (folder / "scripts" / root.suite).write_text(kiwi.render_debootstrap_script(names))
    write_scripts(root, folder)
    mount_points = [kiwi.CACHE / f"compose{number}" for number in range(len(root.repositories))]
    repositories = [
        kiwi.KiwiRepository(
            point, root.suite, components, first=has_base(path / "dists" / root.suite, root.arch, components)
        )
        for point, (path, components) in zip(mount_points, root.repositories, strict=True)
    ]
    (folder / "config.xml").write_text(kiwi.render_description(repositories, names))
    paths = [path.absolute() for path, _ in root.repositories]
    bound = [(folder / "cache", kiwi.CACHE), (folder / "scripts", kiwi.DEBOOTSTRAP)]
    return [*bound, *zip(paths, mount_points, strict=True)]


def has_base(suite: Path, arch: str, components: Iterable[str]) -> bool:
    """Return whether a repository has the packages that a root begins with."""
    indices = (suite / component / f"binary-{arch}" / "Packages" for component in components)
    return any(f"\n{FIRST}" in f"\n{index.read_text()}" for index in indices)


def write_scripts(root: RootJob, folder: Path) -> None:
    """Write the scripts that KIWI runs in the root, after the first packages and at the end, and the files it copies there.

    The root's /etc/hosts and the like are KIWI's links to copies of the machine's: files of ours replace them.
    """
    actions = settings.list_steps(root, read_epoch(root.epoch))
    actions.append(HookStep("clean-up", customize.render_clean_up(root.keep) + NO_MACHINE))
    policy = render_file(f"/{POLICY}", NO_SERVICES)
    (folder / "post_bootstrap.sh").write_text(f"{PROLOGUE}{policy}chmod 755 /{POLICY}\n")
    begin = f"rm -f /{POLICY} /etc/apt/sources.list\n"
    steps = "".join(
        f"{render_file(f'/{STEP}', action.label)}unshare --net {customize.locate_program(number)}\n"
        for number, action in enumerate(actions)
    )
    (folder / "config.sh").write_text(
        f"{PROLOGUE}exec >/{OUTPUT} 2>&1\n{begin}{steps}rm -r {customize.FOLDER} /{STEP}\n"
    )
    programs = [
        (customize.locate_program(number), action.text.encode(), 0o755) for number, action in enumerate(actions)
    ]
    files.lay_out(folder / "root", [*files.read_own_files(root), *programs])


@contextmanager
def name_failed_step(root: RootJob, tree: Path) -> Iterator[None]:
    """Name the script that failed within the root in the error of the block; print the output of scripts to the log."""
    from composelib.tools.run import ToolError

    step, output = tree / STEP, tree / OUTPUT
    try:
        yield
    except ToolError:
        if not step.exists():
            raise
        raise ComposeError(
            f"{step.read_text()}: failed in the root of {root.label} for {root.arch}", "see its output in the log"
        ) from None
    finally:
        if output.exists():
            print(output.read_text(errors="replace"), flush=True)
