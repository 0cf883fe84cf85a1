from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from composelib.errors import ComposeError, TrustError
from composelib.image import media_cpio
from composelib.model import Archive, Compose
from composelib.serial import booted
from composelib.stages import buildinstall, createiso, createrepo, inrelease, key, netboot, pkgset
from composelib.tools.qemu import Drive, Machine
from tests.chosen import NOWHERE, choose, compose, image, run_stages, variant
from tests.installer import LOADED, PRESEED, add, add_images, add_udebs
from tests.tiny import DATE, TinyArchive, paragraph

MIRROR_DRIVERS = ("cdrom-core", "isofs", "scsi", "scsi-core")


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path) -> Iterator[Path]:
    """Give a folder that is the working directory, as the checkout is when a compose is made."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    before = Path.cwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


def composed(archive: TinyArchive, **keys: object) -> Compose:
    """Give a compose of an archive that has an installing medium, its first stages run."""
    Path("preseed.cfg").write_text(PRESEED)
    images = (
        image("dvd", installer=True, preseed=Path("preseed.cfg"), **keys),
        image("mini", kind="netboot"),
    )
    source = Archive(
        "tiny", NOWHERE, uri=archive.uri, suites=("stable",), components=("main",), signed_by=archive.key.public
    )
    demo = compose(Path("build"), variant(images=images), archives=(source,))
    demo.epoch.parent.mkdir(parents=True, exist_ok=True)
    demo.epoch.write_text(f"{DATE}\n")
    run_stages(demo, inrelease, pkgset)
    return demo


def published(archive: TinyArchive) -> dict[str, str]:
    """Publish an archive with packages, udebs and images of the installer; gives the udebs' component."""
    archive.add("linux-image-amd64")
    udebs = add_udebs(archive)
    add_images(archive)
    archive.listed = ["main/installer-amd64/current/images/SHA256SUMS"]
    archive.publish()
    return udebs


def found(demo: Compose) -> None:
    """Run the first of the two tasks, which finds the installer."""
    buildinstall.tasks(demo)[0].run()


def test_the_archives_images_are_taken_after_all_sums_hold(archive: TinyArchive) -> None:
    udebs = published(archive)
    demo = composed(archive)
    choose(demo, "Server", "amd64", archive, ["linux-image-amd64", *udebs], udebs)
    run_stages(demo, key, createrepo, buildinstall)
    assert demo.installer("Server", "amd64", "cdrom", "vmlinuz").read_bytes() == b"cdrom/vmlinuz"
    assert demo.installer("Server", "amd64", "cdrom", "initrd.gz").read_bytes() == b"cdrom/initrd.gz"
    tree = demo.installer("Server", "amd64", "netboot")
    assert (tree / "pxelinux.0").read_text() == (tree / "debian-installer/amd64/pxelinux.0").read_text()


def test_an_image_that_is_not_what_is_listed_is_refused(archive: TinyArchive) -> None:
    published(archive)
    demo = composed(archive)
    (archive.root / "dists/stable/main/installer-amd64/current/images/cdrom/vmlinuz").write_text("another")
    with pytest.raises(TrustError, match="cdrom/vmlinuz"):
        found(demo)
    assert not demo.installer("Server", "amd64").exists()


def test_a_list_of_sums_that_the_release_file_does_not_sign_is_refused(archive: TinyArchive) -> None:
    published(archive)
    demo = composed(archive)
    sums = archive.root / "dists/stable/main/installer-amd64/current/images/SHA256SUMS"
    sums.write_text(sums.read_text().replace("0", "1", 1))
    with pytest.raises(TrustError, match="SHA256SUMS"):
        found(demo)


def test_no_installer_anywhere_says_what_to_use(archive: TinyArchive) -> None:
    archive.add("linux-image-amd64")
    archive.publish()
    with pytest.raises(ComposeError, match="no archive has debian-installer for amd64"):
        found(composed(archive))


def test_without_images_the_newest_package_of_them_is_found(archive: TinyArchive) -> None:
    for version in ("20230607", "20230607+deb12u9", "20230607+deb12u15"):
        archive.add("debian-installer-12-netboot-amd64", version, arch="all")
    archive.publish()
    demo = composed(archive)
    found(demo)
    row = json.loads(demo.work("buildinstall", "Server", "amd64.json").read_text())
    stanzas = [text for texts in archive.stanzas.values() for text in texts if "deb12u15" in text]
    assert row["kind"] == "package"
    assert row["files"]["package"] in stanzas[0]


def test_a_medium_has_what_an_installer_looks_for_and_the_same_bytes_twice(archive: TinyArchive) -> None:
    udebs = published(archive)
    demo = composed(archive)
    choose(demo, "Server", "amd64", archive, ["linux-image-amd64", *udebs], udebs)
    run_stages(demo, key, createrepo, buildinstall, createiso)
    iso = demo.iso("Server", "amd64", "dvd")
    names = subprocess.run(["xorriso", "-indev", iso, "-find", "/"], capture_output=True, text=True, check=True).stdout
    for name in (
        ".disk/base_installable",
        "install/vmlinuz",
        "boot/grub/efi.img",
        "EFI/BOOT/BOOTX64.EFI",
        "dists/bookworm/main/debian-installer/binary-amd64/Packages.gz",
        "pool/main/t/tiny-component/tiny-component_1.0_amd64.udeb",
    ):
        assert f"'/{name}'" in names
    first = iso.read_bytes()
    before = os.umask(0o077)
    try:
        run_stages(demo, createiso)
    finally:
        os.umask(before)
    assert iso.read_bytes() == first


def test_the_answers_are_in_the_mediums_own_initramfs(archive: TinyArchive, tmp_path: Path) -> None:
    udebs = published(archive)
    demo = composed(archive)
    choose(demo, "Server", "amd64", archive, ["linux-image-amd64", *udebs], udebs)
    run_stages(demo, key, createrepo, buildinstall, createiso, netboot)
    out = tmp_path / "initrd"
    iso = demo.iso("Server", "amd64", "dvd")
    subprocess.run(["xorriso", "-osirrox", "on", "-indev", iso, "-extract", "/install/initrd.gz", out], check=True)
    added = out.read_bytes().removeprefix(b"cdrom/initrd.gz")
    (entry,) = media_cpio.read(gzip.decompress(added))
    assert (entry.name, entry.content.decode()) == ("preseed.cfg", PRESEED)
    assert demo.iso("Server", "amd64", "mini").stat().st_size > 1_000_000


def mirrors_part(folder: Path, names: tuple[str, ...], component: str) -> list[Path]:
    """Download packages from the mirror that this machine's apt uses, verified by apt."""
    words = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Codename: bookworm"]
    uri = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()[0]
    for name in ("lists/partial", "cache/archives/partial", "files"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    (folder / "sources").write_text(f"deb [signed-by={keyring}] {uri} bookworm {component}\n")
    (folder / "conf").write_text(
        f'Dir::State "{folder}";\nDir::State::status "{folder}/status";\nDir::Cache "{folder}/cache";\n'
        f'Dir::Etc::sourcelist "{folder}/sources";\nDir::Etc::sourceparts "-";\nAPT::Sandbox::User "root";\n'
    )
    environment = {**os.environ, "APT_CONFIG": str(folder / "conf")}
    subprocess.run(["apt-get", "update"], env=environment, check=True, capture_output=True)
    command = ["apt-get", "download", *names]
    subprocess.run(command, env=environment, check=True, capture_output=True, cwd=folder / "files")
    return sorted((folder / "files").iterdir())


def real_installer(archive: TinyArchive, folder: Path) -> dict[str, str]:
    """Add Debian's netboot package and the drivers of discs for its kernel, and our components; gives the udebs."""
    archive.add("linux-image-amd64")
    udebs = add_udebs(archive)
    (package,) = mirrors_part(folder / "package", ("debian-installer-12-netboot-amd64",), "main")
    control = {"Package": "debian-installer-12-netboot-amd64", "Version": "1.0", "Architecture": "all"}
    add(archive, paragraph(control), package.read_bytes(), "deb")
    listed = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], capture_output=True, check=True).stdout
    unpacked = ["tar", "-x", "-O", "--wildcards", "*/text/debian-installer/amd64/initrd.gz"]
    packed = subprocess.run(unpacked, input=listed, capture_output=True, check=True).stdout
    text = b"".join(
        entry.content for entry in media_cpio.read(gzip.decompress(packed)) if entry.name.endswith("/status")
    )
    kernel = re.search(rb"^Package: kernel-image-(\S+)-di$", text, re.MULTILINE)
    assert kernel
    names = tuple(f"{driver}-modules-{kernel[1].decode()}-di" for driver in MIRROR_DRIVERS)
    for path in mirrors_part(folder / "drivers", names, "main/debian-installer"):
        stanza = subprocess.run(["dpkg-deb", "--field", path], capture_output=True, text=True, check=True).stdout
        add(archive, stanza, path.read_bytes(), "udeb")
        udebs[path.name.partition("_")[0]] = "main/debian-installer"
    archive.publish()
    return udebs


@pytest.mark.slow
def test_debians_installer_boots_from_the_medium_and_loads_a_component_from_it(
    archive: TinyArchive, tmp_path: Path
) -> None:
    udebs = real_installer(archive, tmp_path / "mirror")
    demo = composed(archive)
    choose(demo, "Server", "amd64", archive, ["linux-image-amd64", *udebs], udebs)
    run_stages(demo, key, createrepo, buildinstall, createiso)
    machine = Machine("amd64", (Drive(demo.iso("Server", "amd64", "dvd"), cd=True),), "uefi")
    with booted(machine, tmp_path / "serial.log") as console:
        console.wait("serial console", 60)
        console.type("s")
        console.wait(LOADED, 500)
