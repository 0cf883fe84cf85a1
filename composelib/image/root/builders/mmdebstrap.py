"""mmdebstrap, the builder `native`: the default, for root file systems of every arch that runs on the machine."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from composelib.errors import ComposeError
from composelib.files import read_epoch, scratch_folder, written_aside
from composelib.image.root import customize, files, package_check, settings
from composelib.image.root.builder import BuilderCapabilities, RootJob
from composelib.image.root.customize import HookStep
from composelib.image.root.shell import PROLOGUE
from composelib.text.json_file import read_json, write_json
from composelib.tools import apt_get, dpkg_query, mmdebstrap, unshare

CAPABILITIES = BuilderCapabilities(name="native", tools=("mmdebstrap",), foreign=True, commits=True, network=True)
TIMEOUT = 4 * 3600
WRITTEN = "written"  # lists what scripts with network have written
RECORD_FORMAT = 1
BASE = ("base-files", "base-passwd", "dash", "dpkg", "tar")
"""Packages without which no root can be made: all are essential, and every distribution has them."""
OPTIONS = (
    "Acquire::Check-Valid-Until true",
    "Acquire::Languages none",
    "APT::Install-Recommends false",  # recommended packages are in the list already
    "APT::Update::Error-Mode any",
)


def build(root: RootJob, output: Path) -> None:
    """Make a root file system as a tar: the same bytes whenever and wherever it is made.

    Raise MachineError if programs of its arch do not run here or the disk is full, ComposeError if a step in it fails.
    """
    from composelib.fetch.onward import check_stored
    from composelib.image.root import guard, tar
    from composelib.tools import binfmt
    from composelib.tools.run import run

    begun = time.time()
    os.umask(0o022)
    rows = read_json(root.packages)["packages"]
    check_stored(root.store, [row["sha256"] for row in rows])
    check_base({row["package"] for row in rows}, root.label)
    with scratch_folder(output.with_suffix(".making")) as folder, written_aside(output) as aside:
        folder.chmod(0o755)  # in a user namespace its own root reads it
        environment = {
            "SOURCE_DATE_EPOCH": str(read_epoch(root.epoch)),
            "TMPDIR": str(folder.absolute()),
            **({"INITRD": "No"} if root.initramfs else {}),
        }
        with name_failed_step(root, folder / "step"):
            command = prepare(root, rows, folder.absolute(), aside)
            run(binfmt.admit_arch(root.arch, command), env=environment, timeout=TIMEOUT)
        tar.require_end(aside, "mmdebstrap")
        package_check.check_packages(rows, (folder / "installed").read_text())
        guard.check_root(root, aside, begun)
        if root.record:
            write_json(root.record, {"version": RECORD_FORMAT, "files": read_written((folder / WRITTEN).read_bytes())})


def read_written(listing: bytes) -> dict[str, str]:
    """Return the SHA256 of each file that sha256sum(1) lists with --zero, by its path; of one listed several times the last."""
    entries = (os.fsdecode(entry).partition("  ") for entry in listing.split(b"\0") if entry)
    return {path: sha256 for sha256, _, path in entries}


def check_base(names: set[str], label: str) -> None:
    """Raise ComposeError unless the packages include those of BASE; mmdebstrap's own error does not name them."""
    missing = [name for name in BASE if name not in names]
    if missing:
        raise ComposeError(
            f"{label}: the repository lacks essential packages: {', '.join(missing)}",
            "add ?essential to the packages of the variant",
        )


def prepare(root: RootJob, rows: list[dict[str, str]], folder: Path, target: Path) -> list[str]:
    """Write the files that mmdebstrap reads into a folder and return its command."""
    from composelib.tools.root_user import is_root

    key = root.key.read_text()
    sources = [
        apt_get.format_source("copy", path.absolute(), root.suite, components, (root.arch, *root.foreign), key=key)
        for path, components in root.repositories
    ]
    (folder / "compose.sources").write_text("\n".join(sources))
    (folder / "preferences").write_text(package_check.render_preferences(rows))
    as_root = is_root()
    merge_usr = files.write_program(folder / "merged-usr", customize.render_merged_usr(root.arch))
    command = mmdebstrap.bootstrap(
        target.absolute(),
        folder / "compose.sources",
        suite=root.suite,
        arches=(root.arch, *root.foreign),
        include=[qualify(row, root.arch) for row in rows],
        root=as_root,
        options=(*OPTIONS, f'Dir::Etc::Preferences "{folder}/preferences"'),
        setup=(str(merge_usr),),
        customize=write_hooks(root, folder),
    )
    return unshare.isolate(command) if as_root else command


def qualify(row: dict[str, str], arch: str) -> str:
    """Return a package's name, followed by `:ARCH` if it is of a foreign arch."""
    return row["package"] if row["architecture"] in {arch, "all"} else f"{row['package']}:{row['architecture']}"


def write_hooks(root: RootJob, folder: Path) -> tuple[str, ...]:
    """Write the customize hooks, which work on the root after its packages, into a folder; return their paths."""
    steps = settings.list_steps(root, read_epoch(root.epoch))
    if root.initramfs:
        steps.append(HookStep("making the initramfs", PROLOGUE + customize.INITRAMFS))
    steps.append(HookStep("clean-up", customize.render_clean_up(root.keep)))
    programs = [(customize.locate_program(number), step.text.encode(), 0o755) for number, step in enumerate(steps)]
    files.pack(folder / "files.tar", [*files.read_own_files(root), *programs])
    for name in ("step", "installed", WRITTEN):
        (folder / name).touch()
        (folder / name).chmod(0o666)  # a user namespace's own root writes it
    hook = customize.render_hook(str(folder / "step"), str(folder / "files.tar"), steps, str(folder / WRITTEN))
    query = f"{PROLOGUE}{dpkg_query.list_installed(folder / 'installed')}"
    return str(files.write_program(folder / "hook", hook)), str(files.write_program(folder / "query", query))


@contextmanager
def name_failed_step(root: RootJob, step: Path) -> Iterator[None]:
    """Name the step that failed within the root, as the file `step` has it, in the error of the block."""
    from composelib.tools.run import ToolError

    try:
        yield
    except ToolError as error:
        name = step.read_text() if step.exists() else ""
        if not name:
            raise
        status = error.message.rpartition(": ")[2]
        raise ComposeError(
            f"{name}: failed in the root of {root.label} for {root.arch} ({status})", "see its output in the log"
        ) from None
