"""What is done in a root file system after its packages: users, names, services, as shell text run inside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from shlex import join, quote

from composelib.model.image import Customize, User

FOLDER = "/.compose"  # within the root, while it is made
FACE = "#!/bin/sh\nset -eu\n"

VOLATILE = (  # what differs from one making to the next, or is of no use in an image
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
    "/var/lib/systemd/random-seed",
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


def merged_usr(arch: str) -> str:
    """Give the setup hook that makes a root whose /bin and the like are links into /usr before any package is there.

    Done here, no package has to move files; the machine's host name is hidden from packages, too.
    """
    folders = (*MERGED, *MERGED_ON.get(arch, ()))
    links = "".join(f'mkdir -p "$1/usr/{name}"\nln -s usr/{name} "$1/{name}"\n' for name in folders)
    return f"{FACE}hostname localhost\n{links}"


def commands(wanted: Customize, name: str) -> str:
    """Give the shell text that sets what a config's `customize` says; `name` is the host's when it says none."""
    host = wanted.hostname or name
    return FACE + "".join(
        [
            "rm -f /etc/hostname /etc/hosts\n",  # what a builder put there has the machine's mode, or is a link
            written("/etc/hostname", f"{host}\n"),
            written(
                "/etc/hosts", f"127.0.0.1\tlocalhost\n127.0.1.1\t{host}\n::1\tlocalhost ip6-localhost ip6-loopback\n"
            ),
            *locale(wanted.locale),
            *timezone(wanted.timezone),
            *(line for user in wanted.users for line in account(user)),
            *(f"{join(['systemctl', 'enable', unit])}\n" for unit in wanted.enable),
            *(f"{join(['systemctl', 'disable', unit])}\n" for unit in wanted.disable),
        ]
    )


def written(path: str, content: str) -> str:
    """Give the command that writes a file."""
    return f"printf %s {quote(content)} >{quote(path)}\n"


def locale(name: str) -> Iterator[str]:
    """Give the commands that make a locale the default, and the locale itself when it has to be made."""
    if not name:
        return
    yield written("/etc/default/locale", f"LANG={name}\n")
    yield written("/etc/locale.conf", f"LANG={name}\n")
    if not name.startswith(("C.", "POSIX")):
        charset = name.partition(".")[2] or "ISO-8859-1"
        yield written("/etc/locale.gen", f"{name} {charset}\n")
        yield "locale-gen\n"


def timezone(name: str) -> Iterator[str]:
    """Give the commands that set the time zone."""
    if name:
        yield f"test -e {quote(f'/usr/share/zoneinfo/{name}')}\n"
        yield f"ln -sfn {quote(f'/usr/share/zoneinfo/{name}')} /etc/localtime\n"
        yield written("/etc/timezone", f"{name}\n")


def account(user: User) -> Iterator[str]:
    """Give the commands that make a user, or change one that is there, as root is."""
    name = quote(user.name)
    home = f'"$(getent passwd {name} | cut -d: -f6)"'
    yield f"id -u {name} >/dev/null 2>&1 || useradd --create-home --user-group --shell {quote(user.shell)} {name}\n"
    if user.password:
        yield f"usermod --password {quote(user.password)} {name}\n"
    if user.groups:
        yield f"usermod --append --groups {quote(','.join(user.groups))} {name}\n"
    if user.ssh_keys:
        keys = "".join(f"{key}\n" for key in user.ssh_keys)
        yield f"install -d -m 700 -o {name} -g {name} {home}/.ssh\n"
        yield f"printf %s {quote(keys)} >{home}/.ssh/authorized_keys\n"
        yield f"chmod 600 {home}/.ssh/authorized_keys\n"
        yield f"chown {name}: {home}/.ssh/authorized_keys\n"


def clean_up() -> str:
    """Give the shell text that takes away what would differ the next time the same root is made."""
    return "".join(
        [
            FACE,
            SSH_KEYS,
            f"rm -rf -- {' '.join(VOLATILE)}\n",
            # of a user made today, shadow(5) has today's date: no date stands for no ageing
            "test ! -e /etc/shadow || sed -i -E 's/^([^:]*:[^:]*:)[0-9]+:/\\1:/' /etc/shadow\n",
            "rm -f -- /etc/shadow-\n",
            "mkdir -p /var/cache/apt/archives/partial /var/lib/apt/lists/partial\n",
        ]
    )


def hook(step: str, files: str, scripts: Iterable[tuple[str, str]]) -> str:
    """Give the customize hook, which runs outside the root and gets its path.

    `files` is the path of a tar that is unpacked in the root, FOLDER with the texts to run in it; `scripts` are the names
    in FOLDER and what each is called. What runs is written to the file `step`, so that a failure can be told.
    """
    lines = [
        FACE,
        'root=$1\ncd "$root"\n',
        f'chroot "$root" tar --extract --keep-directory-symlink --file=- <{quote(files)}\n',
    ]
    for name, called in scripts:
        lines.append(f"printf %s {quote(called)} >{quote(step)}\n")
        lines.append(f'env HOME=/root chroot "$root" {quote(f"{FOLDER}/{name}")}\n')
    lines.append(f'chroot "$root" rm -r {FOLDER}\n: >{quote(step)}\n')
    return "".join(lines)
