"""A system installed from a medium of ours, with nobody at the machine and no network, by Debian's own installer."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.origin import Seed
from composelib.model.release import Release
from composelib.stages import buildinstall, createiso, createrepo, fetch, gather, inrelease, installable, key, pkgset
from composelib.tools.qemu import Drive, Machine
from composelib.tools.serial_console import start_machine
from tests.kit import debian_installer
from tests.kit.gathered_variant import NOWHERE, compose, image, run_stages, variant
from tests.kit.real_packages import add_real_packages
from tests.kit.tiny_archive import DATE, TinyArchive

ASKED = ("busybox", "console-setup", "gpgv", "initramfs-tools", "keyboard-configuration", "locales", "zstd")
PACKAGES = ("?priority(required)", "?priority(important)", "linux-image-cloud-amd64", "grub-pc", *ASKED)
"""What the mirror is asked for; the config of the compose names a kernel alone."""
DISK = 3 << 30
ASKS, OFF = r"\[!!\]", "reboot: Power down"
"""How the installer's questions begin that somebody has to answer, and what the kernel says last."""
ANSWERS = """\
d-i debian-installer/locale string C.UTF-8
d-i debian-installer/language string en
d-i debian-installer/country string US
d-i keyboard-configuration/xkb-keymap select us
d-i hw-detect/load_firmware boolean false
d-i netcfg/enable boolean false
d-i apt-setup/cdrom/set-first boolean false
d-i apt-setup/use_mirror boolean false
d-i apt-setup/services-select multiselect
d-i time/zone string Etc/UTC
d-i clock-setup/utc boolean true
d-i clock-setup/ntp boolean false
d-i passwd/root-login boolean true
d-i passwd/make-user boolean false
d-i passwd/root-password password tiny
d-i passwd/root-password-again password tiny
d-i partman-auto/disk string /dev/vda
d-i partman-auto/method string regular
d-i partman-auto/choose_recipe select atomic
d-i partman-partitioning/confirm_write_new_label boolean true
d-i partman/choose_partition select finish
d-i partman/confirm boolean true
d-i partman/confirm_nooverwrite boolean true
d-i base-installer/install-recommends boolean false
d-i base-installer/initramfs-tools/driver-policy select dep
d-i pkgsel/run_tasksel boolean false
d-i pkgsel/update-policy select none
d-i grub-installer/only_debian boolean true
d-i grub-installer/with_other_os boolean true
d-i grub-installer/bootdev string /dev/vda
d-i debian-installer/add-kernel-opts string console=ttyS0,115200
d-i finish-install/reboot_in_progress note
d-i debian-installer/exit/poweroff boolean true
"""


def composed(archive: TinyArchive, folder: Path) -> Compose:
    """Return a compose with a medium that installs, of an archive with Debian's installer and what it installs."""
    archive.suite, archive.components = debian_installer.SUITE, debian_installer.components()
    add_real_packages(archive, PACKAGES, folder / "cache", debian_installer.SUITE)
    debian_installer.fill(archive, folder / "installer")
    archive.publish()
    (folder / "preseed.cfg").write_text(ANSWERS)
    source = Archive(
        "tiny", NOWHERE, uri=archive.uri, suites=(archive.suite,), components=("main",), signed_by=archive.key.public
    )
    dvd = image("dvd", installer=True, preseed=folder / "preseed.cfg")
    server = variant(packages=(Seed("linux-image-cloud-amd64", NOWHERE),), images=(dvd,))
    release = Release("Demo", "demo", "13", debian_installer.SUITE)  # debootstrap goes by the codename
    demo = compose(folder / "build", server, archives=(source,), release=release)
    demo.paths.epoch.parent.mkdir(parents=True)
    demo.paths.epoch.write_text(f"{DATE}\n")
    run_stages(demo, inrelease, pkgset, gather, installable, fetch, key, createrepo, buildinstall, createiso)
    return demo


@pytest.mark.longest
def test_the_medium_installs_a_system_unattended_and_offline_which_boots_to_a_login(
    archive: TinyArchive, tmp_path: Path
) -> None:
    demo = composed(archive, tmp_path)
    disk = tmp_path / "disk.raw"
    disk.touch()
    os.truncate(disk, DISK)
    began = time.monotonic()
    medium = Drive(demo.paths.iso("Server", "amd64", "dvd"), cd=True)
    with start_machine(
        Machine("amd64", (medium, Drive(disk, writable=True)), memory=2048), tmp_path / "install.log"
    ) as console:
        console.wait("serial console", 120)
        console.type("s")
        assert console.wait(rf"{ASKS}|{OFF}", 7200)[0] == OFF, console.seen[-3000:]
        console.wait_for_end(60)
    print(f"installed in {time.monotonic() - began:.0f} s")
    with start_machine(Machine("amd64", (Drive(disk),)), tmp_path / "boot.log") as console:
        console.wait("login:", 1200)
        console.log_in("root", "tiny", 300)
        assert "demo.asc" in console.ask("ls /etc/apt/trusted.gpg.d")
        assert console.ask("grep -c '1 signatures' /var/log/installer/syslog").split()[0] != "0"
        assert console.ask("grep -ci 'verification failed' /var/log/installer/syslog").split()[0] == "0"
        assert "running" in console.ask("systemctl is-system-running --wait", 600)
        print("\n".join(console.seen.splitlines()[-20:]))
