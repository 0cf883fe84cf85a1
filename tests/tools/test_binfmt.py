"""Programs of other arches, by a private handler and without one.

Also covers: composelib.tools.private_binfmt.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from composelib.errors import MachineError
from composelib.tools import binfmt, private_binfmt
from composelib.tools.run import run
from tests.kit.foreign_arch import needs_emulation

LENT = """\
set -e
echo nobody:300000:65536 > "$1"
mount --bind "$1" /etc/subuid
mount --bind "$1" /etc/subgid
shift
exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
"""
"""Runs a command as a user who has subordinate users."""
NESTED = "id -u; unshare --user --map-auto --map-root-user -- sh -c 'id -u; arch-test arm64'"


def test_programs_of_the_machines_own_arch_run_as_they_are() -> None:
    assert binfmt.admit_arch(binfmt.read_native_arch(), ["true"]) == ["true"]


@needs_emulation
def test_programs_of_another_arch_run_in_the_command_and_nothing_is_registered_on_the_machine() -> None:
    registered = sorted(Path(private_binfmt.BINFMT_MISC).iterdir())
    command = binfmt.admit_arch("arm64", ["sh", "-c", f"arch-test arm64; ls {private_binfmt.BINFMT_MISC}; exit 3"])
    ended = run(command, capture=True, ok=(3,))
    assert ended.stdout.decode().split() == ["arm64:", "ok", "qemu-aarch64", "register", "status"]
    assert sorted(Path(private_binfmt.BINFMT_MISC).iterdir()) == registered


@needs_emulation
@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_so_they_do_for_a_user_with_subordinate_users_in_namespaces_of_the_commands(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    program = shutil.copy(private_binfmt.__file__, "/tmp/private_binfmt_for_test.py")
    try:
        words = ["/usr/bin/python3", "-I", program, str(binfmt.find_handler("arm64")), "sh", "-c", NESTED]
        command = ["unshare", "--mount", "sh", "-c", LENT, "sh", str(tmp_path / "users"), *words]
        printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/").stdout
    finally:
        Path(program).unlink()
    assert printed.split() == ["65534", "0", "arm64:", "ok"]


@needs_emulation
def test_a_command_that_cannot_be_started_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    run(binfmt.emulate("arm64", ["/no/such/program"]), ok=(private_binfmt.NOT_STARTED,))
    assert "private_binfmt: [Errno 2] No such file or directory" in capfd.readouterr().err


def test_an_arch_whose_programs_do_not_run_here_is_the_machines_fault() -> None:
    with pytest.raises(MachineError, match="programs of avr32 do not run on this machine; apt-get install qemu-user"):
        binfmt.admit_arch("avr32", ["true"])


def test_the_cure_is_the_packages_the_kernel_or_subordinate_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binfmt, "HANDLERS", tmp_path)
    assert binfmt.find_cure("arm64") == "apt-get install qemu-user-static"
    (tmp_path / "qemu-aarch64.conf").touch()
    for release, cure in (("6.1.0-28-amd64", binfmt.OLD_KERNEL), ("6.12-rc1", binfmt.NO_NAMESPACE)):
        monkeypatch.setattr(os, "uname", lambda release=release: os.uname_result(("", "", release, "", "")))
        assert binfmt.find_cure("arm64") == cure
