"""What reads and mirrors repositories takes ours without a warning."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from composelib.archive.format import openpgp
from composelib.files import write_file
from composelib.model.release import Release
from composelib.stages import contents, createrepo, diffs, key, keyring, release, translations, validity
from composelib.tools import gpg
from tests.kit.client_apt import find_free_port, make_apt, serve
from tests.kit.gathered_variant import choose, compose, publish, run_stages, variant
from tests.kit.real_packages import KEYRING, find_mirror
from tests.kit.source_packages import TinySource, add_source_package
from tests.kit.tiny_archive import TinyArchive

COMPLAINT = re.compile(r"^(?:[WNE]:|.*\b(?:warning|error)\b).*$", re.MULTILINE | re.IGNORECASE)
ARCH = "amd64"
CHANGELOG = "base (2:1.0) stable; urgency=low\n"
APT_OF_TRIXIE = "apt,base-files,coreutils,dash,dpkg-dev,libc-bin"
APT_CONF = 'APT::Sandbox::User "root";\nApt::Cmd::Disable-Script-Warning "true";\n'
"""The sandbox's user is made by the script of a package, and packages are unpacked only."""
TRACES = """\
Warning: --rsync-extra is not configured to mirror the trace files.
         This configuration is not recommended.
"""
"""What debmirror says of its own options, as these files would need a server of rsync."""


@dataclass(frozen=True)
class ServedRepository:
    """A repository on a server of this machine, and a folder for its client."""

    url: str
    keyring: Path
    fingerprint: str
    folder: Path
    add_package: Callable[[], None]
    """Publishes the compose, and makes the next one with a package more in its place."""

    def run(self, *words: str | Path) -> str:
        """Run a client in the folder; return what it printed. Fail if it failed, or complained."""
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.folder), "GNUPGHOME": str(self.folder)}
        ran = subprocess.run(words, cwd=self.folder, env=env, capture_output=True, text=True, check=False, timeout=60)
        printed = ran.stdout + ran.stderr
        assert ran.returncode == 0, printed
        assert COMPLAINT.findall(printed) == []
        return printed


@pytest.fixture
def served(archive: TinyArchive, tmp_path: Path) -> Iterator[ServedRepository]:
    archive.add("base", "2:1.0", Depends="data")
    archive.add("data", arch="all")
    archive.add("build-essential")
    packed = TinySource("base", "2:1.0", "3.0 (native)", build_depends="data").pack(tmp_path)
    add_source_package(archive, packed)
    port = find_free_port()
    names = Release(
        "Demo",
        "demo",
        "12",
        "bookworm",
        valid_until=604800,
        suite="stable",
        keyring_package=True,
        changelogs=f"http://127.0.0.1:{port}/changelogs/@CHANGEPATH@",
    )
    server = variant(sources=True, indices=("contents", "translations", "diffs"))
    demo = compose(tmp_path / "build", server, release=names)

    def make() -> None:
        choose(demo, "Server", ARCH, archive, ["base", "data", "build-essential", *added])
        choose(demo, "Server", "source", archive, ["base"])
        run_stages(demo, key, createrepo, contents, translations, diffs, validity, release, keyring)
        write_file(demo.paths.repository("Server") / "changelogs/main/b/base/base_1.0", CHANGELOG)

    def add_package() -> None:
        added.append(f"added{len(added)}")
        archive.add(added[-1])
        publish(demo, f"demo-12-20231114.{len(added)}")
        make()

    added: list[str] = []
    make()
    folder = tmp_path / "client"
    folder.mkdir(mode=0o700)
    public = folder / "key.gpg"
    public.write_bytes(openpgp.dearmor(demo.paths.archive_key.read_bytes(), ""))
    subprocess.run(gpg.gpg(folder, "--import", demo.paths.archive_key), check=True, capture_output=True)
    with serve(demo.paths.repository("Server"), port) as (url, _):
        yield ServedRepository(url, public, gpg.list_fingerprints(demo.paths.archive_key)[0], folder, add_package)


def read_by_aptitude(served: ServedRepository) -> None:
    machine = make_apt(served.folder / "apt", f"deb [signed-by={served.keyring}] {served.url} bookworm main\n")
    assert COMPLAINT.findall(machine.run("aptitude", "update").stderr) == []
    assert "base" in machine.run("aptitude", "search", "?name(base)").stdout


def read_by_python_apt(served: ServedRepository) -> None:
    machine = make_apt(served.folder / "apt", f"deb [signed-by={served.keyring}] {served.url} bookworm main\n")
    assert machine.run("apt-get", "update").stderr == ""
    question = "import apt; print(apt.Cache(None)['base'].candidate.description)"
    assert machine.run("/usr/bin/python3", "-c", question).stdout == "It is a package.\n"


def mirror_by_debmirror(served: ServedRepository) -> None:
    host = served.url.removeprefix("http://")
    words = ("--method=http", f"--host={host}", "--root=/", "--dist=bookworm", "--section=main", f"--arch={ARCH}")
    options = ("--verbose", "--source", "--i18n", "--getcontents", "--rsync-extra=none", f"--keyring={served.keyring}")
    target = served.folder / "mirror"
    command: list[str | Path] = ["debmirror", *words, *options, target]
    for change in (served.add_package, served.add_package, lambda: None):
        ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=served.folder)
        assert (ran.returncode, ran.stderr.replace(TRACES, "")) == (0, "")
        change()
    assert "Packages patched with" in ran.stdout
    names = {path.name for path in target.rglob("*")}
    assert {
        "base_1.0_amd64.deb",
        "data_1.0_all.deb",
        "base_1.0.dsc",
        f"Contents-{ARCH}.gz",
        "Translation-en.xz",
    } <= names


def mirror_by_aptly(served: ServedRepository) -> None:
    (served.folder / "aptly.conf").write_text(f'{{"rootDir": "{served.folder}/aptly", "gpgProvider": "gpg"}}')
    aptly = ("aptly", f"-config={served.folder}/aptly.conf", "mirror")
    served.run(*aptly, "create", f"-keyring={served.keyring}", "m", served.url, "bookworm", "main")
    served.run(*aptly, "update", f"-keyring={served.keyring}", "m")
    assert "base_2:1.0_amd64" in served.run(*aptly, "show", "-with-packages", "m")


def mirror_by_reprepro(served: ServedRepository) -> None:
    conf = served.folder / "reprepro/conf"
    conf.mkdir(parents=True)
    common = f"Architectures: {ARCH} source\nComponents: main\n"
    (conf / "distributions").write_text(f"Codename: bookworm\n{common}Update: demo\n")
    updates = f"Name: demo\nMethod: {served.url}\nSuite: bookworm\nVerifyRelease: {served.fingerprint[-16:]}\n{common}"
    (conf / "updates").write_text(updates)
    served.run("reprepro", "--basedir", conf.parent, "update")
    listing = served.run("reprepro", "--basedir", conf.parent, "list", "bookworm")
    assert f"bookworm|main|{ARCH}: base 2:1.0\n" in listing


@contextmanager
def run_apt_cacher_ng(folder: Path) -> Iterator[str]:
    """Run a proxy on a free port of this machine, with a cache of its own; yield its URL."""
    port = find_free_port()
    for name in ("conf", "cache", "log"):
        (folder / name).mkdir(parents=True)
    settings = {"CacheDir": folder / "cache", "LogDir": folder / "log", "Port": port, "BindAddress": "127.0.0.1"}
    settings |= {"AllowUserPorts": 0, "ForeGround": 1, "SocketPath": "", "PidFile": ""}
    (folder / "conf/acng.conf").write_text("".join(f"{name}: {value}\n" for name, value in settings.items()))
    with subprocess.Popen(["apt-cacher-ng", "-c", folder / "conf"]) as proxy:
        for _ in range(100):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            proxy.terminate()


def fetch_through_apt_cacher_ng(served: ServedRepository) -> None:
    source = f"deb [signed-by={served.keyring}] {served.url} bookworm main\n"
    with run_apt_cacher_ng(served.folder / "proxy") as proxy:
        machine = make_apt(served.folder / "apt", source, options=f'Acquire::http::Proxy "{proxy}";\n')
        assert machine.run("apt-get", "update").stderr == ""
        assert machine.run("apt-get", "download", "base").stderr == ""
        served.add_package()
        assert machine.run("apt-get", "update").stderr == ""
        assert machine.run("apt-get", "download", "added0", "data").stderr == ""
    assert {path.name for path in (served.folder / "proxy/cache").rglob("*.deb")} == {
        "base_1.0_amd64.deb",
        "data_1.0_all.deb",
        "added0_1.0_amd64.deb",
    }


@pytest.fixture(scope="module")
def trixie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a root with the apt of Debian 13, whose packages are unpacked and not set up."""
    if os.geteuid() or not shutil.which("mmdebstrap"):
        pytest.skip("needs root and mmdebstrap")
    root = tmp_path_factory.mktemp("trixie") / "root"
    words = ("--mode=root", "--variant=extract", f"--include={APT_OF_TRIXIE}", "trixie", root)
    source = f"deb [signed-by={KEYRING}] {find_mirror()} trixie main"
    ran = subprocess.run(["mmdebstrap", *words, source], capture_output=True, text=True, check=False)
    if ran.returncode:
        pytest.skip(f"this machine's mirror has no trixie: {ran.stderr.strip().splitlines()[-1]}")
    (root / "etc/apt/sources.list").unlink()
    (root / "etc/apt/apt.conf.d/test").write_text(APT_CONF)
    return root


@pytest.mark.slow
def test_apt_of_debian_13_takes_a_repository_without_a_word(served: ServedRepository, trixie: Path) -> None:
    """Debian 13 verifies signatures by sqv, and has more to say of sources than Debian 12."""

    def run(*words: str) -> str:
        return served.run("chroot", trixie, "env", "--chdir=/tmp", *words)

    described = f"Types: deb deb-src\nURIs: {served.url}\nSuites: bookworm\nComponents: main\n"
    (trixie / "usr/share/keyrings/demo.gpg").write_bytes(served.keyring.read_bytes())
    (trixie / "etc/apt/sources.list.d/demo.sources").write_text(f"{described}Signed-By: /usr/share/keyrings/demo.gpg\n")
    for _ in range(2):
        run("apt-get", "update")
        run("apt", "update", "--audit")
        assert "Inst base (2:1.0 " in run("apt-get", "install", "-s", "base")
        served.add_package()
    run("apt-get", "update")
    assert "base" in run("apt-cache", "search", "base")
    assert "It is a package." in run("apt-cache", "show", "base")
    assert "  base\n" in run("apt-cache", "rdepends", "data")
    assert "Inst data " in run("apt-get", "build-dep", "-s", "base")
    run("apt-get", "source", "base")
    assert (trixie / "tmp/base-1.0/debian/changelog").exists()
    assert CHANGELOG in run("apt-get", "changelog", "base")


@pytest.mark.slow
@pytest.mark.parametrize(
    "use",
    [
        read_by_aptitude,
        read_by_python_apt,
        mirror_by_debmirror,
        mirror_by_aptly,
        mirror_by_reprepro,
        fetch_through_apt_cacher_ng,
    ],
)
def test_a_client_takes_a_repository_without_a_warning(
    served: ServedRepository, use: Callable[[ServedRepository], None]
) -> None:
    use(served)
