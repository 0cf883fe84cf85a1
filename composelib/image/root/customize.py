"""The shell scripts that run in a root file system after its packages are installed: users, services, clean-up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from shlex import join, quote

from composelib.image.root.builder import RootJob
from composelib.image.root.identity import render_identity
from composelib.image.root.shell import render_file
from composelib.model.customize import Customize, User

FOLDER = "/.compose"  # within the root, while it is made
PROLOGUE = "#!/bin/sh\nset -eu\n"

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


def render_merged_usr(arch: str) -> str:
    """Return the setup hook that makes /bin and the like links into /usr before any package is unpacked.

    So no package has to move files. The machine's host name is hidden from packages, too.
    """
    folders = (*MERGED, *MERGED_ON.get(arch, ()))
    links = "".join(f'mkdir -p "$1/usr/{name}"\nln -s usr/{name} "$1/{name}"\n' for name in folders)
    return f"{PROLOGUE}hostname localhost\n{links}"


def render_setup(root: RootJob, epoch: int) -> str:
    """Return the script that gives a root its identity, and applies the config's `customize`."""
    identity = render_identity(root.identity, epoch) if root.identity else ""
    return PROLOGUE + identity + render_customization(root.customize, root.hostname)


def render_customization(settings: Customize, hostname: str) -> str:
    """Return the commands that apply a config's `customize`; `hostname` is for a config without one."""
    host = settings.hostname or hostname
    return "".join(
        [
            "rm -f /etc/hostname /etc/hosts\n",  # a builder's own have the machine's mode, or are links
            render_file("/etc/hostname", f"{host}\n"),
            render_file(
                "/etc/hosts", f"127.0.0.1\tlocalhost\n127.0.1.1\t{host}\n::1\tlocalhost ip6-localhost ip6-loopback\n"
            ),
            *render_locale(settings.locale),
            *render_timezone(settings.timezone),
            *(line for user in settings.users for line in render_account(user)),
            *(f"{join(['systemctl', 'enable', unit])}\n" for unit in settings.enable),
            *(f"{join(['systemctl', 'disable', unit])}\n" for unit in settings.disable),
        ]
    )


def render_locale(name: str) -> Iterator[str]:
    """Yield the commands that make a locale the default, and those that generate it unless libc has it."""
    if not name:
        return
    yield render_file("/etc/default/locale", f"LANG={name}\n")
    yield render_file("/etc/locale.conf", f"LANG={name}\n")
    if not name.startswith(("C.", "POSIX")):
        charset = name.partition(".")[2] or "ISO-8859-1"
        yield render_file("/etc/locale.gen", f"{name} {charset}\n")
        yield "locale-gen\n"


def render_timezone(name: str) -> Iterator[str]:
    """Yield the commands that set the time zone."""
    if name:
        yield f"test -e {quote(f'/usr/share/zoneinfo/{name}')}\n"
        yield f"ln -sfn {quote(f'/usr/share/zoneinfo/{name}')} /etc/localtime\n"
        yield render_file("/etc/timezone", f"{name}\n")


def render_account(user: User) -> Iterator[str]:
    """Yield the commands that create a user, or change one that exists, as root does."""
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


def render_hook(step: str, files: str, steps: Iterable[tuple[str, str]]) -> str:
    """Return the customize hook, a program that runs outside the root and gets the root's path.

    `files` is the path of a tar to unpack in the root, which has the programs to run in FOLDER; `steps` are their names
    there and the labels for messages. The label of the step that runs is in the file `step`, so that an error can name it.
    """
    lines = [
        PROLOGUE,
        'root=$1\ncd "$root"\n',
        f'chroot "$root" tar --extract --keep-directory-symlink --file=- <{quote(files)}\n',
    ]
    for name, label in steps:
        lines.append(f"printf %s {quote(label)} >{quote(step)}\n")
        lines.append(f'env HOME=/root chroot "$root" {quote(f"{FOLDER}/{name}")}\n')
    lines.append(f'chroot "$root" rm -r {FOLDER}\n: >{quote(step)}\n')
    return "".join(lines)
