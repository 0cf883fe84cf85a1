from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from composelib.image.ostree import deployment
from composelib.image.ostree.source import CommitSource
from composelib.tools import ostree_admin

SOURCE = CommitSource(Path("record.json"), Path("/repo"), Path("/key.asc"), "demo")
COMMIT = {"ref": "demo/12", "commit": "abc"}


CAP_SYS_ADMIN = 21  # linux/capability.h


def test_a_commit_is_pulled_with_its_signature_checked_and_then_deployed() -> None:
    commands = deployment.list_commands(SOURCE, COMMIT, Path("/target"), ["root=x", "quiet"])
    pull = next(command for command in commands if "pull-local" in command)
    assert pull[-5:] == ["--remote=demo", "--gpg-verify", "--untrusted", "/repo", "abc"]
    assert commands[-1] == [
        *("ostree", "admin", "deploy", "--sysroot=/target", "--os=demo"),
        *("--karg-append=root=x", "--karg-append=quiet", "demo:demo/12"),
    ]
    assert commands.index(pull) < len(commands) - 1


def test_times_later_than_the_epoch_are_set_to_it_and_earlier_ones_stay(tmp_path: Path) -> None:
    old, new, link = (tmp_path / name for name in ("old", "new", "link"))
    old.touch()
    new.touch()
    link.symlink_to("nowhere")
    os.utime(old, (5, 5))
    deployment.clamp_times(tmp_path, 1000)
    assert [path.lstat().st_mtime for path in (old, new, link, tmp_path)] == [5, 1000, 1000, 1000]


def test_a_file_with_two_names_is_measured_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 5000)
    (tmp_path / "twin").hardlink_to(tmp_path / "file")
    assert deployment.measure_content(tmp_path) == 2 * 4096 + 256


def test_grub_and_ostree_find_the_boot_loaders_files(tmp_path: Path) -> None:
    (tmp_path / "boot").mkdir()
    deployment.lay_out_boot(tmp_path)
    assert (tmp_path / "boot/loader/syslinux.cfg").exists()
    assert (tmp_path / "boot/syslinux/syslinux.cfg").exists()
    subprocess.run(["grub-script-check", tmp_path / "boot/grub/grub.cfg"], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could")
def test_deploying_on_a_build_host_freezes_no_file_system() -> None:
    *_, deploying = deployment.list_commands(SOURCE, COMMIT, Path("/target"), ["root=x"])
    spared = ostree_admin.spare_machine(["grep", "CapBnd", "/proc/self/status"])
    bounds = subprocess.run(spared, check=True, capture_output=True, text=True).stdout.split()[1]
    assert not int(bounds, 16) & 1 << CAP_SYS_ADMIN
    assert ostree_admin.spare_machine(deploying)[-len(deploying) :] == deploying
