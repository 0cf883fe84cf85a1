from __future__ import annotations

import subprocess

import pytest

from composelib.image.root import settings
from composelib.model.customize import Customize, Group, Keyboard, User


def list_steps(customized: Customize) -> dict[str, str]:
    """Return the commands of each key."""
    return {label: text for label, text in settings.list_settings(customized, "localhost") if text}


def test_a_hostname_is_written_for_the_host_and_its_lookup() -> None:
    text = list_steps(Customize(hostname="edge"))["customize.hostname"]
    assert "printf %s 'edge\n' >/etc/hostname\n" in text
    assert "127.0.1.1\tedge\n" in text


def test_a_new_user_has_home_shell_groups_password_and_keys() -> None:
    user = User("ada", "$6$salt$hash", ("sudo", "adm"), ("ssh-ed25519 AAAA ada",), "/bin/sh")
    text = "".join(settings.render_account(user))
    assert "useradd --create-home --user-group --shell /bin/sh ada\n" in text
    assert "usermod --password '$6$salt$hash' ada\n" in text
    assert "usermod --append --groups sudo,adm ada\n" in text
    assert "printf %s 'ssh-ed25519 AAAA ada\n' >" in text


def test_a_system_user_with_an_id_has_a_group_with_the_same_and_no_home() -> None:
    text = "".join(settings.render_account(User("app", uid=950, system=True)))
    assert "groupadd --system --gid 950 app\n" in text
    assert (
        "useradd --no-create-home --home-dir /nonexistent --system --uid 950 --gid app --shell /bin/bash app\n" in text
    )


def test_an_id_that_a_user_does_not_have_is_told() -> None:
    script = f"getent() {{ echo app:x:7:7; }}\n{settings.require_id('passwd', 'app', 950)}"
    ended = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, "error: the user app has the ID 7 already\n")


def test_services_are_switched_after_presets() -> None:
    steps = list_steps(Customize(enable=("a.service",), disable=("b.timer",), presets=("disable *",)))
    assert steps["customize.enable"] == "systemctl enable a.service\n"
    assert steps["customize.disable"] == "systemctl disable b.timer\n"
    assert list(steps)[-3:] == ["customize.presets", "customize.enable", "customize.disable"]


@pytest.mark.parametrize(("name", "generated"), [("C", False), ("C.UTF-8", False), ("de_DE.UTF-8", True)])
def test_a_locale_is_generated_unless_libc_has_it(name: str, generated: bool) -> None:
    text = list_steps(Customize(locale=name))["customize.locale"]
    assert ("locale-gen\n" in text) is generated
    assert f"LANG={name}\n" in text


@pytest.mark.parametrize(
    ("name", "charset"),
    [("sr_RS.UTF-8@latin", "UTF-8"), ("de_DE.ISO-8859-15@euro", "ISO-8859-15")],
)
def test_a_locale_is_generated_with_its_character_set(name: str, charset: str) -> None:
    assert f"printf %s '{name} {charset}\n' >/etc/locale.gen\n" in settings.render_generation(name)


def test_the_character_set_of_a_locale_without_one_is_looked_up() -> None:
    text = settings.render_generation("de_DE@euro")
    assert text.startswith("grep '^de_DE@euro ' /usr/share/i18n/SUPPORTED >/etc/locale.gen\nlocale-gen\n")


def test_a_keyboard_has_its_layout() -> None:
    text = list_steps(Customize(keyboard=Keyboard("de", variant="nodeadkeys")))["customize.keyboard"]
    assert 'XKBMODEL="pc105"\nXKBLAYOUT="de"\nXKBVARIANT="nodeadkeys"\n' in text


def test_a_wizard_asks_for_what_is_not_set() -> None:
    text = list_steps(Customize(first_boot_wizard=True, timezone="Europe/Oslo"))["customize.first-boot-wizard"]
    assert text.endswith("rm -f /etc/hostname /etc/locale.conf /etc/default/locale\n")
    assert "ConditionFirstBoot=\n" in text


def test_a_file_has_its_owner_and_again_its_mode() -> None:
    assert settings.render_owners([("/a b", "app:app", "4750"), ("/c", "app", "")]) == (
        "chown -- app:app '/a b'\nchmod -- 4750 '/a b'\nchown -- app /c\n"
    )


def test_every_step_is_a_program_that_sh_can_read() -> None:
    user = User("ada", sudo="no-password", uid=1500)
    customized = Customize(
        "h", "de_DE.UTF-8", "UTC", (user,), ("x",), ("y",), Keyboard("de"), (Group("g", 990, system=True),),
        ("enable a*",), ("docs", "/usr/share/x y/*"), first_boot_wizard=True,
    )  # fmt: skip
    steps = list_steps(customized)
    assert len(steps) == 11
    for text in steps.values():
        subprocess.run(["sh", "-n"], input=text.encode(), check=True)
