"""Where the archives have debian-installer: as images beside their indices, or in a package."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from composelib.archive.format import release, version
from composelib.archive.format.release import Release
from composelib.archive.format.repository import value
from composelib.errors import ComposeError, TrustError
from composelib.fetch import accepted_suite
from composelib.fetch.accepted_suite import Accepted
from composelib.fetch.document import read
from composelib.fetch.download import Wanted
from composelib.fetch.errors import NotThereError
from composelib.fetch.http import Agent
from composelib.fetch.store import Store, opened
from composelib.fetch.transfer import transfer
from composelib.fetch.url import below, is_local, local_path
from composelib.files import write

SUMS = "SHA256SUMS"
LARGEST = 512 << 20
"""Bytes of an image; the installer's initramfs with a desktop has 75 MB."""
NETBOOT = ("netboot/netboot.tar.gz",)
CDROM = ("cdrom/vmlinuz", "cdrom/initrd.gz")


@dataclass(frozen=True)
class Sources:
    """Where to look; the mappings are by archive, and `archives` are name, suites and components of each."""

    arch: str
    medium: bool
    """Whether the images for discs are wanted as well as those for the network."""
    archives: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]
    texts: Mapping[str, tuple[Path, ...]]
    signatures: Mapping[str, Path]
    pkgsets: Mapping[str, Path]
    store: Path
    offline: bool


@dataclass(frozen=True)
class Installer:
    """What was found: `images`, or the `package` that has those for the network; SHA256 of each file, in the store."""

    kind: str
    files: Mapping[str, str]


def find(sources: Sources) -> Installer:
    """Find the installer and bring its files into the store: images that the archive has, else the newest package.

    Raises TrustError, NetworkError, and ComposeError when no archive has an installer.
    """
    store = opened(sources.store)
    with closing(Agent()) as agent:
        for folder, listed in listings(sources):
            try:
                files = images(agent, store, sources, folder, listed)
            except NotThereError as error:
                print(f"{error}; looking further", flush=True)
            else:
                return Installer("images", files)
    package = newest_package(sources)
    if package is None:
        raise ComposeError(
            f"no archive has debian-installer for {sources.arch}, neither images nor a package of them",
            "use a suite that has it, with its component main",
        )
    transfer(store, [package])
    return Installer("package", {"package": package.sha256})


def listings(sources: Sources) -> Iterator[tuple[str, release.Listed]]:
    """Give the URLs of folders of images, with what the signed Release file says of their SHA256SUMS."""
    for name, suites, components in sources.archives:
        known = accepted_suite.load(sources.signatures[name].read_text())
        for suite, text in zip(suites, sources.texts[name], strict=True):
            found = release.parse(text.read_bytes(), str(text))
            yield from listings_of(known[suite], found, components, sources.arch)


def listings_of(
    suite: Accepted, found: Release, components: tuple[str, ...], arch: str
) -> Iterator[tuple[str, release.Listed]]:
    """Give the folders of images that a suite lists, of its current installer."""
    for component in components:
        folder = f"{component}/installer-{arch}/current/images"
        listed = found.files.get(f"{folder}/{SUMS}")
        if listed:
            yield below(suite.dists, f"{folder}/"), listed


def images(agent: Agent, store: Store, sources: Sources, folder: str, listed: release.Listed) -> dict[str, str]:
    """Bring the images of a folder into the store: gives their SHA256 by name. Raises NotThereError, TrustError."""
    sums = read(agent, below(folder, SUMS), listed.size).content or b""
    if hashlib.sha256(sums).hexdigest() != listed.sha256:
        raise TrustError(f"{folder}{SUMS}: not what the archive's Release file lists")
    rows = [line.split(maxsplit=1) for line in sums.decode().splitlines() if line.strip()]
    known = {row[-1]: row[0] for row in rows}
    files = {}
    for name in (*NETBOOT, *(CDROM if sources.medium else ())):
        sha256 = known.get(f"./{name}")
        if not sha256:
            raise NotThereError(f"{folder}{name}: not in {SUMS}")
        fetch_image(agent, store, below(folder, name), sha256)
        files[name] = sha256
    store.settle()
    return files


def fetch_image(agent: Agent, store: Store, url: str, sha256: str) -> None:
    """Bring one image into the store, unless it is there. Raises TrustError when it is another than was listed."""
    place = store.place(sha256)
    if place.exists() and store.has(sha256, place.stat().st_size):
        return
    content = read(agent, url, LARGEST).content or b""
    got = hashlib.sha256(content).hexdigest()
    if got != sha256:
        raise TrustError(f"{url}: SHA256 {got}, listed as {sha256}", "the mirror is damaged or hostile; try another")
    write(place, content)
    store.admit(sha256)


def newest_package(sources: Sources) -> Wanted | None:
    """Find the package of highest version that has the images for the network."""
    best: tuple[str, Wanted] | None = None
    pattern = re.compile(rf"^Package: debian-installer-\d+-netboot-{sources.arch}$".encode(), re.MULTILINE)
    for name, path in sources.pkgsets.items():
        text = path.read_bytes()
        roots = accepted_suite.bases(accepted_suite.load(sources.signatures[name].read_text()).values())
        for found in pattern.finditer(text):
            stanza = text[found.start() :].partition(b"\n\n")[0]
            key = version.key(value(stanza, "Version"))
            if best is None or key > best[0]:
                best = key, wanted(stanza, roots, name, sources.store)
    return best[1] if best else None


def wanted(stanza: bytes, roots: tuple[str, ...], archive: str, store: Path) -> Wanted:
    """Give what to fetch of a package."""
    sha256, name = value(stanza, "SHA256"), value(stanza, "Filename")
    what = f"{value(stanza, 'Package')} {value(stanza, 'Version')} of archive {archive}"
    if not re.fullmatch(r"[0-9a-f]{64}", sha256) or not value(stanza, "Size").isdigit():
        raise TrustError(f"{what}: no size and SHA256 to check it by")
    root = local_path(roots[0]) if is_local(roots[0]) else None
    urls = tuple(below(base, name) for base in roots)
    return Wanted(sha256, int(value(stanza, "Size")), urls, store / sha256[:2] / sha256, what, name, root)
