"""A repository of real Debian packages, from the mirror that this machine's apt uses, for the tests that need them."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from composelib.archive.format.stanza import find_stanzas, parse_fields
from composelib.model.compose import Compose
from composelib.tools import apt_get
from tests.kit.gathered_variant import field
from tests.kit.tiny_archive import TinyArchive

SUITE = "bookworm"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@cache
def find_mirror() -> str:
    """Return the URL of the mirror that this machine's apt uses."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", f"Codename: {SUITE}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[0].rstrip("/")


def add_real_packages(archive: TinyArchive, packages: Iterable[str], cache: Path, suite: str = SUITE) -> None:
    """Add packages and their dependencies to an archive without publishing it; `cache` stays between runs."""
    with locked(cache):
        addresses, index = download(packages, cache / "apt", suite)
        for name, file in addresses.items():
            path = archive.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                os.link(next(iter((cache / "apt/cache/archives").glob(escape_glob(file)))), path)
    archive.stanzas["main", "amd64"] = list(select_stanzas(index, set(addresses)))


def fill_store(compose: Compose, archive: TinyArchive) -> None:
    """Put the packages of a compose's repository into its store, where they come from in a whole run."""
    for stanza in archive.stanzas["main", "amd64"]:
        target = compose.paths.stored(field(stanza, "SHA256"))
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            os.link(archive.root / field(stanza, "Filename"), target)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder that several test processes share, as apt fails at once when its own is held."""
    with (folder / "lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def download(packages: Iterable[str], state: Path, suite: str) -> tuple[dict[str, str], bytes]:
    """Download packages and their dependencies; return their file names in apt's cache by their paths in the archive.

    With them comes the archive's Packages index.
    """
    environment = open_apt(state, suite)
    install = ["apt-get", "-qq", "-y", "install", "?essential", *packages]
    # apt-get prints no URI of a file that is in its cache, so it gets another cache folder, which is empty
    printing = [*install, "--print-uris", "-o", f"Dir::Cache::archives={state}/none/"]
    printed = subprocess.run(printing, check=True, env=environment, capture_output=True, text=True)
    subprocess.run([*install, "--download-only"], check=True, env=environment, stdout=subprocess.DEVNULL)
    matches = re.findall(rf"^'{re.escape(find_mirror())}/(\S+)' (\S+)", printed.stdout, re.MULTILINE)
    (index,) = (state / "lists").glob("*_Packages")
    return {unquote(path): file for path, file in matches}, index.read_bytes()


def open_apt(state: Path, suite: str, arch: str = "amd64") -> dict[str, str]:
    """Return the environment of a private apt for an arch in the folder `state`, with fresh lists of the mirror's packages."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    (state / "preferences").touch()
    source = f"Types: deb\nURIs: {find_mirror()}\nSuites: {suite}\nComponents: main\nSigned-By: {KEYRING}\n"
    (state / "sources.sources").write_text(source)
    (state / "conf").write_text(apt_get.format_configuration(state, arch))
    environment = os.environ | {"APT_CONFIG": str(state / "conf"), "LC_ALL": "C.UTF-8"}
    subprocess.run(apt_get.update(), check=True, env=environment, stdout=subprocess.DEVNULL)
    return environment


def unpack_packages(names: Iterable[str], folder: Path, cache: Path, arch: str, suite: str = SUITE) -> None:
    """Download packages of an arch and unpack them into a folder: of a kernel's name, the package that it depends on."""
    state = cache / f"apt-{suite}-{arch}"
    with locked(cache):
        environment = open_apt(state, suite, arch)
        for name in names:
            words = ["apt-cache", "depends", "--important", name]
            listed = subprocess.run(words, check=True, env=environment, capture_output=True, text=True).stdout
            (chosen, *_) = re.findall(r"Depends: (linux-image-\S+)", listed) or [name]
            subprocess.run(["apt-get", "-qq", "download", chosen], check=True, env=environment, cwd=state)
            (deb,) = state.glob(f"{chosen}_*.deb")
            subprocess.run(["dpkg-deb", "--extract", deb, folder], check=True)


def escape_glob(name: str) -> str:
    """Return the glob pattern for a file in apt's cache, from its name as --print-uris prints it."""
    return re.sub(r"([\[?*])", r"[\1]", name)


def select_stanzas(index: bytes, paths: set[str]) -> Iterable[str]:
    """Yield the stanzas of an index whose files have one of these paths."""
    for start, end in find_stanzas(index):
        values = parse_fields(index[start:end])
        if values["filename"].decode() in paths:
            yield index[start : end + 1].decode()
