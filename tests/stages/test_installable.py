"""Media that install, and what they must have for that.

Also covers: composelib.actions.installable.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from composelib.errors import ComposeError
from composelib.model.compose import Compose
from composelib.model.image_traits import ALWAYS
from composelib.stages import installable
from tests.kit.gathered_variant import choose, compose, image, variant
from tests.kit.stub_installer import PACKAGES, add_parts
from tests.kit.tiny_archive import TinyArchive


def make_compose(folder: Path, *extra: str, **keys: Any) -> Compose:
    """Return a compose with a medium that installs Server, with these variants' packages on it too."""
    dvd = image("dvd", installer=True, extra_variants=extra, **keys)
    return compose(folder, variant(images=(dvd, image("pool"))), *(variant(name) for name in extra))


def check(demo: Compose) -> Path:
    (task,) = installable.tasks(demo)
    task.run()
    return task.outputs[0]


def test_a_medium_with_all_it_takes_passes(archive: TinyArchive, tmp_path: Path) -> None:
    udebs = add_parts(archive)
    demo = make_compose(tmp_path)
    choose(demo, "Server", "amd64", archive, [*PACKAGES, *udebs], udebs)
    assert check(demo) == demo.paths.installable("Server", "amd64", "dvd")
    assert check(demo).exists()


def test_all_that_is_lacking_is_named_with_its_cure(archive: TinyArchive, tmp_path: Path) -> None:
    udebs = add_parts(archive)
    demo = make_compose(tmp_path)
    gone = {"linux-image-amd64", "grub-pc", "finish-install"}
    choose(demo, "Server", "amd64", archive, {*PACKAGES, *udebs} - gone, udebs)
    with pytest.raises(ComposeError) as caught:
        check(demo)
    assert str(caught.value).startswith(
        "demo.yaml:1:1: the medium dvd of Server cannot install on amd64: it lacks kernel linux-image-amd64 | "
        "linux-image-cloud-amd64; boot loader grub-pc | grub-efi-amd64; udeb finish-install"
    )
    assert "main/debian-installer" in caught.value.hint
    assert not demo.paths.installable("Server", "amd64", "dvd").exists()


def test_secure_boot_is_asked_for_before_anything_is_fetched(archive: TinyArchive, tmp_path: Path) -> None:
    udebs = add_parts(archive)
    demo = make_compose(tmp_path, secure_boot=ALWAYS)
    choose(demo, "Server", "amd64", archive, [*PACKAGES, *udebs], udebs)
    with pytest.raises(ComposeError, match="it lacks signed boot loader grub-efi-amd64-signed, shim-signed"):
        check(demo)


def test_a_package_of_that_name_is_no_udeb(archive: TinyArchive, tmp_path: Path) -> None:
    udebs = add_parts(archive)
    demo = make_compose(tmp_path)
    choose(demo, "Server", "amd64", archive, [*PACKAGES, *udebs], {})
    with pytest.raises(ComposeError, match="lacks udeb apt-cdrom-setup, "):
        check(demo)


def test_extra_variants_count_as_they_are_on_the_medium(archive: TinyArchive, tmp_path: Path) -> None:
    udebs = add_parts(archive)
    demo = make_compose(tmp_path, "Base")
    choose(demo, "Server", "amd64", archive, udebs, udebs)
    choose(demo, "Base", "amd64", archive, PACKAGES)
    assert check(demo).exists()
