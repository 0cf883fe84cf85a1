"""Contents files: which package has which file.

Also covers: composelib.archive.format.contents.
"""

from __future__ import annotations

import gzip
import hashlib
import subprocess
from pathlib import Path

import pytest

from composelib.errors import TrustError
from composelib.model.compose import Compose
from composelib.model.variant import INSTALLER, Addon
from composelib.stages import contents, createrepo, key, release
from tests.kit.client_apt import make_apt
from tests.kit.gathered_variant import choose, compose, image, list_tasks, run_stages, variant
from tests.kit.tiny_archive import TinyArchive

CONFIG = """\
Dir {{ ArchiveDir "{repository}"; CacheDir "{work}"; OverrideDir "{work}"; }};
TreeDefault {{ }};
BinDirectory "pool" {{ Packages "{work}/Packages"; Contents "{work}/Contents"; Contents::Compress "gzip"; }};
"""
"""For apt-ftparchive."""
SHARED = "usr/share/doc/shared/a-path-that-is-longer-than-the-sixty-columns-before-the-packages"
LONG = f"usr/lib/{'deep/' * 30}file"
FILES = ("usr/bin/tool", "usr/bin/tool.d", "usr/lib/a b", "usr/lib/ü", SHARED, "etc/same", LONG)


@pytest.fixture
def demo(archive: TinyArchive, tmp_path: Path) -> Compose:
    archive.add("aa", Section="admin", files=dict.fromkeys(FILES, b""))
    archive.add("bb", Section="libs", arch="all", files={"etc/same": b"", SHARED: b"", "usr/bin/tool/x": b""})
    archive.add("cc", Section="net", files={"etc/same": b"", "usr/sbin/cc": b""})
    archive.add("extra", files={"opt/extra": b""})
    demo = compose(tmp_path / "build", variant(indices=("contents",), addons=(Addon("HA", ()),)))
    choose(demo, "Server", "amd64", archive, ["aa", "bb", "cc", "extra"], {"extra": "HA"})
    run_stages(demo, contents)
    return demo


def read(demo: Compose, component: str = "main") -> bytes:
    path = demo.paths.contents("Server", "amd64", component)
    content = path.read_bytes()
    assert gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()) == content
    return content


def sort_packages(line: bytes) -> bytes:
    """Return a line with its packages sorted: apt-ftparchive has them in the order in which it met them."""
    path, _, packages = line.rpartition(b" ")
    return b" ".join((path, b",".join(sorted(packages.split(b",")))))


def test_contents_are_those_of_apt_ftparchive(demo: Compose, tmp_path: Path) -> None:
    run_stages(demo, createrepo)
    repository, work = demo.paths.repository("Server").absolute(), tmp_path / "work"
    work.mkdir()
    (work / "conf").write_text(CONFIG.format(repository=repository, work=work).replace('"pool"', '"pool/main"'))
    subprocess.run(["apt-ftparchive", "generate", work / "conf"], cwd=work, check=True, capture_output=True)
    reference = gzip.decompress((work / "Contents.gz").read_bytes())
    assert reference.count(b"\n") == len({*FILES, "usr/bin/tool/x", "usr/sbin/cc"})
    assert list(map(sort_packages, read(demo).splitlines())) == list(map(sort_packages, reference.splitlines()))
    assert read(demo, "HA") == b"opt/extra\t\t\t\t\t\t    misc/extra\n"


def test_apt_file_searches_and_lists_by_them(demo: Compose, tmp_path: Path) -> None:
    run_stages(demo, key, createrepo, release)
    uri = f"file:{demo.paths.repository('Server').absolute()}"
    options = '#include "/etc/apt/apt.conf.d/50apt-file.conf";\n'
    line = f"deb [signed-by={demo.paths.archive_key.absolute()}] {uri} bookworm main HA\n"
    machine = make_apt(tmp_path / "apt", line, options=options)
    assert machine.run("apt-get", "update", check=False).stderr == ""
    assert machine.run("apt-file", "search", "/usr/sbin/cc").stdout == "cc: /usr/sbin/cc\n"
    assert machine.run("apt-file", "list", "extra").stdout == "extra: /opt/extra\n"


def test_packages_of_the_installer_have_contents_of_their_own(archive: TinyArchive, tmp_path: Path) -> None:
    archive.add("base")
    archive.add("small-udeb", component=INSTALLER, files={"bin/small": b""})
    demo = compose(tmp_path / "build", variant(indices=("contents",), images=(image("dvd", installer=True),)))
    choose(demo, "Server", "amd64", archive, ["base", "small-udeb"], {"small-udeb": INSTALLER})
    run_stages(demo, contents)
    assert (demo.paths.suite("Server") / "main/Contents-udeb-amd64").read_bytes().split() == [
        b"bin/small",
        b"misc/small-udeb",
    ]


def test_a_variant_without_contents_has_no_task(tmp_path: Path) -> None:
    assert not list_tasks(compose(tmp_path / "build", variant()), contents)


def test_a_deb_whose_files_cannot_be_read_is_named(archive: TinyArchive, tmp_path: Path) -> None:
    path = archive.root / archive.add("broken")
    content = path.read_bytes()
    path.write_bytes(content[:-80] + bytes(80))
    [stanza] = archive.stanzas["main", "amd64"]
    before, after = (hashlib.sha256(text).hexdigest() for text in (content, path.read_bytes()))
    archive.stanzas["main", "amd64"] = [stanza.replace(before, after)]
    demo = compose(tmp_path / "build", variant(indices=("contents",)))
    choose(demo, "Server", "amd64", archive, ["broken"])
    with pytest.raises(TrustError, match=r"broken 1\.0: its \.deb: its data\.tar"):
        run_stages(demo, contents)
