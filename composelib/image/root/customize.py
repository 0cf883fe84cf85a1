"""The shell scripts that run in a root file system and around it while it is made: merged /usr, initramfs, clean-up."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote

from composelib.dataclass import dataclass
from composelib.image.root.shell import PROLOGUE

FOLDER = "/.compose"  # within the root, while it is made

VOLATILE = (  # files that differ each time a root is made, or have no use in an image
    "/etc/*-",
    "/etc/.pwd.lock",
    "/etc/resolv.conf",
    "/etc/apt/apt.conf.d/99mmdebstrap",
    "/etc/apt/sources.list.d/0000*",
    "/etc/ssh/ssh_host_*_key",
    "/etc/ssh/ssh_host_*_key.pub",
    "/var/cache/apt/*",
    "/var/cache/debconf/*-old",
    "/var/cache/ldconfig/*",
    "/var/lib/apt/lists/*",
    "/var/lib/dpkg/*-old",
    "/var/lib/dpkg/lock*",
    "/var/lib/dpkg/triggers/Lock",
    "/var/lib/systemd/credential.secret",
    "/var/lib/systemd/random-seed",
    "/var/lib/urandom/random-seed",
    "/var/log/*.log",
    "/var/log/apt/*",
    "/var/log/faillog",
    "/var/log/lastlog",
)

MERGED = ("bin", "sbin", "lib")
MERGED_ON = {"amd64": ("lib64",), "ppc64el": ("lib64",), "loong64": ("lib64",)}

SSH_KEYS = """\
if [ -x /usr/sbin/sshd ] && [ -e /lib/systemd/system/ssh.service ]; then
  mkdir -p /etc/systemd/system/ssh.service.d
  printf '%s\\n' '[Service]' 'ExecStartPre=' 'ExecStartPre=/usr/bin/ssh-keygen -A' 'ExecStartPre=/usr/sbin/sshd -t' \\
    >/etc/systemd/system/ssh.service.d/host-keys.conf
fi
"""

MARK = f'touch "$root{FOLDER}/mark"\nsleep 0.1\n'  # a tick of file systems' clocks is shorter
LIST_WRITTEN = (
    f'chroot "$root" find / -xdev -path {FOLDER} -prune -o -type f -cnewer {FOLDER}/mark -exec sha256sum --zero {{}} +'
)

INITRAMFS = """\
if ! command -v dracut >/dev/null; then
  echo 'error: the image has no dracut, which makes the initramfs of a commit' >&2
  exit 1
fi
for kernel in /usr/lib/modules/*; do
  [ -e "/boot/vmlinuz-${kernel##*/}" ] || continue
  dracut --quiet --force --no-hostonly --reproducible --zstd --add ostree --kver "${kernel##*/}" "$kernel/initramfs.img"
done
"""


@dataclass(frozen=True)
class HookStep:
    """A program that runs in a root while it is made."""

    label: str
    """What it is, for messages."""
    text: str
    network: bool = False
    """Whether it has the machine's network; then the files that it writes are recorded."""


def render_merged_usr(arch: str) -> str:
    """Return the setup hook that makes /bin and the like links into /usr before any package is unpacked.

    So no package has to move files. The machine's host name is hidden from packages, too.
    """
    folders = (*MERGED, *MERGED_ON.get(arch, ()))
    links = "".join(f'mkdir -p "$1/usr/{name}"\nln -s usr/{name} "$1/{name}"\n' for name in folders)
    return f"{PROLOGUE}hostname localhost\n{links}"


def render_clean_up(keep: tuple[str, ...] = ()) -> str:
    """Return the script that removes what would differ the next time the same root is made, but for what `keep` matches."""
    from fnmatch import fnmatchcase

    from composelib.image.root import first_boot

    volatile = [
        path for path in VOLATILE if not any(fnmatchcase(path, name) or fnmatchcase(name, path) for name in keep)
    ]
    return "".join(
        [
            PROLOGUE,
            SSH_KEYS,
            first_boot.render_removal(keep),
            f"rm -rf -- {' '.join(volatile)}\n",
            # shadow(5) has the date at which a user was created: no date means no ageing
            "test ! -e /etc/shadow || sed -i -E 's/^([^:]*:[^:]*:)[0-9]+:/\\1:/' /etc/shadow\n",
            "rm -f -- /etc/shadow-\n",
            "mkdir -p /var/cache/apt/archives/partial /var/lib/apt/lists/partial\n",
        ]
    )


def render_hook(step: str, files: str, steps: Iterable[HookStep], written: str) -> str:
    """Return the customize hook, a program that runs outside the root and gets the root's path.

    `files` is the path of a tar to unpack in the root, which has the steps' programs in FOLDER. The label of the step that
    runs is in the file `step`, so that an error can name it; the file `written` lists what steps with network wrote.
    """
    lines = [
        PROLOGUE,
        'root=$1\ncd "$root"\n',
        f'chroot "$root" tar --extract --keep-directory-symlink --file=- <{quote(files)}\n',
    ]
    for number, action in enumerate(steps):
        program = quote(locate_program(number))
        lines.append(f"printf %s {quote(action.label)} >{quote(step)}\n")
        if action.network:
            lines.append(f'{MARK}env HOME=/root chroot "$root" {program}\n{LIST_WRITTEN} >>{quote(written)}\n')
        else:
            lines.append(f'env HOME=/root unshare --net chroot "$root" {program}\n')
    lines.append(f'chroot "$root" rm -r {FOLDER}\n: >{quote(step)}\n')
    return "".join(lines)


def locate_program(number: int) -> str:
    """Return the path, within the root, of the program of a step."""
    return f"{FOLDER}/{number:02}"
