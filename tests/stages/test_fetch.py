from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.errors import ComposeError, MachineError, TrustError
from composelib.fetch import accepted_suite, download, package_identity, retry, transfer
from composelib.fetch.errors import NotThereError
from composelib.fetch.store import open_store
from composelib.model.arch import SOURCE
from composelib.model.archive import Archive
from composelib.model.variant import Variant
from composelib.stages import createrepo, fetch
from tests.kit import archive_server as bad
from tests.kit.archive_server import ArchiveServer
from tests.kit.archive_stages import IMPATIENT, ORIGIN, ArchiveStages
from tests.kit.tiny_archive import DATE, TinyArchive, deb, paragraph

HELLO = "pool/main/h/hello/hello_1.0_amd64.deb"
BIG = "pool/main/b/big/big_1.0_amd64.deb"


@pytest.fixture
def chosen(getting: ArchiveStages, archive: TinyArchive) -> ArchiveStages:
    """Return a compose that has chosen two packages, one of them of some size."""
    archive.add("big", files={"usr/share/big": os.urandom(300_000)})
    archive.publish()
    getting.all()
    getting.choose_all()
    return getting


def sha256(archive: TinyArchive, name: str) -> str:
    return hashlib.sha256((archive.root / name).read_bytes()).hexdigest()


def stored(getting: ArchiveStages, archive: TinyArchive, name: str) -> Path:
    return getting.compose.paths.stored(sha256(archive, name))


def test_every_chosen_file_is_in_the_store_and_listed(chosen: ArchiveStages, archive: TinyArchive) -> None:
    lines = chosen.fetch()
    size = (archive.root / HELLO).stat().st_size
    assert f"{sha256(archive, HELLO)} {size} {HELLO}" in lines
    assert lines == sorted(lines)
    path = stored(chosen, archive, HELLO)
    assert path.read_bytes() == (archive.root / HELLO).read_bytes()
    assert path.stat().st_mode & 0o777 == 0o444


def test_the_stores_files_are_a_tree_list_of_the_task(chosen: ArchiveStages) -> None:
    chosen.fetch()
    (task,) = fetch.tasks(chosen.compose)
    (listing,) = task.trees
    members = listing.read_text().splitlines()
    assert len(members) == 2
    assert all((chosen.compose.paths.root / member).is_file() for member in members)


def test_what_is_in_the_store_is_not_asked_for_again(chosen: ArchiveStages, mirror: ArchiveServer) -> None:
    chosen.fetch()
    mirror.requests.clear()
    chosen.fetch()
    assert not mirror.requests


def test_what_was_seen_to_be_right_is_not_hashed_again_even_when_it_was_linked(
    chosen: ArchiveStages, archive: TinyArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen.fetch()
    open_store(chosen.build / "store/sha256").link(stored(chosen, archive, HELLO).name, tmp_path / "pool.deb")
    monkeypatch.setattr("composelib.fetch.store.hash_file", lambda _: pytest.fail("it was hashed"))
    chosen.fetch()


def test_connections_are_kept_alive(chosen: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer) -> None:
    for number in range(40):
        archive.add(f"more{number}")
    archive.publish()
    chosen.all()
    chosen.choose_all()
    mirror.requests.clear()
    chosen.fetch()
    assert len(mirror.paths("pool/*")) == 42
    assert len({request.port for request in mirror.requests}) <= transfer.CONNECTIONS


def test_a_local_archive_is_copied(chosen: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer) -> None:
    chosen.change(uri=archive.uri)
    chosen.inrelease()
    mirror.requests.clear()
    assert len(chosen.fetch()) == 2
    assert not mirror.requests
    assert stored(chosen, archive, HELLO).stat().st_ino != (archive.root / HELLO).stat().st_ino


def test_a_folder_of_debs_is_copied(chosen: ArchiveStages, archive: TinyArchive) -> None:
    chosen.change(uri="", suites=(), debs=archive.root / "pool")
    chosen.pkgset()
    chosen.choose_all()
    assert [line.split()[2] for line in sorted(chosen.fetch())] != []
    assert stored(chosen, archive, HELLO).is_file()


def test_sources_are_fetched_with_all_their_parts(getting: ArchiveStages, archive: TinyArchive) -> None:
    archive.add_source("hello")
    archive.publish()
    getting.variants = (replace(Variant("Base", ORIGIN, ("amd64",)), sources=True),)
    getting.all()
    getting.choose_all()
    stanzas = getting.compose.paths.pkgset(getting.archives[0], SOURCE).read_bytes()
    getting.compose.paths.gathered_stanzas("Base", SOURCE).write_bytes(b"Compose-Archive: tiny\n" + stanzas)
    getting.fetch()
    lines = getting.compose.paths.fetched("Base", SOURCE).read_text().splitlines()
    names = sorted(line.split()[2] for line in lines)
    assert names == ["pool/main/h/hello/hello_1.0.dsc", "pool/main/h/hello/hello_1.0.tar.gz"]


def test_a_file_is_looked_for_wherever_a_suite_of_its_archive_is(
    chosen: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer
) -> None:
    path = chosen.compose.paths.signatures(chosen.archives[0])
    (row,) = accepted_suite.load(path.read_text()).values()
    security = replace(row, suite="security", base=f"{mirror.url}/security/")
    path.write_text(accepted_suite.dump([row, security]))
    (archive.root / "security").mkdir()
    (archive.root / "pool").rename(archive.root / "security/pool")
    assert len(chosen.fetch()) == 2
    assert stored(chosen, archive, f"security/{HELLO}").is_file()


def test_a_right_file_is_taken_elsewhere_where_the_first_place_has_a_wrong_one(
    chosen: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer
) -> None:
    path = chosen.compose.paths.signatures(chosen.archives[0])
    (row,) = accepted_suite.load(path.read_text()).values()
    security = replace(row, suite="security", base=f"{mirror.url}/security/")
    path.write_text(accepted_suite.dump([row, security]))
    shutil.copytree(archive.root / "pool", archive.root / "security/pool")
    mirror.fault(HELLO, bad.flip)
    chosen.fetch()
    assert stored(chosen, archive, HELLO).is_file()


def test_row_13_a_package_that_is_not_there_is_named_and_all_others_are_kept(
    chosen: ArchiveStages, archive: TinyArchive
) -> None:
    (archive.root / HELLO).rename(archive.root / "gone")
    with pytest.raises(NotThereError, match=r"hello 1\.0 of archive tiny: .*/hello_1\.0_amd64\.deb: 404"):
        chosen.fetch()
    assert chosen.store() == [sha256(archive, BIG)]


def test_all_failures_are_told_at_once(chosen: ArchiveStages, mirror: ArchiveServer) -> None:
    mirror.fault("pool/*", bad.status(404))
    with pytest.raises(NotThereError, match=r"2 files could not be fetched: .*(hello 1.*big 1|big 1.*hello 1)"):
        chosen.fetch()


def test_row_14_wrong_bytes_of_the_right_size_are_in_no_store(
    chosen: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer
) -> None:
    mirror.fault(HELLO, bad.flip)
    with pytest.raises(TrustError, match=r"hello 1\.0 of archive tiny: .*wanted \d+ bytes of SHA256 .*got SHA256"):
        chosen.fetch()
    names = [name for name in chosen.store() if not name.endswith(".part")]
    assert names == [sha256(archive, BIG)]


@pytest.mark.parametrize("how", [bad.truncate, bad.reset])
def test_row_15_a_file_that_breaks_off_is_gone_on_with(
    chosen: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer, how: bad.How
) -> None:
    mirror.fault(BIG, how, times=1)
    chosen.fetch()
    assert stored(chosen, archive, BIG).read_bytes() == (archive.root / BIG).read_bytes()
    ranges = [request.headers.get("Range") for request in mirror.requests if request.path == BIG]
    assert ranges[0] is None
    assert str(ranges[1]).startswith("bytes=")


def test_row_15_what_a_killed_run_left_is_gone_on_with(
    chosen: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer
) -> None:
    path = stored(chosen, archive, BIG)
    path.parent.mkdir(parents=True)
    path.with_name(f"{path.name}.part").write_bytes((archive.root / BIG).read_bytes()[:100_000])
    chosen.fetch()
    assert path.read_bytes() == (archive.root / BIG).read_bytes()
    assert [request.headers.get("Range") for request in mirror.requests if request.path == BIG] == ["bytes=100000-"]


def test_a_killed_run_leaves_nothing_short_under_a_final_name_and_is_gone_on_with(
    chosen: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.fault(BIG, bad.stall, times=1)
    monkeypatch.setattr(retry, "PATIENCE", replace(IMPATIENT, silence=20))
    child = os.fork()
    if child == 0:
        try:
            chosen.fetch()
        finally:
            os._exit(1)
    partial_file = stored(chosen, archive, BIG).with_name(f"{sha256(archive, BIG)}.part")
    half = (archive.root / BIG).stat().st_size // 2
    deadline = time.monotonic() + 10
    while not (partial_file.exists() and partial_file.stat().st_size == half) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert not stored(chosen, archive, BIG).exists()
    assert len(chosen.fetch()) == 2
    assert [request.headers.get("Range") for request in mirror.requests if request.path == BIG] == [
        None,
        f"bytes={half}-",
    ]


@pytest.mark.parametrize("how", [bad.send_another_range, bad.send_lying_range, bad.ignore_range])
def test_row_16_a_server_that_answers_a_range_wrongly_is_seen_through(
    chosen: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer, how: bad.How
) -> None:
    path = stored(chosen, archive, BIG)
    path.parent.mkdir(parents=True)
    path.with_name(f"{path.name}.part").write_bytes((archive.root / BIG).read_bytes()[:100_000])
    mirror.fault(BIG, how)
    chosen.fetch()
    assert path.read_bytes() == (archive.root / BIG).read_bytes()


@pytest.mark.parametrize("leftover", [b"", b"\0" * 100, b"\0" * 10_000_000])
def test_a_part_that_is_anything_else_ends_as_the_right_file(
    chosen: ArchiveStages, archive: TinyArchive, leftover: bytes
) -> None:
    path = stored(chosen, archive, BIG)
    path.parent.mkdir(parents=True)
    path.with_name(f"{path.name}.part").write_bytes(leftover)
    chosen.fetch()
    assert path.read_bytes() == (archive.root / BIG).read_bytes()
    assert not list(path.parent.glob("*.part"))


def test_row_17_a_busy_server_is_waited_for(
    chosen: ArchiveStages, mirror: ArchiveServer, capsys: pytest.CaptureFixture[str]
) -> None:
    mirror.fault(HELLO, bad.status(503, Retry_After="1"), times=2)
    chosen.fetch()
    assert "trying again in 0.1 s (2 of 2)" in capsys.readouterr().out


def test_row_18_a_silent_server_is_given_up_and_the_package_named(chosen: ArchiveStages, mirror: ArchiveServer) -> None:
    mirror.fault(HELLO, bad.hang)
    with pytest.raises(ComposeError, match=r"hello 1\.0 of archive tiny: .*no answer in time"):
        chosen.fetch()


def test_row_19_a_dripping_server_is_given_up(chosen: ArchiveStages, mirror: ArchiveServer) -> None:
    mirror.fault(HELLO, bad.drip)
    with pytest.raises(ComposeError, match="too slow"):
        chosen.fetch()


def test_files_of_any_name_are_fetched_and_lie_in_the_pool_by_debians_names(tmp_path: Path) -> None:
    debs = tmp_path / "debs"
    for name, path in (("foo", "Foo App (x64).deb"), ("bar", "bar/latest.deb"), ("baz", "baz/latest.deb")):
        control = {"Package": name, "Source": "foo", "Version": "2:1.0~rc1", "Architecture": "amd64", "Maintainer": "a"}
        (debs / path).parent.mkdir(parents=True, exist_ok=True)
        (debs / path).write_bytes(deb(paragraph({**control, "Description": "a package"}), {}))
    stages = ArchiveStages(tmp_path / "build", (Archive("local", ORIGIN, debs=debs),))
    stages.pkgset()
    stages.choose_all()
    assert [line.split(" ", 2)[2] for line in sorted(stages.fetch(), key=lambda line: line.split()[2])] == [
        "Foo App (x64).deb",
        "bar/latest.deb",
        "baz/latest.deb",
    ]
    for task in createrepo.tasks(stages.compose):
        task.run()
    pool = stages.compose.paths.repository("Base") / "pool/main/f/foo"
    names = sorted(path.name for path in pool.iterdir())
    assert names == [f"{name}_1.0~rc1_amd64.deb" for name in ("bar", "baz", "foo")]


def test_row_24_one_name_with_two_contents_is_refused_naming_both(
    chosen: ArchiveStages, archive: TinyArchive, tmp_path: Path
) -> None:
    twin = TinyArchive(tmp_path / "other", archive.key)
    twin.add("hello", files={"other": b"content"})
    twin.publish()
    second = Archive("second", ORIGIN, twin.uri, ("stable",), ("main",), archive.key.public)
    chosen.archives = (*chosen.archives, second)
    chosen.all()
    chosen.choose_all()
    with pytest.raises(TrustError, match=r"hello 1\.0 of archive tiny .*and hello 1\.0 of archive second"):
        chosen.fetch()


@pytest.mark.parametrize(
    ("name", "own", "indexed"),
    [("Version", "1.0", "0.9"), ("Architecture", "amd64", "all"), ("Package", "foo", "bar")],
)
def test_row_36_a_deb_that_is_another_package_than_its_index_says_is_refused(
    chosen: ArchiveStages, archive: TinyArchive, name: str, own: str, indexed: str
) -> None:
    archive.add("foo")
    stanzas = archive.stanzas["main", "amd64"]
    stanzas[-1] = stanzas[-1].replace(f"{name}: {own}\n", f"{name}: {indexed}\n")
    archive.publish(date=DATE + 1)
    for uri in (chosen.archives[0].uri, archive.uri):
        chosen.change(uri=uri)
        chosen.all()
        chosen.choose_all()
        with pytest.raises(TrustError, match=f"of archive tiny: its .deb says {name} {own}, the index {indexed}; "):
            chosen.fetch()


def test_a_deb_that_was_in_the_store_before_is_opened_once(
    chosen: ArchiveStages, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen.fetch()
    record = chosen.build / "store" / package_identity.RECORD
    content = record.read_bytes()
    record.write_bytes(content[:-9])  # as a run leaves it that is killed
    opened: list[bytes] = []
    parse = package_identity.parse_identity

    def parse_noting(control: bytes) -> package_identity.PackageIdentity:
        opened.append(control)
        return parse(control)

    monkeypatch.setattr(package_identity, "parse_identity", parse_noting)
    chosen.fetch()
    chosen.fetch()
    assert len(opened) == 1


def test_row_37_a_deb_without_a_control_file_is_refused_by_name(chosen: ArchiveStages, archive: TinyArchive) -> None:
    content = deb("", {}).replace(b"control.tar.gz ", b"control.zip    ")
    (archive.root / HELLO).write_bytes(content)
    stanza = archive.stanzas["main", "amd64"][0]
    for name, value in (("Size", str(len(content))), ("SHA256", hashlib.sha256(content).hexdigest())):
        stanza = re.sub(f"(?m)^{name}: .*$", f"{name}: {value}", stanza)
    archive.stanzas["main", "amd64"][0] = stanza
    archive.publish(date=DATE + 1)
    chosen.all()
    chosen.choose_all()
    with pytest.raises(
        TrustError, match=r"hello 1\.0 of archive tiny: its \.deb: not a \.deb: expected the member control"
    ):
        chosen.fetch()


def test_row_36_a_deb_that_was_repacked_since_it_was_indexed_is_refused(
    chosen: ArchiveStages, archive: TinyArchive
) -> None:
    chosen.change(uri="", suites=(), debs=archive.root / "pool")
    chosen.pkgset()
    chosen.choose_all()
    archive.add("hello", files={"usr/share/doc/hello/copyright": b"other"})
    with pytest.raises(TrustError, match=r"hello 1\.0 of archive tiny: .*wanted"):
        chosen.fetch()


def test_row_38_a_link_out_of_a_local_archive_is_refused(
    chosen: ArchiveStages, archive: TinyArchive, tmp_path: Path
) -> None:
    (archive.root / HELLO).rename(tmp_path / "secret")
    (archive.root / HELLO).symlink_to(tmp_path / "secret")
    chosen.change(uri=archive.uri)
    chosen.inrelease()
    with pytest.raises(TrustError, match="leads outside of its archive"):
        chosen.fetch()


def test_row_38_a_link_within_a_local_archive_is_copied_as_content(chosen: ArchiveStages, archive: TinyArchive) -> None:
    (archive.root / HELLO).rename(archive.root / "pool/content")
    (archive.root / HELLO).symlink_to(archive.root / "pool/content")
    chosen.change(uri=archive.uri)
    chosen.inrelease()
    chosen.fetch()
    assert not stored(chosen, archive, HELLO).is_symlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"\0")


def make_directory(path: Path) -> None:
    path.unlink()
    (path / "sub").mkdir(parents=True)


def make_link(path: Path) -> None:
    copy = path.with_name("copy")
    path.rename(copy)
    path.symlink_to(copy)


def make_dangling_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/nowhere")


@pytest.mark.parametrize("damage", [cut, flip, make_directory, make_link, make_dangling_link, Path.unlink])
def test_row_72_a_damaged_file_of_the_store_is_dropped_and_fetched_anew(
    chosen: ArchiveStages, archive: TinyArchive, damage: Callable[[Path], None]
) -> None:
    chosen.fetch()
    path = stored(chosen, archive, HELLO)
    path.chmod(0o644)
    damage(path)
    chosen.fetch()
    assert path.read_bytes() == (archive.root / HELLO).read_bytes()
    assert not path.is_symlink()


def test_a_file_of_the_store_that_no_record_vouches_for_is_hashed(chosen: ArchiveStages, archive: TinyArchive) -> None:
    chosen.fetch()
    path = stored(chosen, archive, HELLO)
    earlier = path.stat()
    path.chmod(0o644)
    flip(path)
    os.utime(path, ns=(earlier.st_atime_ns, earlier.st_mtime_ns))
    (chosen.build / "store/sha256/verified").unlink()
    chosen.fetch()
    assert path.read_bytes() == (archive.root / HELLO).read_bytes()


@pytest.mark.parametrize("record", [b"", b"junk\n", b"\xff\xfe", b"0 1 2 3"])
def test_the_stores_record_may_be_anything(chosen: ArchiveStages, record: bytes) -> None:
    earlier = chosen.fetch()
    (chosen.build / "store/sha256/verified").write_bytes(record)
    assert chosen.fetch() == earlier


def test_a_record_that_was_cut_off_vouches_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "verified").write_text("aa 1 2 3 4 .\nbb 1 2 3 4")
    assert list(open_store(tmp_path).ledger.signatures) == ["aa"]


def test_the_record_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composelib.fetch.ledger.MOST_VOID", 3)
    content = hashlib.sha256(b"x").hexdigest()
    path = tmp_path / content[:2] / content
    path.parent.mkdir()
    for number in range(10):
        path.unlink(missing_ok=True)
        path.write_bytes(b"x")
        os.utime(path, ns=(number, number))
        store = open_store(tmp_path)
        assert store.has(content, 1)
        store.settle()
    assert len((tmp_path / "verified").read_text().splitlines()) <= 6


def test_a_full_disk_is_told_before_anything_is_asked_for(
    chosen: ArchiveStages, mirror: ArchiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = os.statvfs_result([*os.statvfs("/")[:4], 0, *os.statvfs("/")[5:10]])
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    mirror.requests.clear()
    with pytest.raises(MachineError, match=r"no room: 0\.3 MB are needed"):
        chosen.fetch()
    assert not mirror.requests


def test_a_disk_that_fills_up_meanwhile_is_the_machines_fault(
    chosen: ArchiveStages, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(download, "write", full)
    with pytest.raises(MachineError, match=r"part: No space left on device; \d+ bytes are needed there"):
        chosen.fetch()


def test_a_file_that_another_process_is_getting_is_waited_for(
    chosen: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer
) -> None:
    path = stored(chosen, archive, HELLO)
    partial_file = path.with_name(f"{path.name}.part")
    with download.lock_partial(partial_file):
        running = threading.Thread(target=chosen.fetch)
        running.start()
        running.join(0.3)
        assert running.is_alive()
    running.join(5)
    assert mirror.paths(HELLO) == [HELLO]


def test_offline_is_content_with_what_is_in_the_store(chosen: ArchiveStages, mirror: ArchiveServer) -> None:
    chosen.fetch()
    mirror.requests.clear()
    chosen.options["offline"] = True
    assert len(chosen.fetch()) == 2
    assert not mirror.requests


def test_offline_names_what_is_not_in_the_store(chosen: ArchiveStages) -> None:
    chosen.options["offline"] = True
    with pytest.raises(ComposeError, match=r"offline, and 2 files are not in the store: .*hello 1\.0"):
        chosen.fetch()


def test_a_package_of_an_archive_that_is_no_more_is_an_error(chosen: ArchiveStages) -> None:
    path = chosen.compose.paths.gathered_stanzas("Base", "amd64")
    path.write_bytes(path.read_bytes().replace(b"Compose-Archive: tiny", b"Compose-Archive: gone"))
    with pytest.raises(ComposeError, match="of archive gone: the compose has no such archive"):
        chosen.fetch()
