"""The steps that give a root file system its identity and apply a config's `customize`, each with the key that it is of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from shlex import join, quote

from composelib.image.root import files
from composelib.image.root.builder import RootJob
from composelib.image.root.customize import HookStep
from composelib.image.root.identity import render_identity
from composelib.image.root.path_excludes import render_path_excludes
from composelib.image.root.shell import PROLOGUE, render_file
from composelib.model.customize import Customize, Group, Keyboard, User

Commands = tuple[str, str]
"""The key that commands are of, and the commands for sh."""
SUPPORTED = "/usr/share/i18n/SUPPORTED"
"""The locales of the package locales, each with its character set."""
PRESETS = "/etc/systemd/system-preset/10-compose.preset"
WIZARD = "/etc/systemd/system/systemd-firstboot.service.d/compose.conf"
WIZARD_DONE = "/etc/.first-boot-done"
WIZARD_SETTINGS = f"""\
[Unit]
ConditionFirstBoot=
ConditionPathExists=!{WIZARD_DONE}
[Service]
ExecStartPost=/bin/touch {WIZARD_DONE}
"""
"""The machine ID of an image is empty, by which systemd takes no boot for the first one."""


def list_steps(root: RootJob, epoch: int) -> list[HookStep]:
    """Return the steps that are taken in a root after its packages and files, but for the last, its clean-up."""
    identity = render_identity(root.identity, epoch) if root.identity else ""
    commands = [("release.identity", identity), *list_settings(root.customize, root.hostname)]
    commands.append(("files", render_owners(files.read_owned(root))))
    steps = [HookStep(label, PROLOGUE + text) for label, text in commands if text]
    return steps + [HookStep(str(script), script.read_text(), root.network) for script in root.scripts]


def list_settings(settings: Customize, hostname: str) -> Iterator[Commands]:
    """Yield the commands of each key of `customize`; `hostname` is for a config without one."""
    yield "customize.hostname", render_hostname(settings.hostname or hostname)
    yield "customize.locale", render_locale(settings.locale) + render_generation(settings.generated_locale)
    yield "customize.timezone", "".join(render_timezone(settings.timezone))
    yield "customize.keyboard", render_keyboard(settings.keyboard) if settings.keyboard else ""
    for group in settings.groups:
        yield f"customize.groups.{group.name}", render_group(group)
    for user in settings.users:
        yield f"customize.users.{user.name}", "".join(render_account(user))
    yield "customize.presets", render_presets(settings.presets)
    yield "customize.enable", "".join(f"{join(['systemctl', 'enable', unit])}\n" for unit in settings.enable)
    yield "customize.disable", "".join(f"{join(['systemctl', 'disable', unit])}\n" for unit in settings.disable)
    yield "customize.first-boot-wizard", "".join(render_wizard(settings)) if settings.first_boot_wizard else ""
    yield "customize.exclude-paths", render_path_excludes(settings.exclude_paths)


def render_hostname(host: str) -> str:
    """Return the commands that set the host name; a builder's own files have the machine's mode, or are links."""
    hosts = f"127.0.0.1\tlocalhost\n127.0.1.1\t{host}\n::1\tlocalhost ip6-localhost ip6-loopback\n"
    return "".join(
        [
            "rm -f /etc/hostname /etc/hosts\n",
            render_file("/etc/hostname", f"{host}\n"),
            render_file("/etc/hosts", hosts),
        ]
    )


def render_locale(name: str) -> str:
    """Return the commands that make a locale the default."""
    paths = ("/etc/default/locale", "/etc/locale.conf") if name else ()
    return "".join(render_file(path, f"LANG={name}\n") for path in paths)


def render_generation(name: str) -> str:
    """Return the commands that generate a locale, whose character set is between the dot and a modifier (locale.gen(5)).

    That of a name without one is listed in SUPPORTED. locale-gen(8) ends well even if localedef(1) makes no locale.
    """
    if not name:
        return ""
    charset = name.partition(".")[2].partition("@")[0]
    choose = f"grep {quote(f'^{name} ')} {SUPPORTED} >/etc/locale.gen\n"
    if charset:
        choose = render_file("/etc/locale.gen", f"{name} {charset}\n")
    return (
        f"{choose}locale-gen\n"
        f'test "$(LC_ALL={quote(name)} locale charmap 2>/dev/null)" = "$(cut -d" " -f2 /etc/locale.gen)" || '
        "{ echo 'error: localedef made no such locale' >&2; exit 1; }\n"
    )


def render_timezone(name: str) -> Iterator[str]:
    """Yield the commands that set the time zone."""
    if name:
        yield f"test -e {quote(f'/usr/share/zoneinfo/{name}')}\n"
        yield f"ln -sfn {quote(f'/usr/share/zoneinfo/{name}')} /etc/localtime\n"
        yield render_file("/etc/timezone", f"{name}\n")


def render_keyboard(keyboard: Keyboard) -> str:
    """Return the command that sets the keyboard (keyboard(5))."""
    values = {
        "XKBMODEL": keyboard.model,
        "XKBLAYOUT": keyboard.layout,
        "XKBVARIANT": keyboard.variant,
        "XKBOPTIONS": keyboard.options,
        "BACKSPACE": "guess",
    }
    return render_file("/etc/default/keyboard", "".join(f'{name}="{value}"\n' for name, value in values.items()))


def render_group(group: Group) -> str:
    """Return the commands that create a group unless it exists; one with another ID is an error."""
    options = [*(["--system"] if group.system else []), *(["--gid", str(group.gid)] if group.gid else [])]
    lines = f"getent group {quote(group.name)} >/dev/null || {join(['groupadd', *options, group.name])}\n"
    return lines + (require_id("group", group.name, group.gid) if group.gid else "")


def require_id(kind: str, name: str, number: int) -> str:
    """Return the commands that fail unless a user or group has an ID; `kind` is `passwd` or `group`."""
    word = {"passwd": "user", "group": "group"}[kind]
    return (
        f"present=$(getent {kind} {quote(name)} | cut -d: -f3)\n"
        f'test "$present" = {number} || {{ echo "error: the {word} {name} has the ID $present already" >&2; exit 1; }}\n'
    )


def render_account(user: User) -> Iterator[str]:
    """Yield the commands that create a user, or change one that exists, as root does."""
    name = quote(user.name)
    home = f'"$(getent passwd {name} | cut -d: -f6)"'
    if user.uid:
        yield render_group(Group(user.name, user.uid, user.system))
    yield f"id -u {name} >/dev/null 2>&1 || {join(['useradd', *list_account_options(user), user.name])}\n"
    if user.uid:
        yield require_id("passwd", user.name, user.uid)
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
    if user.sudo != "no":
        yield render_sudo(user)


def list_account_options(user: User) -> list[str]:
    """Return the options of useradd(8) for a user."""
    makes_home = not user.system or bool(user.home)
    return [
        "--create-home" if makes_home else "--no-create-home",
        *(["--home-dir", user.home or "/nonexistent"] if user.home or user.system else []),
        *(["--system"] if user.system else []),
        *(["--uid", str(user.uid), "--gid", user.name] if user.uid else ["--user-group"]),
        *("--shell", user.shell),
    ]


def render_sudo(user: User) -> str:
    """Return the commands that let a user do everything by sudo (sudoers(5))."""
    path = f"/etc/sudoers.d/{user.name}"
    tag = "NOPASSWD: " if user.sudo == "no-password" else ""
    rule = render_file(path, f"{user.name} ALL=(ALL:ALL) {tag}ALL\n")
    return f"{rule}chmod 440 {quote(path)}\nvisudo -cqf {quote(path)}\n"


def render_presets(lines: Iterable[str]) -> str:
    """Return the commands that switch all units by presets (systemd.preset(5))."""
    text = "".join(f"{line}\n" for line in lines)
    return f"mkdir -p /etc/systemd/system-preset\n{render_file(PRESETS, text)}systemctl preset-all\n" if text else ""


def render_wizard(settings: Customize) -> Iterator[str]:
    """Yield the commands by which systemd-firstboot(1) asks at the first boot for what the config does not set."""
    yield f"test -e /lib/systemd/system/{WIZARD.split('/')[-2].removesuffix('.d')}\n"
    yield f"mkdir -p {WIZARD.rpartition('/')[0]}\n{render_file(WIZARD, WIZARD_SETTINGS)}"
    yield "systemctl enable systemd-firstboot.service\n"
    unset = {
        "/etc/hostname": settings.hostname,
        "/etc/localtime": settings.timezone,
        "/etc/locale.conf": settings.locale,
        "/etc/default/locale": settings.locale,
    }
    yield f"rm -f {' '.join(path for path, value in unset.items() if not value)}\n"


def render_owners(owned: Iterable[tuple[str, str, str]]) -> str:
    """Return the commands that give files their owners, and again the modes that chown(1) takes bits from."""
    return "".join(
        f"chown -- {quote(owner)} {quote(path)}\n" + (f"chmod -- {mode} {quote(path)}\n" if mode else "")
        for path, owner, mode in owned
    )
