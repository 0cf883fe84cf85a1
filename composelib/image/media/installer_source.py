"""Find debian-installer in archives and fetch it: as images beside their indices, or in a package."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from composelib.archive.format import release, version
from composelib.archive.format.digest import start_hash
from composelib.archive.format.release import ReleaseFile
from composelib.archive.format.repository import read_field
from composelib.errors import ComposeError, TrustError
from composelib.fetch import accepted_suite
from composelib.fetch.accepted_suite import AcceptedSuite
from composelib.fetch.access import open_accesses
from composelib.fetch.document import fetch_document
from composelib.fetch.download import Download
from composelib.fetch.errors import NotThereError
from composelib.fetch.http import Agent
from composelib.fetch.package_identity import (
    IndexedFile,
    PackageIdentity,
    check_identities,
    open_record,
    read_indexed_identity,
)
from composelib.fetch.store import Store, open_store
from composelib.fetch.transfer import transfer
from composelib.fetch.url import find_local_path, join_url
from composelib.files import write_file
from composelib.image.media.installer_archive import Installer, InstallerArchive
from composelib.model.paths import locate_stored

SUMS = "SHA256SUMS"
MAX_SIZE = 512 << 20
"""The most bytes that an image may have; the installer's initramfs with a desktop has 75 MB."""
NETBOOT = ("netboot/netboot.tar.gz",)
CDROM = ("cdrom/vmlinuz", "cdrom/initrd.gz")


def fetch_installer(archives: Sequence[InstallerArchive], arch: str, store_root: Path, *, medium: bool) -> Installer:
    """Fetch the installer for an arch into the store: the images of an archive, else the newest package that has them.

    For a `medium` the images for discs are fetched, too. Raise TrustError, NetworkError, and ComposeError if no archive
    has an installer.
    """
    store = open_store(store_root)
    names = (*NETBOOT, *(CDROM if medium else ()))
    accesses = open_accesses((archive.access, list_archive_bases(archive)) for archive in archives)
    with closing(Agent(accesses=accesses)) as agent:
        for folder, sums in find_image_folders(archives, arch):
            try:
                return Installer("images", fetch_images(agent, store, folder, sums, names))
            except NotThereError as error:
                print(f"{error}; trying the next suite", flush=True)
    package = find_newest_package(archives, arch, store_root)
    if package is None:
        raise ComposeError(
            f"no archive has debian-installer for {arch}, neither as images nor as a package of them",
            "use a suite that has it, with its component main",
        )
    download, identity = package
    transfer(store, [download], accesses=accesses)
    check_identities(open_record(store.root), [IndexedFile(download.target, download.digest, identity, download.label)])
    return Installer("package", {"package": download.digest})


def find_image_folders(archives: Iterable[InstallerArchive], arch: str) -> Iterator[tuple[str, release.ListedFile]]:
    """Yield the URLs of folders of images, each with the row of its SHA256SUMS in the suite's signed Release file."""
    for archive in archives:
        accepted = accepted_suite.load(archive.signatures.read_text())
        for suite, path in zip(archive.suites, archive.release_files, strict=True):
            listing = release.parse_release(path.read_bytes(), str(path))
            yield from list_image_folders(accepted[suite], listing, archive.components, arch)


def list_image_folders(
    suite: AcceptedSuite, listing: ReleaseFile, components: tuple[str, ...], arch: str
) -> Iterator[tuple[str, release.ListedFile]]:
    """Yield the folders of images that a suite lists, of its current installer."""
    for component in components:
        folder = f"{component}/installer-{arch}/current/images"
        sums = listing.files.get(f"{folder}/{SUMS}")
        if sums:
            yield join_url(suite.dists, f"{folder}/"), sums


def fetch_images(
    agent: Agent, store: Store, folder: str, listed: release.ListedFile, names: Iterable[str]
) -> dict[str, str]:
    """Fetch images of a folder into the store; return their SHA256 by name. Raise NotThereError, TrustError."""
    sums = fetch_document(agent, join_url(folder, SUMS), listed.size).content or b""
    actual = start_hash(listed.digest)
    actual.update(sums)
    if actual.hexdigest() != listed.digest:
        raise TrustError(f"{folder}{SUMS}: differs from what the archive's Release file lists")
    rows = [line.split(maxsplit=1) for line in sums.decode().splitlines() if line.strip()]
    by_path = {row[-1]: row[0] for row in rows}
    files = {}
    for name in names:
        sha256 = by_path.get(f"./{name}")
        if not sha256:
            raise NotThereError(f"{folder}{name}: not in {SUMS}")
        fetch_image(agent, store, join_url(folder, name), sha256)
        files[name] = sha256
    store.settle()
    return files


def fetch_image(agent: Agent, store: Store, url: str, sha256: str) -> None:
    """Fetch one image into the store, unless the store has it. Raise TrustError if it is not the one listed."""
    path = store.locate(sha256)
    if path.exists() and store.has(sha256, path.stat().st_size):
        return
    content = fetch_document(agent, url, MAX_SIZE).content or b""
    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256:
        raise TrustError(f"{url}: SHA256 {actual}, listed as {sha256}", "the mirror is damaged or hostile; try another")
    write_file(path, content)
    store.admit(sha256)


def find_newest_package(
    archives: Iterable[InstallerArchive], arch: str, store: Path
) -> tuple[Download, PackageIdentity] | None:
    """Return the download of the highest version of the package that has the images for the network, if any has it."""
    newest: tuple[str, Download, PackageIdentity] | None = None
    pattern = re.compile(rf"^Package: debian-installer-\d+-netboot-{arch}$".encode(), re.MULTILINE)
    for archive in archives:
        text = archive.packages.read_bytes()
        roots = list_archive_bases(archive)
        for match in pattern.finditer(text):
            stanza = text[match.start() :].partition(b"\n\n")[0]
            key = version.make_version_key(read_field(stanza, "Version"))
            if newest is None or key > newest[0]:
                newest = key, plan_download(stanza, roots, archive.name, store), read_indexed_identity(stanza)
    return newest[1:] if newest else None


def list_archive_bases(archive: InstallerArchive) -> tuple[str, ...]:
    """Return the URLs that the files of an archive are below."""
    return accepted_suite.list_bases(accepted_suite.load(archive.signatures.read_text()).values())


def plan_download(stanza: bytes, roots: tuple[str, ...], archive: str, store: Path) -> Download:
    """Return the download of a package. Raise TrustError if its stanza has nothing to verify it by."""
    sha256, name = read_field(stanza, "SHA256"), read_field(stanza, "Filename")
    title = f"{read_field(stanza, 'Package')} {read_field(stanza, 'Version')} of archive {archive}"
    if not re.fullmatch(r"[0-9a-f]{64}", sha256) or not read_field(stanza, "Size").isdigit():
        raise TrustError(f"{title}: has no size and SHA256 to verify it by")
    root = find_local_path(roots[0])
    urls = tuple(join_url(base, name) for base in roots)
    return Download(sha256, int(read_field(stanza, "Size")), urls, locate_stored(store, sha256), title, name, root)
