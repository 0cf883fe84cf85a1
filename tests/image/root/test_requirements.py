from __future__ import annotations

import pytest

from composelib.image.root.requirements import Fault, collect_needs, find_faults
from composelib.model.customize import Customize, Group, Keyboard, User
from composelib.model.extra_file import ExtraFile
from composelib.model.image import RootImage
from composelib.model.origin import Origin

ORIGIN = Origin("composes/demo.yaml", 7, 3)
FILES = {
    "tzdata": {"usr/share/zoneinfo/Europe/Oslo"},
    "locales": {
        *("usr/share/i18n/locales/de_DE", "usr/share/i18n/locales/de_DE@euro"),
        *("usr/share/i18n/charmaps/UTF-8.gz", "usr/share/i18n/charmaps/ISO-8859-15.gz"),
    },
    "systemd": {"lib/systemd/system/getty@.service", "lib/systemd/system/fstrim.timer"},
    "ssh": {"usr/lib/systemd/system/ssh.service", "usr/share/ssh/odd.service"},
    "old": {"etc/init.d/old"},
}
PACKAGES = {*FILES, "sudo", "keyboard-configuration"}


def list_faults(settings: Customize, packages: set[str], files: tuple[ExtraFile, ...] = ()) -> list[Fault]:
    """Return what an image with these packages lacks."""
    needs = collect_needs(RootImage("small", ORIGIN, ("amd64",), customize=settings, files=files), (), ())
    every = set().union(*FILES.values())

    def find_files(pattern: str) -> set[str]:
        return every if pattern == ".*" else FILES[pattern.partition(".")[0]]

    return [*find_faults(needs, packages, find_files, {"docker"}.__contains__)]


@pytest.mark.parametrize(
    "settings",
    [
        Customize(),
        Customize(timezone="Europe/Oslo", locale="de_DE.UTF-8", keyboard=Keyboard("de")),
        Customize(locale="de_DE.ISO-8859-15@euro"),
        Customize(locale="de_DE@euro"),
        Customize(locale="C.UTF-8"),
        Customize(enable=("ssh", "getty@tty2.service", "old.service"), disable=("fstrim.timer",)),
        Customize(users=(User("ada", sudo="password"),)),
        Customize(users=(User("ada", groups=("sudo", "docker", "web", "bob")), User("bob")), groups=(Group("web"),)),
    ],
)
def test_what_the_packages_have_is_no_fault(settings: Customize) -> None:
    assert not list_faults(settings, PACKAGES)


@pytest.mark.parametrize(
    ("settings", "key", "message"),
    [
        (Customize(timezone="Mars/Olympus"), "customize.timezone", "tzdata has no time zone Mars/Olympus"),
        (Customize(locale="de_XX.UTF-8"), "customize.locale", "the package locales has no locale de_XX.UTF-8"),
        (
            Customize(users=(User("ada", groups=("sudo", "dokcer")),)),
            "customize.users.ada.groups",
            "no package of the image makes the group dokcer",
        ),
        (Customize(locale="de_DE.UTF8"), "customize.locale", "the package locales has no locale de_DE.UTF8"),
        (Customize(enable=("odd.service",)), "customize.enable", "no package of the image has the unit odd.service"),
        (Customize(disable=("fstrim",)), "customize.disable", "no package of the image has the unit fstrim"),
    ],
)
def test_what_no_package_has_is_told_with_its_key(settings: Customize, key: str, message: str) -> None:
    (fault,) = list_faults(settings, PACKAGES)
    assert (fault.key, fault.message) == (key, message)


def test_a_package_that_a_key_needs_is_named() -> None:
    settings = Customize(
        timezone="Europe/Oslo",
        locale="de_DE.UTF-8",
        keyboard=Keyboard("de"),
        users=(User("ada", sudo="no-password"),),
        enable=("ssh",),
    )
    assert [(fault.key, fault.message) for fault in list_faults(settings, set())] == [
        ("customize.timezone", "needs the package tzdata"),
        ("customize.locale", "needs the package locales"),
        ("customize.keyboard", "needs the package keyboard-configuration"),
        ("customize.users", "needs the package sudo"),
        ("customize.enable", "needs the package systemd"),
    ]


def test_a_unit_may_be_a_file_of_the_config_or_come_from_where_only_the_build_looks() -> None:
    settings = Customize(enable=("own.service",))
    own = ExtraFile(ORIGIN, "/etc/systemd/system", url="https://example.org/own.service")
    assert not list_faults(settings, PACKAGES, (own,))
    assert not list_faults(settings, PACKAGES, (ExtraFile(ORIGIN, "/etc", git="https://example.org/units"),))


def test_one_of_the_boot_loaders_that_its_disk_can_start_by_is_enough() -> None:
    needs = collect_needs(RootImage("small", ORIGIN, ("arm64",)), ("grub-efi-arm64-bin", "grub-efi-arm64-signed"), ())
    assert not [*find_faults(needs, {"grub-efi-arm64-signed"}, lambda _: set(), lambda _: False)]
    (fault,) = find_faults(needs, {"grub-common"}, lambda _: set(), lambda _: False)
    assert fault.message == "a disk of it needs grub-efi-arm64-bin or grub-efi-arm64-signed"


def test_all_of_the_signed_loaders_are_needed() -> None:
    needs = collect_needs(RootImage("small", ORIGIN, ("amd64",)), (), ("shim-signed", "grub-efi-amd64-signed"))
    (fault,) = find_faults(needs, {"shim-signed"}, lambda _: set(), lambda _: False)
    assert fault.message == "Secure Boot needs grub-efi-amd64-signed"
    assert not [*find_faults(needs, set(needs.signed_loaders), lambda _: set(), lambda _: False)]
