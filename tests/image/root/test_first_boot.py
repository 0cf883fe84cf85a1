"""A machine's own files are removed from a root, and a service makes them anew."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from composelib.image.root import customize, first_boot

SNAKEOIL = "/etc/ssl/private/ssl-cert-snakeoil.key"
POSTFIX = "/etc/aliases.db"


def remove(root: Path, *paths: str, keep: tuple[str, ...] = ()) -> None:
    """Run the removal in a folder that stands for the root, which has files at the paths."""
    for path in (*paths, "/lib/systemd/system/sysinit.target", "/etc/ssl/certs/ca.pem"):
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("here\n")
    text = re.sub(r"(?<![\w./])(?=/(?:boot|etc|lib|usr)/)", f"{root}", first_boot.render_removal(keep))
    environment = {**os.environ, "PATH": f"{root}/programs:{os.environ['PATH']}"}
    subprocess.run(["sh", "-eu", "-c", text], check=True, env=environment)


def test_what_is_there_is_removed_and_made_where_it_is_missing(tmp_path: Path) -> None:
    remove(tmp_path, SNAKEOIL)
    assert not (tmp_path / SNAKEOIL.lstrip("/")).exists()
    unit = (tmp_path / "etc/systemd/system/compose-first-boot.service").read_text()
    assert f"ConditionPathExists=|!{tmp_path}{SNAKEOIL}\n\n[Service]\n" in unit
    program = (tmp_path / "usr/lib/compose/first-boot").read_text()
    assert "{ make-ssl-cert generate-default-snakeoil --force-overwrite; } || status=1\n" in program
    assert "newaliases" not in program
    assert (tmp_path / "etc/systemd/system/sysinit.target.wants/compose-first-boot.service").exists()


def test_a_program_that_fails_does_not_keep_the_others_from_running(tmp_path: Path) -> None:
    remove(tmp_path, SNAKEOIL, POSTFIX)
    for name, text in (("make-ssl-cert", "exit 1"), ("newaliases", f"touch {tmp_path}/called")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    program = tmp_path / "usr/lib/compose/first-boot"
    ran = subprocess.run([program], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=False)
    assert ran.returncode == 1
    assert (tmp_path / "called").exists()


def test_a_root_without_them_gets_no_service(tmp_path: Path) -> None:
    remove(tmp_path)
    assert not (tmp_path / "usr").exists()
    assert not (tmp_path / "etc/systemd").exists()


def test_what_the_config_keeps_stays(tmp_path: Path) -> None:
    remove(tmp_path, SNAKEOIL, "/etc/nvme/hostid", keep=("*/etc/ssl/*", "/etc/ssl/private/*"))
    assert (tmp_path / SNAKEOIL.lstrip("/")).exists()
    assert not (tmp_path / "etc/nvme/hostid").exists()
    assert "/etc/ssh/ssh_host_*_key " in customize.render_clean_up()
    assert "/etc/ssh/ssh_host_*_key " not in customize.render_clean_up(("/etc/ssh/ssh_host_rsa_key",))


def test_an_initiators_name_is_left_to_open_iscsi_and_the_initramfs_that_has_it_is_made_again(tmp_path: Path) -> None:
    program = tmp_path / "programs/update-initramfs"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/called\n')
    program.chmod(0o755)
    remove(tmp_path, "/boot/initrd.img-6.1.0-9-amd64", "/boot/vmlinuz-6.1.0-9-amd64")
    assert not (tmp_path / "called").exists()
    remove(tmp_path, first_boot.ISCSI)
    assert (tmp_path / "called").read_text() == "-u -k 6.1.0-9-amd64\n"
    assert (tmp_path / first_boot.ISCSI.lstrip("/")).read_text() == "GenerateName=yes\n"
