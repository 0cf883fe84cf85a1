from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from composelib.image.root import customize
from composelib.model.customize import Customize, User


def test_a_hostname_is_written_for_the_host_and_its_lookup() -> None:
    text = customize.render_customization(Customize(hostname="edge"), "localhost")
    assert "printf %s 'edge\n' >/etc/hostname\n" in text
    assert "127.0.1.1\tedge\n" in text


def test_a_new_user_has_home_shell_groups_password_and_keys() -> None:
    user = User("ada", "$6$salt$hash", ("sudo", "adm"), ("ssh-ed25519 AAAA ada",), "/bin/sh")
    text = "".join(customize.render_account(user))
    assert "useradd --create-home --user-group --shell /bin/sh ada\n" in text
    assert "usermod --password '$6$salt$hash' ada\n" in text
    assert "usermod --append --groups sudo,adm ada\n" in text
    assert "printf %s 'ssh-ed25519 AAAA ada\n' >" in text


def test_services_are_switched() -> None:
    text = customize.render_customization(Customize(enable=("a.service",), disable=("b.timer",)), "localhost")
    assert text.endswith("systemctl enable a.service\nsystemctl disable b.timer\n")


@pytest.mark.parametrize(("name", "generated"), [("C.UTF-8", False), ("de_DE.UTF-8", True)])
def test_a_locale_is_generated_unless_libc_has_it(name: str, generated: bool) -> None:
    text = customize.render_customization(Customize(locale=name), "localhost")
    assert ("locale-gen\n" in text) is generated
    assert f"LANG={name}\n" in text


def test_a_time_zone_that_is_not_there_fails() -> None:
    assert "test -e /usr/share/zoneinfo/Europe/Berlin\n" in customize.render_customization(
        Customize(timezone="Europe/Berlin"), "h"
    )


def test_merged_usr_is_made_before_any_package(tmp_path: Path) -> None:
    text = customize.render_merged_usr("amd64").replace("hostname localhost\n", "")
    subprocess.run(["sh", "-c", text, "hook", str(tmp_path)], check=True)
    assert {path.name: str(path.readlink()) for path in tmp_path.iterdir() if path.is_symlink()} == {
        "bin": "usr/bin",
        "sbin": "usr/sbin",
        "lib": "usr/lib",
        "lib64": "usr/lib64",
    }


def test_every_text_is_a_program_that_sh_can_read() -> None:
    texts = [
        customize.PROLOGUE
        + customize.render_customization(
            Customize("h", "de_DE.UTF-8", "UTC", (User("a"),), ("x",), ("y",)), "localhost"
        ),
        customize.render_clean_up(),
        customize.PROLOGUE + customize.INITRAMFS,
        customize.render_merged_usr("arm64"),
        customize.render_hook("/a step", "/a tar", [("customize", "it's")]),
    ]
    for text in texts:
        subprocess.run(["sh", "-n"], input=text.encode(), check=True)
