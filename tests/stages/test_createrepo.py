"""A variant's pool and indices.

Also covers: composelib.text.packed_file.
"""

from __future__ import annotations

import gzip
import lzma
import os
import time
from pathlib import Path

import pytest

from composelib.errors import TrustError
from composelib.fetch.store import open_store
from composelib.model.compose import Compose
from composelib.model.variant import Addon, Multiarch
from composelib.stages import createrepo
from tests.kit.gathered_variant import choose, compose, image, run_stages, variant
from tests.kit.tiny_archive import TinyArchive


@pytest.fixture
def demo(archive: TinyArchive, tmp_path: Path) -> Compose:
    archive.add("openssh-server", "1:9.2", Source="openssh (1:9.2)", Depends="libssl3, adduser")
    archive.add("libssl3", "3.0", Source="openssl")
    archive.add("adduser", "3.1", arch="all")
    archive.add("unwanted")
    demo = compose(tmp_path / "build", variant())
    choose(demo, "Server", "amd64", archive, ["openssh-server", "libssl3", "adduser"])
    return demo


def packages(demo: Compose, arch: str = "amd64", component: str = "main") -> str:
    return demo.paths.packages_index("Server", arch, component).read_text()


def test_files_lie_in_the_pool_as_debian_lays_it_out(demo: Compose) -> None:
    run_stages(demo, createrepo)
    pool = demo.paths.repository("Server") / "pool"
    debs = sorted(str(path.relative_to(pool)) for path in pool.rglob("*.deb"))
    assert debs == [
        "main/a/adduser/adduser_3.1_all.deb",
        "main/o/openssh/openssh-server_9.2_amd64.deb",
        "main/o/openssl/libssl3_3.0_amd64.deb",
    ]


def test_a_source_that_begins_with_lib_has_a_prefix_of_four_letters(archive: TinyArchive, tmp_path: Path) -> None:
    archive.add("libz")
    demo = compose(tmp_path / "build")
    choose(demo, "Server", "amd64", archive, ["libz"])
    run_stages(demo, createrepo)
    assert (demo.paths.repository("Server") / "pool/main/libz/libz/libz_1.0_amd64.deb").is_file()


def test_pool_files_are_the_stores(demo: Compose) -> None:
    run_stages(demo, createrepo)
    for path in (demo.paths.repository("Server") / "pool").rglob("*.deb"):
        assert path.stat().st_nlink == 2


def test_stanzas_stay_as_the_archive_has_them_but_for_their_place(demo: Compose, archive: TinyArchive) -> None:
    run_stages(demo, createrepo)
    theirs = next(text for text in archive.stanzas["main", "amd64"] if text.startswith("Package: libssl3\n"))
    ours = next(text for text in packages(demo).split("\n\n") if text.startswith("Package: libssl3\n"))
    reference, written = theirs.splitlines(), ours.splitlines()
    differ = [pair for pair in zip(reference, written, strict=True) if pair[0] != pair[1]]
    assert differ in ([], [("Filename: pool/main/o/openssl/libssl3_3.0_amd64.deb",) * 2])
    assert "Compose-" not in packages(demo)


def test_another_place_in_the_archive_is_rewritten_to_ours(demo: Compose) -> None:
    chosen = demo.paths.gathered_stanzas("Server", "amd64")
    chosen.write_text(chosen.read_text().replace("Filename: pool/main/a/adduser/", "Filename: odd/place/"))
    run_stages(demo, createrepo)
    assert "Filename: pool/main/a/adduser/adduser_3.1_all.deb\n" in packages(demo)
    assert "odd/place" not in packages(demo)


def test_the_index_is_sorted_by_package(demo: Compose) -> None:
    run_stages(demo, createrepo)
    names = [line for line in packages(demo).splitlines() if line.startswith("Package:")]
    assert names == ["Package: adduser", "Package: libssl3", "Package: openssh-server"]


def test_the_compressed_forms_hold_the_index(demo: Compose) -> None:
    run_stages(demo, createrepo)
    plain, gz, xz, _ = demo.paths.index_files("Server", "amd64")
    assert gzip.decompress(gz.read_bytes()) == lzma.decompress(xz.read_bytes()) == plain.read_bytes()


def test_the_same_bytes_come_out_at_another_time_and_umask(demo: Compose) -> None:
    run_stages(demo, createrepo)
    earlier = [path.read_bytes() for path in demo.paths.index_files("Server", "amd64")]
    time.sleep(1.1)
    mask = os.umask(0o077)
    try:
        run_stages(demo, createrepo)
    finally:
        os.umask(mask)
    assert [path.read_bytes() for path in demo.paths.index_files("Server", "amd64")] == earlier


def test_packages_for_all_arches_are_in_every_index_and_once_in_the_pool(archive: TinyArchive, tmp_path: Path) -> None:
    archive.add("adduser", arch="all")
    demo = compose(tmp_path / "build", variant(arches=("amd64", "arm64")), arches=("amd64", "arm64"))
    for arch in ("amd64", "arm64"):
        choose(demo, "Server", arch, archive, ["adduser"])
    run_stages(demo, createrepo)
    assert packages(demo) == packages(demo, "arm64") != ""
    assert len(list((demo.paths.repository("Server") / "pool").rglob("*.deb"))) == 1


def test_sources_have_their_index_and_pool(archive: TinyArchive, tmp_path: Path) -> None:
    archive.add("hello")
    archive.add_source("hello")
    demo = compose(tmp_path / "build", variant(sources=True))
    choose(demo, "Server", "amd64", archive, ["hello"])
    choose(demo, "Server", "source", archive, ["hello"])
    run_stages(demo, createrepo)
    sources = packages(demo, "source")
    assert "Directory: pool/main/h/hello\n" in sources
    names = sorted(path.name for path in (demo.paths.repository("Server") / "pool/main/h/hello").iterdir())
    assert names == ["hello_1.0.dsc", "hello_1.0.tar.gz", "hello_1.0_amd64.deb"]


def test_addons_are_components(archive: TinyArchive, tmp_path: Path) -> None:
    archive.add("base")
    archive.add("pacemaker")
    demo = compose(tmp_path / "build", variant(addons=(Addon("HA", ()),)))
    choose(demo, "Server", "amd64", archive, ["base", "pacemaker"], {"pacemaker": "HA"})
    run_stages(demo, createrepo)
    assert "Package: pacemaker" not in packages(demo)
    assert "Filename: pool/HA/p/pacemaker/pacemaker_1.0_amd64.deb" in packages(demo, component="HA")


def test_foreign_packages_have_an_index_of_their_arch(archive: TinyArchive, tmp_path: Path) -> None:
    archive.add("base")
    archive.add("libz", arch="i386")
    archive.add("data", arch="all")
    demo = compose(tmp_path / "build", variant(multiarch=Multiarch(("i386",))))
    choose(demo, "Server", "amd64", archive, ["base", "libz", "data"])
    run_stages(demo, createrepo)
    assert [line for line in packages(demo).splitlines() if line.startswith("Package:")] == [
        "Package: base",
        "Package: data",
    ]
    assert [line for line in packages(demo, "i386").splitlines() if line.startswith("Package:")] == ["Package: libz"]


def test_the_installers_packages_have_their_own_index_and_lie_in_mains_pool(
    archive: TinyArchive, tmp_path: Path
) -> None:
    archive.add("base")
    archive.add("anna", Package_Type="udeb")
    demo = compose(tmp_path / "build", variant(images=(image("dvd", installer=True),)))
    choose(demo, "Server", "amd64", archive, ["base", "anna"], {"anna": "main/debian-installer"})
    run_stages(demo, createrepo)
    udebs = demo.paths.suite("Server") / "main/debian-installer/binary-amd64/Packages"
    assert "Filename: pool/main/a/anna/anna_1.0_amd64.deb\n" in udebs.read_text()
    assert "anna" not in packages(demo)


def test_two_files_for_one_place_are_refused(archive: TinyArchive, tmp_path: Path) -> None:
    archive.add("twin", files={"a": b"1"})
    archive.add("twin", "1:1.0", arch="amd64", component="other", files={"a": b"2"})
    demo = compose(tmp_path / "build")
    choose(demo, "Server", "amd64", archive, ["twin"])
    with pytest.raises(TrustError, match=r"twin_1\.0_amd64\.deb: two different files"):
        run_stages(demo, createrepo)


@pytest.mark.parametrize(
    ("field", "bad"), [("Source", "../../etc"), ("Version", "../1"), ("SHA256", "../../x"), ("Size", "-1")]
)
def test_what_cannot_be_a_pool_file_is_refused(demo: Compose, field: str, bad: str) -> None:
    chosen = demo.paths.gathered_stanzas("Server", "amd64")
    lines = [f"{field}: {bad}" if line.startswith(f"{field}:") else line for line in chosen.read_text().splitlines()]
    chosen.write_text("\n".join(lines) + "\n")
    with pytest.raises(TrustError):
        run_stages(demo, createrepo)


def test_a_variant_without_packages_has_an_empty_index(archive: TinyArchive, tmp_path: Path) -> None:
    demo = compose(tmp_path / "build")
    choose(demo, "Server", "amd64", archive, [])
    run_stages(demo, createrepo)
    assert packages(demo) == ""
    assert demo.paths.pool_list("Server", "amd64").read_text() == ""


def test_no_package_is_opened_that_the_ledger_vouches_for(demo: Compose, monkeypatch: pytest.MonkeyPatch) -> None:
    run_stages(demo, createrepo)
    monkeypatch.setattr("composelib.fetch.store.hash_file", lambda path: pytest.fail(f"{path} was read"))
    for path in (demo.paths.repository("Server") / "pool").rglob("*.deb"):
        open_store(demo.paths.store).unlink(path)
    run_stages(demo, createrepo)
    assert len(list((demo.paths.repository("Server") / "pool").rglob("*.deb"))) == 3


def test_a_damaged_package_does_not_get_into_the_pool(demo: Compose) -> None:
    for path in demo.paths.store.glob("*/*"):
        path.write_bytes(b"")
    with pytest.raises(TrustError, match="it was damaged, so it is removed; run again: it is fetched again"):
        run_stages(demo, createrepo)
