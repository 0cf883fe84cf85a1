"""debian-installer, found in an archive and laid out for media and the network.

Also covers: composelib.actions.buildinstall, composelib.actions.netboot, composelib.image.media.installer_archive,
composelib.image.media.installer_source, composelib.stages.netboot, composelib.tools.depmod,
composelib.tools.dpkg_deb.
"""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from composelib.errors import ComposeError, TrustError
from composelib.image.media import cpio
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.image import NetbootImage
from composelib.stages import (
    buildinstall,
    createiso,
    createrepo,
    fetch,
    gather,
    inrelease,
    installable,
    key,
    netboot,
    pkgset,
)
from composelib.tools.qemu import Drive, Machine
from composelib.tools.serial_console import start_machine
from tests.kit import debian_installer
from tests.kit.gathered_variant import NOWHERE, choose, compose, image, run_stages, variant
from tests.kit.iso_files import extract_iso, list_iso
from tests.kit.stub_installer import PACKAGES, PRESEED, add_images, add_parts
from tests.kit.tiny_archive import DATE, TinyArchive

pytestmark = pytest.mark.usefixtures("workplace")


def make_compose(archive: TinyArchive, **keys: Any) -> Compose:
    """Return a compose of an archive that has an installing medium, its first stages run."""
    Path("preseed.cfg").write_text(PRESEED)
    images = (
        image("dvd", installer=True, preseed=Path("preseed.cfg"), **keys),
        image("mini", kind=NetbootImage),
    )
    source = Archive(
        "tiny", NOWHERE, uri=archive.uri, suites=("stable",), components=("main",), signed_by=archive.key.public
    )
    demo = compose(Path("build"), variant(images=images), archives=(source,))
    demo.paths.epoch.parent.mkdir(parents=True, exist_ok=True)
    demo.paths.epoch.write_text(f"{DATE}\n")
    run_stages(demo, inrelease, pkgset)
    return demo


def publish_installer(archive: TinyArchive) -> dict[str, str]:
    """Publish an archive with packages, udebs and images of the installer; return the component of each udeb."""
    udebs = add_parts(archive)
    add_images(archive)
    archive.listed = ["main/installer-amd64/current/images/SHA256SUMS"]
    archive.publish()
    return udebs


def find_installer(demo: Compose) -> None:
    """Run the first of the two tasks, which finds the installer."""
    buildinstall.tasks(demo)[0].run()


def test_the_archives_images_are_taken_after_all_sums_hold(archive: TinyArchive) -> None:
    udebs = publish_installer(archive)
    demo = make_compose(archive)
    choose(demo, "Server", "amd64", archive, [*PACKAGES, *udebs], udebs)
    run_stages(demo, key, createrepo, buildinstall)
    assert demo.paths.installer("Server", "amd64", "cdrom", "vmlinuz").read_bytes() == b"cdrom/vmlinuz"
    assert demo.paths.installer("Server", "amd64", "cdrom", "initrd.gz").read_bytes() == b"cdrom/initrd.gz"
    tree = demo.paths.installer("Server", "amd64", "netboot")
    assert (tree / "pxelinux.0").read_text() == (tree / "debian-installer/amd64/pxelinux.0").read_text()


def test_an_image_that_is_not_what_is_listed_is_refused(archive: TinyArchive) -> None:
    publish_installer(archive)
    demo = make_compose(archive)
    (archive.root / "dists/stable/main/installer-amd64/current/images/cdrom/vmlinuz").write_text("another")
    with pytest.raises(TrustError, match="cdrom/vmlinuz"):
        find_installer(demo)
    assert not demo.paths.installer("Server", "amd64").exists()


def test_a_list_of_sums_that_the_release_file_does_not_sign_is_refused(archive: TinyArchive) -> None:
    publish_installer(archive)
    demo = make_compose(archive)
    sums = archive.root / "dists/stable/main/installer-amd64/current/images/SHA256SUMS"
    sums.write_text(sums.read_text().replace("0", "1", 1))
    with pytest.raises(TrustError, match="SHA256SUMS"):
        find_installer(demo)


def test_no_installer_anywhere_says_what_to_use(archive: TinyArchive) -> None:
    archive.add("linux-image-amd64")
    archive.publish()
    with pytest.raises(ComposeError, match="no archive has debian-installer for amd64"):
        find_installer(make_compose(archive))


def test_without_images_the_newest_package_of_them_is_found(archive: TinyArchive) -> None:
    for version in ("20230607", "20230607+deb12u9", "20230607+deb12u15"):
        archive.add("debian-installer-12-netboot-amd64", version, arch="all")
    archive.publish()
    demo = make_compose(archive)
    find_installer(demo)
    row = json.loads(demo.paths.work("buildinstall", "Server", "amd64.json").read_text())
    stanzas = [text for texts in archive.stanzas.values() for text in texts if "deb12u15" in text]
    assert row["kind"] == "package"
    assert row["files"]["package"] in stanzas[0]


def test_a_medium_has_what_an_installer_looks_for_and_the_same_bytes_twice(archive: TinyArchive) -> None:
    udebs = publish_installer(archive)
    demo = make_compose(archive)
    choose(demo, "Server", "amd64", archive, [*PACKAGES, *udebs], udebs)
    run_stages(demo, key, createrepo, installable, buildinstall, createiso)
    iso = demo.paths.iso("Server", "amd64", "dvd")
    names = list_iso(iso)
    for name in (
        ".disk/base_include",
        ".disk/base_installable",
        "install/vmlinuz",
        "boot/grub/efi.img",
        "EFI/BOOT/BOOTX64.EFI",
        "dists/bookworm/main/debian-installer/binary-amd64/Packages.gz",
        "pool/main/b/base-installer/base-installer_1.0_amd64.deb",
    ):
        assert f"'/{name}'" in names
    first = iso.read_bytes()
    mask = os.umask(0o077)
    try:
        run_stages(demo, createiso)
    finally:
        os.umask(mask)
    assert iso.read_bytes() == first


def read_added_entries(demo: Compose, folder: Path) -> list[cpio.CpioEntry]:
    """Return what a medium's initramfs has in addition to the archive's."""
    out, iso = folder / "initrd", demo.paths.iso("Server", "amd64", "dvd")
    extract_iso(iso, out, "/install/initrd.gz")
    return list(cpio.read_cpio(gzip.decompress(out.read_bytes().removeprefix(b"cdrom/initrd.gz"))))


def test_the_answers_are_in_the_mediums_own_initramfs(archive: TinyArchive, tmp_path: Path) -> None:
    udebs = publish_installer(archive)
    demo = make_compose(archive)
    choose(demo, "Server", "amd64", archive, [*PACKAGES, *udebs], udebs)
    run_stages(demo, key, createrepo, installable, buildinstall, createiso, netboot)
    entries = {entry.name: entry for entry in read_added_entries(demo, tmp_path)}
    assert entries["preseed.cfg"].content.decode() == PRESEED
    assert demo.paths.iso("Server", "amd64", "mini").stat().st_size > 1_000_000


def test_the_installed_systems_apt_is_given_the_key_of_the_medium(archive: TinyArchive, tmp_path: Path) -> None:
    udebs = publish_installer(archive)
    demo = make_compose(archive)
    choose(demo, "Server", "amd64", archive, [*PACKAGES, *udebs], udebs)
    run_stages(demo, key, createrepo, installable, buildinstall, createiso)
    entries = {entry.name: entry for entry in read_added_entries(demo, tmp_path)}
    assert entries["archive-key.asc"].content == demo.paths.archive_key.read_bytes()
    script = entries["usr/lib/base-installer.d/10archive-key"]
    assert script.mode & 0o777 == 0o755
    assert b"/target/etc/apt/trusted.gpg.d/demo.asc\n" in script.content


def test_of_a_set_the_first_disc_has_what_every_installation_asks_for(archive: TinyArchive) -> None:
    udebs = publish_installer(archive)
    for name in ("a1", "a2", "a3"):
        archive.add(name, files={"big": os.urandom(200_000)}, Priority="standard")
    demo = make_compose(archive, split=True, max_size=4_800_000)
    choose(demo, "Server", "amd64", archive, [*PACKAGES, *udebs, "a1", "a2", "a3"], udebs)
    run_stages(demo, key, createrepo, installable, buildinstall, createiso)
    iso = demo.paths.iso("Server", "amd64", "dvd")
    names = list_iso(iso)
    assert not [name for name in (*PACKAGES, *udebs) if f"/{name}_1.0_amd64.deb'" not in names]
    assert demo.paths.further_discs("Server", "amd64", "dvd").read_text()


@pytest.mark.slow
def test_debians_installer_boots_from_the_medium_and_loads_its_components_from_it(
    archive: TinyArchive, tmp_path: Path
) -> None:
    archive.components = debian_installer.components()
    debian_installer.fill(archive, tmp_path / "mirror")
    for name in PACKAGES:
        archive.add(name)
    archive.publish()
    demo = make_compose(archive)
    run_stages(demo, gather, installable, fetch, key, createrepo, buildinstall, createiso)
    machine = Machine("amd64", (Drive(demo.paths.iso("Server", "amd64", "dvd"), cd=True),), "uefi")
    with start_machine(machine, tmp_path / "serial.log") as console:
        console.wait("serial console", 60)
        console.type("s")
        console.wait("Loading additional components", 500)
        console.wait("Detecting network hardware", 500)
