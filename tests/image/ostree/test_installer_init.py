from __future__ import annotations

import subprocess

from composelib.image.ostree import installer_init

COMMANDS = [["ostree", "admin", "init-fs", "/run/target"], ["ostree", "admin", "deploy", "--karg-append=a b", "x:y"]]


def program() -> str:
    return installer_init.render_init("demo's medium", COMMANDS, 3, "1-2-3")


def test_the_mediums_init_is_a_program_that_sh_can_read() -> None:
    subprocess.run(["sh", "-n"], input=program().encode(), check=True)


def test_the_boot_loaders_files_are_written_before_the_last_command() -> None:
    text = program()
    assert (
        text.index("run ostree admin init-fs /run/target\n")
        < text.index("run cp -R /run/medium/install/boot/. /run/target/boot/\n")
        < text.index("run ostree admin deploy '--karg-append=a b' x:y\n")
    )


def test_a_disk_that_is_not_blank_is_written_only_when_it_is_named() -> None:
    text = program()
    assert text.index("install.disk=*) disk=${word#*=} ;;") < text.index('if [ -z "$disk" ]; then')
    assert 'stop "there is no blank disk' in text


def test_the_dracut_module_is_a_program_that_sh_can_read() -> None:
    subprocess.run(["bash", "-n"], input=installer_init.render_module_setup().encode(), check=True)


def test_missing_programs_are_found_with_their_packages() -> None:
    paths = [f"usr/bin/{name}" for name in installer_init.PROGRAMS if name != "sfdisk"]
    assert installer_init.find_missing(paths) == {"sfdisk": "fdisk"}
    assert installer_init.find_missing([*paths, "usr/sbin/sfdisk"]) == {}


def test_the_first_line_of_the_menu_installs() -> None:
    first = installer_init.render_menu("Demo 12", "amd64").partition("menuentry ")[2].partition("menuentry ")[0]
    assert "'Install Demo 12 on the first blank disk'" in first
    assert "rdinit=/usr/bin/compose-install" in first
