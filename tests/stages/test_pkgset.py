"""An archive's indices, fetched and indexed.

Also covers: composelib.fetch.suite_index.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import resource
import shutil
import tarfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composelib.archive.choose.packages import index_build
from composelib.archive.choose.packages.index import Index
from composelib.archive.choose.packages.index_rows import IndexRows
from composelib.archive.choose.packages.package import PackageListing
from composelib.archive.choose.packages.universe import Universe
from composelib.errors import ComposeError, ConfigError, TrustError
from composelib.model.arch import SOURCE
from composelib.model.image import IsoImage
from composelib.model.variant import Multiarch, Variant
from composelib.stages import pkgset
from tests.kit import archive_server as bad
from tests.kit.archive_server import ArchiveServer
from tests.kit.archive_stages import ORIGIN, ArchiveStages
from tests.kit.built_sources import BuiltSources
from tests.kit.client_apt import make_apt
from tests.kit.tiny_archive import TinyArchive, deb, paragraph, tar_of

NOT_AUTOMATIC = {"NotAutomatic": "yes"}
BACKPORTS = {**NOT_AUTOMATIC, "ButAutomaticUpgrades": "yes"}
INDEX = "dists/stable/main/binary-amd64/"


def variant(**fields: object) -> Variant:
    return replace(Variant("Base", ORIGIN, ("amd64",)), **fields)  # type: ignore[arg-type]


def resign(archive: TinyArchive, listed: dict[str, bytes], sums_field: str = "SHA256", **fields: str) -> None:
    """Sign a Release file that lists other files than were published, which are written too."""
    for name, content in listed.items():
        path = archive.root / "dists" / archive.suite / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    sums = "".join(
        f"\n {hashlib.new(sums_field, content).hexdigest()} {len(content)} {name}" for name, content in listed.items()
    )
    release = {"Suite": "stable", "Date": "Tue, 14 Nov 2023 22:13:20 UTC", "Components": "main", **fields}
    archive.sign(paragraph({**release, sums_field: sums}).encode(), archive.key)


def stanzas(archive: TinyArchive) -> bytes:
    return "\n".join(archive.stanzas["main", "amd64"]).encode()


def test_stanzas_are_verbatim_and_indexed(getting: ArchiveStages, archive: TinyArchive) -> None:
    assert getting.all() == stanzas(archive)
    content = getting.compose.paths.pkgset_index(getting.archives[0], "amd64").read_bytes()
    assert Index(content).count == 1


def test_of_the_last_runs_stanzas_only_those_that_are_new_are_checked(
    getting: ArchiveStages, archive: TinyArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    getting.all()
    archive.add("extra")
    archive.publish()
    checked: list[bytes] = []
    check = index_build.add_row

    def add_row(rows: IndexRows, stanza: bytes, span: tuple[int, int], arch: str) -> None:
        checked.append(stanza)
        check(rows, stanza, span, arch)

    monkeypatch.setattr(index_build, "add_row", add_row)
    getting.all()
    assert [stanza.split(b"\n")[0] for stanza in checked] == [b"Package: extra"]
    content = getting.compose.paths.pkgset_index(getting.archives[0], "amd64").read_bytes()
    assert list(Index(content).names) == ["extra", "hello"]


def test_suites_and_components_stand_one_after_another(getting: ArchiveStages, archive: TinyArchive) -> None:
    archive.components = ("main", "contrib")
    archive.add("extra", component="contrib")
    archive.publish()
    newer = TinyArchive(archive.root, archive.key, suite="updates")
    newer.add("hello", "2.0")
    newer.publish()
    getting.change(suites=("stable", "updates"), components=("main", "contrib"))
    with pytest.raises(ConfigError, match="suite updates has no component contrib"):
        getting.all()
    newer.components = ("main", "contrib")
    newer.publish()
    stanzas = getting.all().split(b"\n\n")
    assert [stanza.split(b"\n")[0] for stanza in stanzas] == [b"Package: hello", b"Package: extra", b"Package: hello"]


def test_indices_are_asked_for_by_their_hash(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    getting.all()
    (request,) = mirror.paths("*Packages*") or mirror.paths("*by-hash*")
    assert "/by-hash/SHA256/" in request


def test_an_archive_that_is_updated_meanwhile_is_read_as_it_was(getting: ArchiveStages, archive: TinyArchive) -> None:
    getting.inrelease()
    archive.add("later")
    archive.publish()
    getting.pkgset()
    assert b"later" not in getting.compose.paths.pkgset(getting.archives[0], "amd64").read_bytes()


def test_without_hashed_names_an_update_meanwhile_is_noticed(getting: ArchiveStages, archive: TinyArchive) -> None:
    archive.publish(by_hash=False)
    getting.inrelease()
    archive.add("later")
    archive.publish(by_hash=False)
    with pytest.raises(TrustError, match="just being updated, try again"):
        getting.pkgset()


def test_an_index_that_did_not_change_is_not_downloaded_again(
    getting: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer
) -> None:
    getting.all()
    archive.publish(date=1_700_000_001)
    mirror.requests.clear()
    getting.all()
    assert mirror.paths() == ["dists/stable/InRelease"]


def test_an_archive_that_lists_sha512_alone_is_checked_by_it(
    getting: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer
) -> None:
    packed, suite = lzma.compress(stanzas(archive)), archive.root / "dists/stable"
    name = "main/binary-amd64/Packages"
    resign(archive, {f"{name}.xz": packed, name: stanzas(archive)}, "SHA512", **{"Acquire-By-Hash": "yes"})
    by_hash = suite / "main/binary-amd64/by-hash/SHA512" / hashlib.sha512(packed).hexdigest()
    by_hash.parent.mkdir(parents=True)
    (suite / f"{name}.xz").rename(by_hash)
    (suite / name).unlink()
    assert getting.all() == stanzas(archive)
    by_hash.write_bytes(EVIL)
    shutil.rmtree(getting.compose.paths.work("pkgset"))
    with pytest.raises(TrustError, match=r"bytes of SHA512 [0-9a-f]{128}, got"):
        getting.pkgset()
    assert all("SHA256" not in path for path in mirror.paths())


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_an_index_that_is_listed_without_a_byte_need_not_be_there(
    getting: ArchiveStages, archive: TinyArchive, suffix: str
) -> None:
    sources = f"main/source/Sources{suffix}"
    resign(archive, {"main/binary-amd64/Packages": stanzas(archive), sources: b""})
    (archive.root / "dists/stable" / sources).unlink()
    getting.variants = (variant(sources=True),)
    getting.all()
    assert getting.compose.paths.pkgset(getting.archives[0], SOURCE).read_bytes() == b""


EVIL = lzma.compress(b"Package: evil\nVersion: 1\nArchitecture: amd64\n")


def write_evil(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(EVIL)


def link_to_evil(path: Path) -> None:
    path.unlink()
    (path.parents[1] / "evil").write_bytes(EVIL)
    path.symlink_to(path.parents[1] / "evil")


def make_folder(path: Path) -> None:
    path.unlink()
    (path / "sub").mkdir(parents=True)


@pytest.mark.parametrize("damage", [write_evil, link_to_evil, make_folder])
@pytest.mark.parametrize("plain", [True, False])
def test_a_kept_index_that_was_damaged_is_fetched_again(
    getting: ArchiveStages, archive: TinyArchive, damage: Callable[[Path], None], *, plain: bool
) -> None:
    if not plain:
        resign(archive, {"main/binary-amd64/Packages.xz": lzma.compress(stanzas(archive))})
    earlier = getting.all()
    damage(next(getting.build.rglob("parts/*")))
    getting.pkgset()
    assert getting.compose.paths.pkgset(getting.archives[0], "amd64").read_bytes() == earlier


def test_indices_that_no_release_file_lists_any_more_are_removed(getting: ArchiveStages, archive: TinyArchive) -> None:
    getting.all()
    (path,) = getting.build.rglob("parts/*")
    archive.add("other")
    archive.publish()
    getting.all()
    assert not path.exists()


@pytest.mark.parametrize("suffix", [".xz", ".gz", ".bz2", ""])
def test_every_compression_is_read(getting: ArchiveStages, archive: TinyArchive, suffix: str) -> None:
    pack: Callable[[bytes], bytes] = {".xz": lzma.compress, ".gz": gzip.compress, ".bz2": bz2.compress, "": bytes}[
        suffix
    ]  # type: ignore[assignment]
    resign(archive, {f"main/binary-amd64/Packages{suffix}": pack(stanzas(archive))})
    assert getting.all() == stanzas(archive)


def test_row_9_an_index_that_is_not_there_is_taken_in_another_compression(
    getting: ArchiveStages, mirror: ArchiveServer, archive: TinyArchive
) -> None:
    archive.publish(by_hash=False)
    (archive.root / INDEX / "Packages.xz").unlink()
    assert b"Package: hello" in getting.all()
    assert mirror.paths(INDEX + "*") == [INDEX + "Packages.xz", INDEX + "Packages.gz"]


def test_row_9_an_index_that_is_nowhere_is_named(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    mirror.fault(INDEX + "*", bad.status(404))
    with pytest.raises(TrustError, match=r"main/binary-amd64/Packages of archive tiny, suite stable: .*404"):
        getting.all()


@pytest.mark.parametrize("how", [bad.flip, bad.shorten, bad.lengthen, bad.truncate])
def test_row_10_an_index_of_other_bytes_is_refused_with_what_was_wanted_and_got(
    getting: ArchiveStages, mirror: ArchiveServer, archive: TinyArchive, how: bad.How
) -> None:
    archive.publish(by_hash=False)
    mirror.fault(INDEX + "*", how)
    with pytest.raises(TrustError, match=r"wanted \d+ bytes of SHA256 .*got|bytes are missing"):
        getting.all()
    assert not list(getting.build.rglob("*.packages"))


def test_row_11_an_endless_index_is_left_at_its_size(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    mirror.fault(INDEX + "*", bad.send_endless)
    with pytest.raises(TrustError, match=r"wanted \d+ bytes .*got at least"):
        getting.all()


def test_row_12_a_bomb_is_left_at_the_size_it_was_said_to_unpack_to(
    getting: ArchiveStages, archive: TinyArchive
) -> None:
    bomb = lzma.compress(bytes(50_000_000))
    resign(archive, {"main/binary-amd64/Packages.xz": bomb, "main/binary-amd64/Packages": b"Package: x\n"})
    (archive.root / INDEX / "Packages").unlink()
    with pytest.raises(TrustError, match="unpacks to more than the 11 bytes"):
        getting.all()


def test_row_25_an_arch_that_is_not_there_lists_those_that_are(getting: ArchiveStages) -> None:
    getting.arches = ("arm64",)
    with pytest.raises(ConfigError, match=r"tiny\.yaml:3:5: .*no index of main for arm64; it has amd64"):
        getting.all()


def test_a_foreign_arch_that_is_not_there_has_no_packages(getting: ArchiveStages) -> None:
    getting.variants = (variant(multiarch=Multiarch(("i386",))),)
    getting.all()
    assert getting.compose.paths.pkgset(getting.archives[0], "i386").read_bytes() == b""


def test_row_26_packages_of_all_are_found_in_an_index_of_their_own(
    getting: ArchiveStages, archive: TinyArchive
) -> None:
    archive.add("data", arch="all")
    specific, common = archive.stanzas["main", "amd64"], archive.stanzas["main", "all"]
    listed = {
        "main/binary-amd64/Packages.xz": lzma.compress("\n".join(specific).encode()),
        "main/binary-all/Packages.xz": lzma.compress("\n".join(common).encode()),
    }
    resign(archive, listed, Architectures="all amd64")
    assert b"Package: data" in getting.all()


def test_row_26_an_index_of_all_is_not_read_where_the_release_file_says_it_need_not(
    getting: ArchiveStages, archive: TinyArchive
) -> None:
    listed = {
        "main/binary-amd64/Packages": stanzas(archive),
        "main/binary-all/Packages": stanzas(archive).replace(b"hello", b"again"),
    }
    resign(archive, listed, Architectures="all amd64", **{"No-Support-for-Architecture-all": "Packages"})
    assert b"again" not in getting.all()


def test_row_27_a_flat_repository_is_read(getting: ArchiveStages, archive: TinyArchive) -> None:
    flat = archive.root / "flat"
    flat.mkdir()
    (flat / "Packages").write_bytes(stanzas(archive))
    sums = f"\n {hashlib.sha256(stanzas(archive)).hexdigest()} {len(stanzas(archive))} Packages"
    archive.sign(paragraph({"Date": "Tue, 14 Nov 2023 22:13:20 UTC", "SHA256": sums}).encode(), archive.key)
    (archive.root / "dists/stable/InRelease").rename(flat / "InRelease")
    getting.change(suites=("flat/",), components=())
    assert getting.all() == stanzas(archive)


def test_sources_are_read_where_a_variant_wants_them(getting: ArchiveStages, archive: TinyArchive) -> None:
    archive.add_source("hello")
    archive.publish()
    getting.variants = (variant(sources=True),)
    getting.all()
    assert b"Directory: pool/main/h/hello" in getting.compose.paths.pkgset(getting.archives[0], SOURCE).read_bytes()


def test_the_installers_packages_are_read_where_an_image_has_an_installer(
    getting: ArchiveStages, archive: TinyArchive
) -> None:
    udeb = stanzas(archive).replace(b".deb", b".udeb")
    listed = {"main/binary-amd64/Packages": stanzas(archive)}
    resign(archive, listed | {"main/debian-installer/binary-amd64/Packages": udeb})
    getting.variants = (variant(images=(IsoImage("dvd", ORIGIN, ("amd64",), installer=True),)),)
    getting.all()
    assert getting.compose.paths.pkgset(getting.archives[0], "amd64-udeb").read_bytes() == udeb


def test_debug_archives_are_read_where_a_variant_wants_them(getting: ArchiveStages) -> None:
    debug = replace(getting.archives[0], name="tiny-debug")
    getting.change(debug=debug)
    assert len(pkgset.tasks(getting.compose)) == 1
    getting.variants = (variant(debug=True),)
    assert [task.name for task in pkgset.tasks(getting.compose)] == ["tiny:amd64", "tiny-debug:amd64"]


def test_offline_takes_the_indices_that_an_earlier_run_left(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    earlier = getting.all()
    mirror.requests.clear()
    getting.options["offline"] = True
    assert getting.all() == earlier
    assert not mirror.requests


def test_offline_without_an_index_says_what_is_missing(getting: ArchiveStages) -> None:
    getting.inrelease()
    getting.options["offline"] = True
    with pytest.raises(ComposeError, match="main/binary-amd64/Packages of archive tiny, suite stable: offline"):
        getting.pkgset()


def test_an_illegal_stanza_is_refused_with_its_place(getting: ArchiveStages, archive: TinyArchive) -> None:
    archive.stanzas["main", "amd64"].append("Package: evil\nVersion: 1\nArchitecture: amd64\nFilename: ../evil\n")
    archive.publish()
    with pytest.raises(TrustError, match=r"archive tiny, amd64: stanza 2 \(Package evil\): Filename"):
        getting.all()


def folder_of_debs(getting: ArchiveStages, tmp_path: Path) -> Path:
    folder = tmp_path / "incoming"
    folder.mkdir()
    getting.change(uri="", suites=(), components=(), debs=folder, signed_by=None)
    return folder


CONTROL = "Package: ours\nVersion: 2.0\nArchitecture: amd64\nMaintainer: We <we@example.org>\nDescription: ours\n"


def test_a_folder_of_debs_is_an_archive(getting: ArchiveStages, tmp_path: Path) -> None:
    package = deb(CONTROL, {})
    (folder_of_debs(getting, tmp_path) / "ours_2.0_amd64.deb").write_bytes(package)
    size, digest = len(package), hashlib.sha256(package).hexdigest()
    assert getting.all().decode() == f"{CONTROL}Filename: ours_2.0_amd64.deb\nSize: {size}\nSHA256: {digest}\n"


def test_a_folder_of_debs_has_another_state_when_one_changed(getting: ArchiveStages, tmp_path: Path) -> None:
    package = folder_of_debs(getting, tmp_path) / "ours.deb"
    package.write_bytes(deb(CONTROL, {}))
    (task,) = pkgset.tasks(getting.compose)
    assert task.probe is not None
    token = task.probe()
    assert task.probe() == token
    package.write_bytes(deb(CONTROL, {"a": b"b"}))
    assert task.probe() != token


def test_a_folder_of_debs_that_is_not_there_is_told(getting: ArchiveStages, tmp_path: Path) -> None:
    folder_of_debs(getting, tmp_path).rmdir()
    with pytest.raises(ConfigError, match="incoming: no such folder"):
        getting.all()


def ar(members: dict[str, bytes]) -> bytes:
    result = b"!<arch>\n"
    for name, content in members.items():
        result += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        result += content + b"\n" * (len(content) % 2)
    return result


def linked_control() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        entry = tarfile.TarInfo("./control")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(entry)
    return gzip.compress(stream.getvalue())


BINARY, PLAIN = {"debian-binary": b"2.0\n"}, tar_of({"control": CONTROL.encode()})
BOMB = gzip.compress(bytes(20_000_000))
BROKEN = {
    "empty": (b"", "does not begin as an ar archive"),
    "cut off": (deb(CONTROL, {})[:200], "cut off: its member control.tar.gz"),
    "a size that lies": (deb(CONTROL, {}).replace(b"4         `", b"4000000000`", 1), "cut off|no member's header"),
    "no data": (ar({**BINARY, "control.tar.gz": PLAIN}), "its members are debian-binary, control.tar.gz"),
    "unknown packing": (ar({**BINARY, "control.tar.7z": PLAIN, "data.tar.gz": PLAIN}), "got control.tar.7z"),
    "unknown packing of data": (ar({**BINARY, "control.tar.gz": PLAIN, "data.tar.7z": PLAIN}), "got data.tar.7z"),
    "control is a link": (
        ar({**BINARY, "control.tar.gz": linked_control(), "data.tar.gz": PLAIN}),
        "control in its control.tar is not a regular file",
    ),
    "no control": (ar({**BINARY, "control.tar.gz": tar_of({"x": b""}), "data.tar.gz": PLAIN}), "there is no control"),
    "bomb": (ar({**BINARY, "control.tar.gz": BOMB, "data.tar.gz": PLAIN}), "unpacks to more than"),
    "damaged control": (ar({**BINARY, "control.tar.gz": b"junk", "data.tar.gz": PLAIN}), "is damaged"),
    "field of an index": (deb(CONTROL + "SHA256: 0\n", {}), "a field that only an index may have"),
}


@pytest.mark.parametrize("damage", BROKEN)
def test_row_37_a_broken_deb_is_refused_by_name(getting: ArchiveStages, tmp_path: Path, damage: str) -> None:
    content, message = BROKEN[damage]
    (folder_of_debs(getting, tmp_path) / "broken.deb").write_bytes(content)
    with pytest.raises(TrustError, match=rf"broken\.deb: .*({message})"):
        getting.all()
    assert not list(getting.build.rglob("*.packages"))


def test_row_38_a_deb_that_is_a_link_out_of_its_folder_is_refused(getting: ArchiveStages, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(deb(CONTROL, {}))
    (folder_of_debs(getting, tmp_path) / "ours.deb").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TrustError, match=r"ours\.deb: leads outside of its archive"):
        getting.all()


def peak_of(work: Callable[[], object]) -> int:
    """Do something in a child and give the most memory it had beyond its parent's, in MiB."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        resident = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024
        try:
            work()
            os.write(writing, str((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - resident) // 1024).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        return int(stream.read())


def test_row_11_an_endless_index_takes_no_memory(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    getting.inrelease()
    mirror.fault(INDEX + "*", bad.send_endless)

    def refused() -> None:
        with pytest.raises(TrustError):
            getting.pkgset()

    assert peak_of(refused) < 50


@pytest.mark.slow
def test_row_28_an_index_of_80_000_packages_is_read_in_bounded_time_and_memory(
    getting: ArchiveStages, archive: TinyArchive
) -> None:
    filler = "".join(f" line {number} of a description as long as real ones are\n" for number in range(15))
    archive.stanzas["main", "amd64"] = [
        f"Package: package{number}\nVersion: 1\nArchitecture: amd64\nDepends: package{number // 2}\n"
        f"Filename: pool/p/package{number}.deb\nSize: 1\nSHA256: {number:064x}\nDescription: one\n{filler}"
        for number in range(80_000)
    ]
    archive.publish()
    getting.inrelease()
    began = time.monotonic()
    peak = peak_of(getting.pkgset)
    print(f"{time.monotonic() - began:.1f} s, {peak} MiB")
    assert getting.compose.paths.pkgset(getting.archives[0], "amd64").stat().st_size > 70_000_000
    assert time.monotonic() - began < 60
    assert peak < 400


@pytest.mark.parametrize(
    ("fields", "pin", "priority"),
    [
        ({}, None, 500),
        (NOT_AUTOMATIC, None, 1),
        (BACKPORTS, None, 100),
        ({"NotAutomatic": "no"}, None, 500),
        (BACKPORTS, 500, 500),
    ],
)
def test_a_suite_has_the_priority_that_apt_gives_it_unless_the_archive_says_otherwise(
    getting: ArchiveStages, archive: TinyArchive, tmp_path: Path, fields: dict[str, Any], pin: int | None, priority: int
) -> None:
    newer = TinyArchive(archive.root, archive.key, suite="backports")
    newer.add("hello", "2.0")
    newer.add("only", "2.0")
    newer.publish(**fields)
    getting.change(suites=("stable", "backports"), priority=pin)
    getting.all()
    tiny = getting.archives[0]
    stanzas, index = (
        locate(tiny, "amd64") for locate in (getting.compose.paths.pkgset, getting.compose.paths.pkgset_index)
    )
    universe = Universe([PackageListing("tiny", stanzas.read_bytes(), Index(index.read_bytes()), pin)], "amd64")
    lines = "".join(
        f"deb [signed-by={archive.key.public}] file:{archive.root} {suite} main\n" for suite in ("stable", "backports")
    )
    machine = make_apt(tmp_path / "apt", lines, options='Acquire::Check-Valid-Until "false";\n')
    machine.run("apt-get", "update")
    if pin:
        pins = f"Package: *\nPin: release o=Tiny\nPin-Priority: {pin}\n"
        (machine.root / "etc/apt/preferences.d/own").write_text(pins)
    policy = machine.run("apt-cache", "policy").stdout
    assert f" {priority} file:{archive.root} backports/main" in policy
    for name in ("hello", "only"):
        candidate = universe.candidate(name)
        assert candidate
        assert f"Candidate: {candidate.version}\n" in machine.run("apt-cache", "policy", name).stdout
        assert universe.versions(name)[0 if priority == 500 else -1].priority == priority


def test_an_archive_is_read_for_its_own_arches_alone(getting: ArchiveStages) -> None:
    getting.arches = ("amd64", "arm64")
    getting.change(arches=("amd64",), debug=replace(getting.archives[0], name="tiny-debug", arches=("arm64",)))
    getting.variants = (
        variant(
            arches=getting.arches,
            sources=True,
            debug=True,
            images=(IsoImage("d", ORIGIN, getting.arches, installer=True),),
        ),
    )
    assert [task.name for task in pkgset.tasks(getting.compose)] == [
        "tiny:amd64",
        "tiny:amd64-udeb",
        "tiny:source",
        "tiny-debug:arm64",
    ]
    for task in pkgset.tasks(getting.compose)[:1]:
        getting.inrelease()
        task.run()


def empty(archive: TinyArchive) -> None:
    archive.remove("hello")
    archive.publish(date=1_700_000_001)


def test_a_suite_that_had_packages_and_has_none_is_refused_until_that_is_allowed(
    getting: ArchiveStages, archive: TinyArchive
) -> None:
    getting.all()
    empty(archive)
    for compose in (getting, replace(getting, name="second")):
        with pytest.raises(
            TrustError, match=r"tiny.yaml:3:5: archive tiny, suite stable, amd64: no packages, .*allow-empty"
        ):
            compose.all()
    getting.change(allow_empty=True)
    assert getting.all() == b""
    getting.change(allow_empty=False)
    assert getting.all() == b""
    assert replace(getting, name="second").all() == b""


def test_a_suite_that_has_been_empty_from_the_start_is_one(getting: ArchiveStages, archive: TinyArchive) -> None:
    empty(archive)
    assert getting.all() == b""


def test_a_component_may_become_empty_while_another_has_packages(getting: ArchiveStages, archive: TinyArchive) -> None:
    archive.components = ("main", "contrib")
    archive.add("extra", component="contrib")
    archive.publish()
    getting.change(components=("main", "contrib"))
    getting.all()
    empty(archive)
    assert b"Package: extra" in getting.all()
    archive.remove("extra")
    archive.publish(date=1_700_000_002)
    with pytest.raises(TrustError, match="there were some in contrib/amd64 when"):
        getting.all()


def test_a_folder_of_debs_that_had_some_and_has_none_is_refused_until_that_is_allowed(
    getting: ArchiveStages, archive: TinyArchive
) -> None:
    getting.change(uri="", suites=(), debs=archive.root / "pool")
    getting.pkgset()
    for path in archive.root.rglob("*.deb"):
        path.unlink()
    with pytest.raises(TrustError, match=r"tiny.yaml:3:5: archive tiny: .*/pool: no packages, .*allow-empty"):
        getting.pkgset()
    getting.change(allow_empty=True)
    getting.pkgset()


def test_of_what_is_built_only_a_failable_source_may_be_absent_whatever_the_archive_is_called(
    tmp_path: Path, archive: TinyArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = "{dsc: ours, failable: true}\n      - {dsc: greeter}"
    compose = BuiltSources(tmp_path, archive).load(entries, monkeypatch)
    tasks = {task.name: task for task in pkgset.tasks(compose)}
    for name, suffix in (("ours:amd64", "amd64.packages"), ("ours:source", "json")):
        assert [str(path).endswith(suffix) and "greeter" in str(path) for path in tasks[name].inputs] == [True]
        assert ["greeter" in str(path) for path in tasks[name].optional] == [False]
