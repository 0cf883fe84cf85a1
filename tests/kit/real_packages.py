"""A repository of real Debian packages, from the mirror that this machine's apt uses, for the tests that need them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from composelib.archive.format.stanza import fields, spans
from composelib.tools import apt_get
from tests.kit.tiny_archive import TinyArchive

SUITE = "bookworm"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@cache
def mirror() -> str:
    """Return the address of the machine's mirror."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", f"Codename: {SUITE}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[0].rstrip("/")


def fill(archive: TinyArchive, packages: Iterable[str], cache: Path, suite: str = SUITE) -> None:
    """Add packages and their dependencies to an archive without publishing it; `cache` stays between runs."""
    state = cache / "apt"
    for folder in ("lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    (state / "preferences").touch()
    source = f"Types: deb\nURIs: {mirror()}\nSuites: {suite}\nComponents: main\nSigned-By: {KEYRING}\n"
    (state / "sources.sources").write_text(source)
    (state / "conf").write_text(apt_get.configuration(state, "amd64"))
    environment = os.environ | {"APT_CONFIG": str(state / "conf"), "LC_ALL": "C.UTF-8"}
    subprocess.run(apt_get.update(), check=True, env=environment, stdout=subprocess.DEVNULL)
    install = ["apt-get", "-qq", "-y", "install", "?essential", *packages]
    # it prints nothing of files that are in its cache, so that is another one
    printing = [*install, "--print-uris", "-o", f"Dir::Cache::archives={state}/none/"]
    printed = subprocess.run(printing, check=True, env=environment, capture_output=True, text=True)
    subprocess.run([*install, "--download-only"], check=True, env=environment, stdout=subprocess.DEVNULL)
    matches = re.findall(rf"^'{re.escape(mirror())}/(\S+)' (\S+)", printed.stdout, re.MULTILINE)
    addresses = {unquote(path): file for path, file in matches}
    for name, file in addresses.items():
        path = archive.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            os.link(next(iter((state / "cache/archives").glob(escape_glob(file)))), path)
    (index,) = (state / "lists").glob("*_Packages")
    archive.stanzas["main", "amd64"] = list(select_stanzas(index.read_bytes(), set(addresses)))


def escape_glob(name: str) -> str:
    """Return the pattern that matches a file in apt's cache, whose name --print-uris printed."""
    return re.sub(r"([\[?*])", r"[\1]", name)


def select_stanzas(index: bytes, paths: set[str]) -> Iterable[str]:
    """Yield the stanzas of an index whose files have one of these paths."""
    for start, end in spans(index):
        values = fields(index[start:end])
        if values["filename"].decode() in paths:
            yield index[start : end + 1].decode()
