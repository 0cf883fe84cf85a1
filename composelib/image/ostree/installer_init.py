"""The init, menu and dracut module of the medium that installs a commit, as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from shlex import join, quote

from composelib.image.media.grub_menu import MenuEntry, format_menu, list_consoles, list_serial_consoles
from composelib.image.ostree.deployment import GRUB_CONFIG
from composelib.tools import ostree_admin

MODULE = "99compose-install"
INIT = "/usr/bin/compose-install"
INSTALL = "install"
"""The folder on the medium with the content that is written to the disk."""
TARGET = Path("/run/target")
MEDIUM = Path("/run/medium")
PROGRAMS = {  # programs that the installer runs, and the packages that have them
    "ostree": "ostree",
    "gpg": "gpg",
    "gpgconf": "gpgconf",
    "sfdisk": "fdisk",
    "mke2fs": "e2fsprogs",
    "blkid": "util-linux",
    "mount": "mount",
    "umount": "mount",
    "gzip": "gzip",
    "dd": "coreutils",
    "udevadm": "udev",
    "modprobe": "kmod",
}
ESSENTIAL = ("cat", "cp", "dirname", "ln", "mkdir", "mknod", "rm", "sleep", "sync", "mkfifo", "blockdev", "ls", "sh")
"""Programs that it runs and that every root has."""
DRIVERS = ("isofs", "ext4", "sr_mod", "cdrom", "virtio_scsi", "virtio_blk", "nls_ascii", "nls_utf8")
BOOT_FILES = {"grub/grub.cfg": GRUB_CONFIG, "loader.0/syslinux.cfg": ""}
"""The files that the medium has for the installed system's /boot, by their paths there."""


def render_module_setup() -> str:
    """Return the module-setup.sh of the dracut module that installs (dracut.modules(7))."""
    programs = " ".join((*PROGRAMS, *ESSENTIAL))
    return (
        "check() { return 255; }\n"
        "depends() { echo base kernel-modules udev-rules; }\n"
        f"installkernel() {{ hostonly='' instmods {' '.join(DRIVERS)}; }}\n"
        f"install() {{\n    inst_multiple {programs}\n"
        "    inst_multiple -o /lib/systemd/systemd-udevd /usr/lib/systemd/systemd-udevd /etc/mke2fs.conf\n"
        f'    inst_script "$moddir/install.sh" {INIT}\n}}\n'
    )


def render_menu(name: str, arch: str) -> str:
    """Return GRUB's menu of the medium that installs a system of this name."""
    kernel, initrd = "/boot/vmlinuz", "/boot/initramfs.img"
    words, consoles = f"rdinit={INIT}", list_consoles(arch)
    return format_menu(
        [
            MenuEntry(f"Install {name} on the first blank disk", kernel, initrd, f"{words} {consoles}"),
            MenuEntry(f"Install {name} (serial console)", kernel, initrd, f"{words} {list_serial_consoles(arch)}", "s"),
            MenuEntry(
                f"Install {name}, then switch off", kernel, initrd, f"{words} install.then=poweroff {consoles}", "o"
            ),
        ]
    )


def render_init(volume: str, commands: Sequence[Sequence[str]], root_number: int, root_uuid: str) -> str:
    """Return the program that the medium starts as its init: it finds a disk, writes it, deploys, and starts it.

    `commands` deploy the commit below TARGET; all but the last run before the boot loader's files are written.
    `install.disk=/dev/…` on the kernel's command line names a disk, blank or not.
    """
    *preparing, deploying = (f"run {join(command)}\n" for command in commands)
    return "".join(
        [
            SURROUNDINGS,
            f"label={quote(volume)}\n",
            FIND_MEDIUM,
            FIND_DISK,
            f"number={root_number}\nuuid={quote(root_uuid)}\n",
            WRITE_DISK,
            *preparing,
            LAY_BOOT,
            f"export {' '.join(f'{name}={quote(value)}' for name, value in ostree_admin.MUTABLE.items())}\n",
            deploying,
            FINISH,
        ]
    )


def find_missing(paths: Iterable[str]) -> dict[str, str]:
    """Return the programs of the installer that a root with these paths does not have, and their packages."""
    names = {path.rpartition("/")[2] for path in paths if path.startswith(("usr/bin/", "usr/sbin/"))}
    return {name: package for name, package in PROGRAMS.items() if name not in names}


SURROUNDINGS = """\
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C.UTF-8
mkdir -p /proc /sys /dev /run /tmp
mount -t proc proc /proc
mount -t sysfs sysfs /sys
[ -e /dev/null ] && mount -t devtmpfs devtmpfs /dev 2>/dev/null || mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
consoles=$(cat /sys/class/tty/console/active)
say() { for console in $consoles; do echo "installer: $*" >"/dev/$console"; done; }
stop() { say "error: $*"; say "nothing more is done"; while :; do sleep 3600; done; }
run() { "$@" >/run/log 2>&1 || { for c in $consoles; do cat /run/log >"/dev/$c"; done; stop "failed: $*"; }; }
exec </dev/null >/run/output 2>&1
for udevd in /usr/lib/systemd/systemd-udevd /lib/systemd/systemd-udevd; do
    [ -x "$udevd" ] && { "$udevd" --daemon; break; }
done
udevadm trigger --type=subsystems --action=add
udevadm trigger --type=devices --action=add
udevadm settle --timeout=120
modprobe -a isofs ext4
"""

FIND_MEDIUM = """\
say "looking for the medium $label"
tries=0
until medium=$(blkid -L "$label"); do
    tries=$((tries + 1))
    [ $tries -lt 60 ] || stop "there is no medium $label"
    sleep 1
done
mkdir -p /run/medium /run/target
run mount -t iso9660 -o ro "$medium" /run/medium
"""

FIND_DISK = """\
disk= then=reboot
for word in $(cat /proc/cmdline); do
    case $word in
        install.disk=*) disk=${word#*=} ;;
        install.then=*) then=${word#*=} ;;
    esac
done
if [ -z "$disk" ]; then
    for block in /sys/block/*; do
        name=${block##*/}
        case $name in loop*|ram*|zram*|sr*|fd*|dm-*|md*) continue ;; esac
        [ "$(cat "$block/ro")" = 0 ] && [ "$(cat "$block/size")" -gt 0 ] || continue
        [ -z "$(blkid -p -o value -s TYPE -s PTTYPE "/dev/$name")" ] && { disk=/dev/$name; break; }
    done
fi
[ -n "$disk" ] || stop "there is no blank disk; install.disk=/dev/NAME chooses one, all on it is lost"
[ -b "$disk" ] || stop "$disk is no disk"
"""

WRITE_DISK = """\
say "writing to $disk"
gzip -dc /run/medium/install/head.gz >"$disk" || stop "cannot write to $disk"
run sfdisk --no-tell-kernel --relocate gpt-bak-std "$disk"
echo ", +" | sfdisk --no-reread -N "$number" "$disk" >/run/log 2>&1 || stop "cannot lay out $disk: $(cat /run/log)"
udevadm settle --timeout=60
case $disk in *[0-9]) part=${disk}p$number ;; *) part=$disk$number ;; esac
tries=0
until [ -b "$part" ]; do
    tries=$((tries + 1))
    [ $tries -lt 30 ] || stop "$part does not appear"
    blockdev --rereadpt "$disk"
    sleep 1
done
run mke2fs -q -F -t ext4 -L root -U "$uuid" "$part"
run mount -t ext4 "$part" /run/target
say "deploying"
"""

LAY_BOOT = """\
run mkdir -p /run/target/boot/syslinux /run/target/boot/efi
run cp -R /run/medium/install/boot/. /run/target/boot/
run ln -s loader.0 /run/target/boot/loader
run ln -s ../loader/syslinux.cfg /run/target/boot/syslinux/syslinux.cfg
"""

FINISH = """\
run umount /run/target
sync
say "installed"
sleep 2
echo 1 >/proc/sys/kernel/sysrq
case $then in poweroff) echo o >/proc/sysrq-trigger ;; *) echo b >/proc/sysrq-trigger ;; esac
while :; do sleep 3600; done
"""
