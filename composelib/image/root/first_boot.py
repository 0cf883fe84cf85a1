"""Keys and names of a machine's own that packages make when they are installed: removed from a root, made anew at first boot."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from shlex import quote

from composelib.dataclass import dataclass

FOLDER = "/usr/lib/compose"
PROGRAM = f"{FOLDER}/first-boot"
UNIT = "compose-first-boot.service"
UNITS = "/etc/systemd/system"

HEADER = """\
[Unit]
Description=Make the keys and names that are this machine's own
DefaultDependencies=no
After=local-fs.target systemd-random-seed.service systemd-tmpfiles-setup.service
Before=sysinit.target shutdown.target
Conflicts=shutdown.target
"""
SERVICE = f"""\

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={PROGRAM}

[Install]
WantedBy=sysinit.target
"""


@dataclass(frozen=True)
class OwnFile:
    """A file that each machine has to have one of its own of."""

    path: str
    command: str
    """What makes it, for sh."""
    others: tuple[str, ...] = ()
    """Files that are made with it, as sh's patterns."""
    clean_up: str = ""
    """What else removes what is made with it."""


OWN_FILES = (
    OwnFile(
        "/etc/ssl/private/ssl-cert-snakeoil.key",
        "make-ssl-cert generate-default-snakeoil --force-overwrite",
        ("/etc/ssl/certs/ssl-cert-snakeoil.pem",),
        "find /etc/ssl/certs -maxdepth 1 -lname ssl-cert-snakeoil.pem -delete",
    ),
    *(
        OwnFile(
            f"/etc/dropbear/dropbear_{kind}_host_key",
            f"dropbearkey -t {kind} -f /etc/dropbear/dropbear_{kind}_host_key",
        )
        for kind in ("rsa", "ecdsa", "ed25519")
    ),
    OwnFile("/etc/bind/rndc.key", "rndc-confgen -a -u bind && chown bind:bind /etc/bind/rndc.key"),
    OwnFile("/etc/nvme/hostnqn", "nvme gen-hostnqn >/etc/nvme/hostnqn"),
    OwnFile("/etc/nvme/hostid", "cat /proc/sys/kernel/random/uuid >/etc/nvme/hostid"),
    OwnFile(
        "/etc/popularity-contest.conf",
        "dpkg-reconfigure popularity-contest",
        ("/etc/cron.d/popularity-contest",),
    ),
    OwnFile("/etc/aliases.db", "newaliases"),  # Postfix writes the time and a random number into it
)

SELF_MADE = """\
if [ -e /etc/iscsi/initiatorname.iscsi ]; then
  echo GenerateName=yes >/etc/iscsi/initiatorname.iscsi
  for initramfs in /boot/initrd.img-*; do
    if [ -e "$initramfs" ] && command -v update-initramfs >/dev/null; then
      update-initramfs -u -k "${initramfs#/boot/initrd.img-}"
    fi
  done
fi
"""
"""What makes files be remade by the packages themselves; their copy in an initramfs goes with them."""
ISCSI = "/etc/iscsi/initiatorname.iscsi"


def render_removal(keep: Iterable[str] = ()) -> str:
    """Return the commands that remove a machine's own files from a root, but for those that the config keeps.

    If the root has systemd, a service of its own makes them anew where they are missing, before any service that needs
    them.
    """
    patterns = tuple(keep)
    files = [file for file in OWN_FILES if not any(fnmatchcase(file.path, pattern) for pattern in patterns)]
    initiator = "" if any(fnmatchcase(ISCSI, pattern) for pattern in patterns) else SELF_MADE
    return f"{initiator}set --\n{''.join(render_file_removal(file) for file in files)}{render_service(files)}"


def render_file_removal(file: OwnFile) -> str:
    """Return the commands that remove a file if it is there, and add its path to the positional parameters."""
    clean_up = f"  {file.clean_up}\n" if file.clean_up else ""
    paths = " ".join((file.path, *file.others))
    return f'if [ -e {file.path} ]; then\n  rm -f -- {paths}\n{clean_up}  set -- "$@" {file.path}\nfi\n'


def render_service(files: Iterable[OwnFile]) -> str:
    """Return the commands that write the service that makes the files of the positional parameters, if there are any."""
    makers = "".join(f"      {file.path}) echo {quote(render_maker(file))} ;;\n" for file in files)
    return f"""\
if [ $# -gt 0 ] && [ -e /lib/systemd/system/sysinit.target ]; then
  mkdir -p {FOLDER} {UNITS}/sysinit.target.wants
  {{
    echo '#!/bin/sh'
    echo export DEBIAN_FRONTEND=noninteractive
    echo status=0
    for file; do
      case $file in
{makers}      esac
    done
    echo 'exit $status'
  }} >{PROGRAM}
  chmod 755 {PROGRAM}
  {{
    printf %s {quote(HEADER)}
    printf 'ConditionPathExists=|!%s\\n' "$@"
    printf %s {quote(SERVICE)}
  }} >{UNITS}/{UNIT}
  ln -sf ../{UNIT} {UNITS}/sysinit.target.wants/{UNIT}
fi
"""


def render_maker(file: OwnFile) -> str:
    """Return the line of the program that makes a file where it is missing."""
    return f"test -s {file.path} || {{ {file.command}; }} || status=1"
