from __future__ import annotations

import pytest

from composelib.archive.choose.debian_installer import BASE, UDEBS, find_lacking, make_installer_wishes
from composelib.model.origin import Origin

WHOLE = {*BASE, "linux-image-6.12-own", "grub-efi-amd64"}


def test_a_medium_with_all_lacks_nothing() -> None:
    assert not find_lacking("amd64", WHOLE, UDEBS)


@pytest.mark.parametrize(
    ("removed", "kind", "names"),
    [
        ("linux-image-6.12-own", "kernel", ["linux-image-amd64 | linux-image-cloud-amd64"]),
        ("grub-efi-amd64", "boot loader", ["grub-pc | grub-efi-amd64"]),
        ("busybox", "package", ["busybox"]),
        ("partman-base", "udeb", ["partman-base"]),
    ],
)
def test_what_is_lacking_is_named_by_kind(removed: str, kind: str, names: list[str]) -> None:
    assert find_lacking("amd64", WHOLE - {removed}, set(UDEBS) - {removed}) == {kind: names}


def test_a_boot_loader_of_another_arch_is_none() -> None:
    assert find_lacking("arm64", WHOLE, UDEBS) == {"boot loader": ["grub-efi-arm64"]}


def test_a_medium_that_must_start_with_secure_boot_on_needs_the_signed_boot_loaders() -> None:
    packages = {*WHOLE, "shim-signed"}
    assert find_lacking("amd64", packages, UDEBS, is_secure=True) == {"signed boot loader": ["grub-efi-amd64-signed"]}
    assert not find_lacking("amd64", {*packages, "grub-efi-amd64-signed"}, UDEBS, is_secure=True)


def test_what_is_wished_for_is_written_in_the_line_of_the_image_and_may_be_absent() -> None:
    wishes = list(make_installer_wishes("amd64", Origin("demo.yaml", 7, 3), "images.dvd.installer"))
    assert {wish.seed.origin.line for wish in wishes} == {7}
    assert all(wish.optional for wish in wishes)
    assert {"?priority(important)", "grub-pc", "shim-signed"} <= {wish.seed.text for wish in wishes}
