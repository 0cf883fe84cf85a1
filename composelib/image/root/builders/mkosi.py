"""mkosi, the builder `mkosi`: root file systems of the arches that it makes bootable disks for."""

from __future__ import annotations

import os
import time
from pathlib import Path

from composelib.errors import MachineError
from composelib.files import read_epoch, scratch_folder
from composelib.image.root import customize, files, package_check, settings
from composelib.image.root.builder import BuilderCapabilities, RootJob
from composelib.text.json_file import read_json
from composelib.tools import apt_get, mkosi, unshare

CAPABILITIES = BuilderCapabilities(name="mkosi", tools=(mkosi.PROGRAM,), arches=tuple(mkosi.ARCHES))
TIMEOUT = 4 * 3600
APT = 'Dir::Etc "/etc/apt";\nAcquire::Languages "none";\nAcquire::Check-Date "false";\n'
NO_FIRST_BOOT = ": >/etc/machine-id\n"  # mkosi's `uninitialized` lets the first boot ask questions on the console


def build(root: RootJob, output: Path) -> None:
    """Make a root file system as a tar.

    Raise MachineError for an arch that mkosi makes nothing for, ComposeError if it has other packages than were solved,
    ToolError.
    """
    from composelib.fetch.onward import check_stored
    from composelib.image.root import guard, tar
    from composelib.tools.run import run

    begun = time.time()
    if root.arch not in mkosi.ARCHES:
        raise MachineError(f"mkosi builds nothing for {root.arch} here", "use `builder: native`")
    os.umask(0o022)
    rows = read_json(root.packages)["packages"]
    check_stored(root.store, [row["sha256"] for row in rows])
    package_check.check_arch(rows, root.arch)
    with scratch_folder(output.with_suffix(".mkosi").absolute()) as folder:
        lay_out(root, folder, [row["package"] for row in rows])
        command = unshare.isolate(mkosi.build(folder, root.tree.absolute()))
        run(command, cwd=folder, timeout=TIMEOUT)
        packed = folder / "output" / "root.tar"
        tar.require_end(packed, "mkosi")
        package_check.check_packages(rows, package_check.list_installed(tar.read_content(packed, package_check.STATUS)))
        guard.check_root(root, packed, begun)
        output.parent.mkdir(parents=True, exist_ok=True)
        packed.replace(output)


def lay_out(root: RootJob, folder: Path, packages: list[str]) -> None:
    """Write the files that mkosi reads into a folder."""
    sandbox = "sandbox/etc/apt/sources.list.d"
    for name in ("output", "cache", "packages", "files", mkosi.TREE.name, mkosi.SPACE, sandbox):
        (folder / name).mkdir(parents=True)
    key = root.key.read_text()
    sources = [
        apt_get.format_source(
            "file", mkosi.TREE / path.relative_to(root.tree), root.suite, components, (root.arch,), key=key
        )
        for path, components in root.repositories
    ]
    (folder / sandbox / "mkosi.sources").write_text("\n".join(sources))
    (folder / "sandbox/etc/apt.conf").write_text(APT)
    scripts = [
        files.write_program(folder / f"step{number:02}.chroot", step.text)
        for number, step in enumerate(settings.list_steps(root, read_epoch(root.epoch)))
    ]
    files.write_program(folder / "clean-up.chroot", customize.render_clean_up(root.keep) + NO_FIRST_BOOT)
    files.lay_out(folder / "files", files.read_own_files(root))
    sections = mkosi.describe_root(root.suite, root.arch, packages, read_epoch(root.epoch))
    sections["Content"] += [("PostInstallationScripts", script.name) for script in scripts]
    sections["Content"].append(("ExtraTrees", "files"))
    (folder / "mkosi.conf").write_text(mkosi.render_configuration(sections))
