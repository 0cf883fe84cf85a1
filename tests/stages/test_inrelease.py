"""Also covers: composelib.fetch.suite_probe, composelib.fetch.unlisted_suite."""

from __future__ import annotations

import calendar
import gzip
import json
import os
import re
import shutil
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.archive.format import release
from composelib.archive.format.release_date import format_release_date
from composelib.errors import ComposeError, ConfigError, TrustError
from composelib.fetch import accepted_suite, awaited, lockfile, suite
from composelib.fetch.errors import NetworkError
from composelib.model.archive import AwaitedPackages
from composelib.stages import inrelease
from composelib.tools import apt
from tests.kit import archive_server as bad
from tests.kit.archive_server import ArchiveServer
from tests.kit.archive_stages import ORIGIN, ArchiveStages
from tests.kit.client_apt import make_apt
from tests.kit.task_world import until
from tests.kit.tiny_archive import DATE, Key, TinyArchive, gpg, make_key

INRELEASE = "dists/stable/InRelease"
DAY = 86400
DEBIAN_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def release_of(archive: TinyArchive) -> bytes:
    """Return the text as a signature is over it: without white space at the ends of its lines."""
    return re.sub(rb" +\n", b"\n", (archive.root / "dists/stable/Release").read_bytes())


def accepted_of(getting: ArchiveStages, suite_name: str = "stable") -> accepted_suite.AcceptedSuite:
    text = getting.compose.paths.signatures(getting.archives[0]).read_text()
    return accepted_suite.load(text)[suite_name]


def test_the_text_that_was_signed_is_what_is_written(getting: ArchiveStages, archive: TinyArchive) -> None:
    getting.inrelease()
    text = getting.compose.paths.inrelease(getting.archives[0], "stable").read_bytes()
    assert text == release_of(archive)


def test_what_stands_around_the_signed_text_does_not_count(getting: ArchiveStages, archive: TinyArchive) -> None:
    path = archive.root / INRELEASE
    path.write_bytes(b"Suite: evil\n" + path.read_bytes())
    with pytest.raises(TrustError, match="not signed"):
        getting.inrelease()


def test_a_local_archive_is_read_without_a_server(
    getting: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer
) -> None:
    getting.change(uri=archive.uri)
    assert b"Package: hello" in getting.all()
    assert not mirror.requests


def test_the_signers_are_recorded(getting: ArchiveStages, key: Key) -> None:
    getting.inrelease()
    assert accepted_of(getting).signers == (key.fingerprint,)
    assert accepted_of(getting).date == DATE


def test_an_armored_keyring_serves_as_well(getting: ArchiveStages, key: Key, tmp_path: Path) -> None:
    armored = tmp_path / "key.asc"
    armored.write_bytes(gpg(key.home, "--armor", "--export", key.fingerprint))
    getting.change(signed_by=armored)
    getting.inrelease()


def test_release_with_a_signature_apart_is_accepted_where_there_is_no_inrelease(
    getting: ArchiveStages, archive: TinyArchive
) -> None:
    (archive.root / INRELEASE).unlink()
    getting.inrelease()
    assert accepted_of(getting).url.endswith("/Release")


def test_an_unchanged_archive_costs_one_conditional_request(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    getting.inrelease()
    token = getting.probe()
    mirror.requests.clear()
    suite.ANSWERS.clear()
    assert getting.probe() == token
    assert mirror.paths() == [INRELEASE]
    assert "If-None-Match" in mirror.requests[0].headers


def test_a_run_asks_nothing_that_its_probe_has_asked(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    getting.probe()
    requests = len(mirror.requests)
    for task in inrelease.tasks(getting.compose):
        task.run()
    assert len(mirror.requests) == requests


def test_the_token_is_the_same_before_and_after_the_run(getting: ArchiveStages) -> None:
    earlier = getting.probe()
    getting.inrelease()
    suite.ANSWERS.clear()
    assert getting.probe() == earlier


def test_a_changed_archive_has_another_token(getting: ArchiveStages, archive: TinyArchive) -> None:
    getting.inrelease()
    earlier = getting.probe()
    archive.publish(date=DATE + 1)
    suite.ANSWERS.clear()
    assert getting.probe() != earlier


def test_a_text_that_was_tampered_with_is_written_anew(getting: ArchiveStages, archive: TinyArchive) -> None:
    getting.inrelease()
    text = getting.compose.paths.inrelease(getting.archives[0], "stable")
    text.write_bytes(b"Suite: evil\n")
    getting.inrelease()
    assert text.read_bytes() == release_of(archive)


def test_a_kept_file_that_was_damaged_is_asked_for_anew(getting: ArchiveStages) -> None:
    getting.inrelease()
    for path in getting.build.rglob("signed/*"):
        path.write_bytes(b"damaged")
    getting.inrelease()
    assert accepted_of(getting).date == DATE


def test_offline_takes_what_an_earlier_run_left_and_asks_nothing(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    getting.inrelease()
    earlier = getting.probe()
    mirror.requests.clear()
    suite.ANSWERS.clear()
    getting.options["offline"] = True
    assert getting.probe() == earlier
    getting.inrelease()
    assert not mirror.requests


def test_offline_without_an_earlier_run_says_what_is_missing(getting: ArchiveStages) -> None:
    getting.options["offline"] = True
    assert getting.probe() == [""]
    with pytest.raises(ComposeError, match=r"tiny.yaml:3:5: archive tiny, suite stable: offline, and no earlier run"):
        getting.inrelease()


def test_row_1_an_unknown_key_is_refused_naming_url_and_both_fingerprints(
    getting: ArchiveStages, archive: TinyArchive, key: Key, other_key: Key, mirror: ArchiveServer
) -> None:
    archive.publish(key=other_key)
    with pytest.raises(TrustError) as caught:
        getting.inrelease()
    message = str(caught.value)
    assert f"{mirror.url}/{INRELEASE}" in message
    assert key.fingerprint in message
    assert other_key.fingerprint in message


def test_row_2_a_release_file_without_a_signature_is_refused(getting: ArchiveStages, archive: TinyArchive) -> None:
    (archive.root / INRELEASE).unlink()
    (archive.root / "dists/stable/Release.gpg").unlink()
    with pytest.raises(TrustError, match="not signed"):
        getting.inrelease()


def test_row_2_an_inrelease_that_is_not_signed_is_refused(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    mirror.fault(INRELEASE, bad.replace_content(b"Suite: stable\n"))
    with pytest.raises(TrustError, match="not signed"):
        getting.inrelease()


def test_trusted_in_so_many_words_takes_an_unsigned_archive(getting: ArchiveStages, archive: TinyArchive) -> None:
    (archive.root / INRELEASE).unlink()
    (archive.root / "dists/stable/Release.gpg").unlink()
    getting.change(trusted=True, signed_by=None)
    assert b"Package: hello" in getting.all()
    assert accepted_of(getting).signers == ()


def test_an_archive_without_a_release_file_needs_to_be_trusted(getting: ArchiveStages, archive: TinyArchive) -> None:
    shutil.rmtree(archive.root / "dists")
    (archive.root / "dists/stable/main/binary-amd64").mkdir(parents=True)
    with pytest.raises(
        TrustError, match=r"tiny.yaml:3:5: archive tiny, suite stable: .*taken with `trusted: true` alone"
    ):
        getting.inrelease()
    getting.change(trusted=True, signed_by=None)
    with pytest.raises(TrustError, match=r"neither a Release file nor an index is there; is stable a suite"):
        getting.inrelease()


@pytest.mark.parametrize("suite_name", ["stable", "flat/", "./"])
def test_trusted_takes_an_archive_without_a_release_file_as_apt_does(
    getting: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer, tmp_path: Path, suite_name: str
) -> None:
    shutil.rmtree(archive.root / "dists")
    folder = archive.root / {"stable": "dists/stable/main/binary-amd64"}.get(suite_name, suite_name)
    folder.mkdir(parents=True, exist_ok=True)
    packages = folder / "Packages.gz"
    packages.write_bytes(gzip.compress("\n".join(archive.stanzas["main", "amd64"]).encode()))
    if suite_name == "flat/":
        (folder / "Release").write_text("Origin: X\nDescription: it lists nothing\n")
    os.utime(packages, (DATE, DATE))
    getting.change(uri=archive.uri, trusted=True, signed_by=None, suites=(suite_name,))
    getting.archives = tuple(configured.complete() for configured in getting.archives)
    assert getting.all().count(b"Package: hello\n") == 1
    assert accepted_of(getting, suite_name).date == DATE
    components = " main" if suite_name == "stable" else ""
    machine = make_apt(tmp_path / "apt", f"deb [trusted=yes] {mirror.url} {suite_name}{components}\n")
    machine.run("apt-get", "update")
    assert "Version: 1.0\n" in machine.run("apt-cache", "show", "hello").stdout
    (earlier,) = getting.probe()
    packages.write_bytes(gzip.compress(b""))
    suite.ANSWERS.clear()
    assert getting.probe() != [earlier]


def test_an_archive_is_asked_until_it_has_what_is_awaited(
    getting: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(awaited, "PAUSE", 0.1)
    wait = AwaitedPackages(ORIGIN, ("hello (>= 2)", "hello-doc"), 30)
    getting.change(wait=wait)

    def publish() -> None:
        until(lambda: len(mirror.paths(INRELEASE)) > 2, 20)
        archive.add("hello", "2.0")
        archive.add("hello-doc", arch="all")
        archive.publish(date=DATE + 2)

    publisher = threading.Thread(target=publish)
    publisher.start()
    assert b"Version: 2.0" in getting.all()
    publisher.join()
    (token,) = getting.probe()
    assert len(mirror.paths(INRELEASE)) > 3
    assert sum("If-None-Match" in request.headers for request in mirror.requests) > 2
    assert len(mirror.paths("*Packages*") + mirror.paths("*by-hash*")) <= 3, "the same state is read once"
    mirror.requests.clear()
    suite.ANSWERS.clear()
    assert getting.probe() == [token]
    assert mirror.paths() == [INRELEASE]


def test_trusted_takes_the_text_out_of_a_signed_file(getting: ArchiveStages) -> None:
    getting.change(trusted=True, signed_by=None)
    assert b"Package: hello" in getting.all()


def test_row_3_a_flipped_bit_is_refused(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    mirror.fault(INRELEASE, bad.flip)
    with pytest.raises(TrustError):
        getting.inrelease()


def test_row_4_a_file_that_is_cut_off_is_asked_for_again_then_refused(
    getting: ArchiveStages, mirror: ArchiveServer
) -> None:
    mirror.fault(INRELEASE, bad.truncate)
    with pytest.raises(TrustError, match="bytes are missing"):
        getting.inrelease()
    assert len(mirror.paths(INRELEASE)) == 3


def test_row_4_a_file_that_is_cut_off_once_comes_whole_the_second_time(
    getting: ArchiveStages, mirror: ArchiveServer
) -> None:
    mirror.fault(INRELEASE, bad.truncate, times=1)
    getting.inrelease()


def test_row_5_an_expired_archive_is_refused_with_both_dates(getting: ArchiveStages, archive: TinyArchive) -> None:
    archive.publish(Valid_Until="Sat, 01 Jan 2022 00:00:00 UTC")
    with pytest.raises(TrustError, match=r"valid until Sat, 01 Jan 2022 .* now it is \w{3}, \d\d \w{3} 20\d\d"):
        getting.inrelease()


def test_row_5_allow_expired_takes_it_and_says_so(getting: ArchiveStages, archive: TinyArchive) -> None:
    archive.publish(Valid_Until="Sat, 01 Jan 2022 00:00:00 UTC")
    getting.change(allow_expired=True)
    getting.inrelease()
    assert accepted_of(getting).expired


def test_validity_that_ended_since_the_last_run_is_another_state(
    getting: ArchiveStages, archive: TinyArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = time.time()
    archive.publish(Valid_Until=format_release_date(clock + DAY).replace("UTC", "GMT"))
    getting.inrelease()
    earlier = getting.probe()
    monkeypatch.setattr(time, "time", lambda: clock + 2 * DAY)
    assert getting.probe() != earlier
    with pytest.raises(TrustError, match="was valid until"):
        getting.inrelease()


def test_row_6_a_date_in_the_future_is_refused(getting: ArchiveStages, archive: TinyArchive) -> None:
    archive.publish(date=2_524_608_000)
    with pytest.raises(TrustError, match="Date is Sat, 01 Jan 2050"):
        getting.inrelease()


def test_a_clock_that_is_minutes_off_is_forgiven(getting: ArchiveStages, archive: TinyArchive) -> None:
    archive.publish(date=int(time.time()) + 300)
    getting.inrelease()


def test_an_older_date_than_was_accepted_before_is_refused_at_every_further_run(
    getting: ArchiveStages, archive: TinyArchive
) -> None:
    archive.publish(date=DATE + DAY)
    getting.inrelease()
    archive.publish(date=DATE)
    for _ in range(2):
        with pytest.raises(TrustError, match=r"Tue, 14 Nov 2023 .* older than Wed, 15 Nov 2023"):
            getting.inrelease()
        for output in inrelease.tasks(getting.compose)[0].outputs:
            output.unlink(missing_ok=True)


def other_compose(getting: ArchiveStages, build: str = "") -> ArchiveStages:
    """Return another compose of the same archive, in the same build folder if no other is given."""
    return replace(getting, name="second", build=getting.build.parent / (build or getting.build.name), options={})


def refuse_older(getting: ArchiveStages) -> None:
    with pytest.raises(TrustError, match=r"Tue, 14 Nov 2023 .* older than Wed, 15 Nov 2023"):
        getting.inrelease()


@pytest.fixture
def gone_back(getting: ArchiveStages, archive: TinyArchive) -> ArchiveStages:
    """Return a compose whose archive serves an older state than it has accepted."""
    archive.publish(date=DATE + DAY)
    getting.inrelease()
    archive.publish(date=DATE)
    return getting


def test_another_compose_of_the_build_folder_knows_of_a_rollback(gone_back: ArchiveStages) -> None:
    refuse_older(other_compose(gone_back))


@pytest.mark.parametrize("lost", ["tiny", "store", "store tiny/work", "tiny/archives tiny/work"])
def test_row_97_a_rollback_is_told_whatever_else_was_deleted(gone_back: ArchiveStages, lost: str) -> None:
    for folder in lost.split():
        shutil.rmtree(gone_back.build / folder)
    refuse_older(gone_back)
    refuse_older(other_compose(gone_back))


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", "flip"])
def test_a_damaged_memory_is_told_and_replaced_by_its_copy(
    gone_back: ArchiveStages, capsys: pytest.CaptureFixture[str], content: bytes | str
) -> None:
    (shared,) = (gone_back.build / "store/archives").glob("*.json")
    good = shared.read_bytes()
    shared.write_bytes(content if isinstance(content, bytes) else good.replace(b'"date": 17', b'"date": 11'))
    refuse_older(gone_back)
    assert re.search(r"warning: .*store/archives/.*\.json: damaged, so .*; a copy is used", capsys.readouterr().out)
    assert shared.with_suffix(".bad").exists()


def test_the_cure_of_a_rollback_works_as_it_is_typed(gone_back: ArchiveStages) -> None:
    with pytest.raises(TrustError) as refusal:
        gone_back.inrelease()
    command = refusal.value.hint.split("`")[1]
    subprocess.run(["sh", "-c", command], check=True)
    gone_back.inrelease()
    assert accepted_of(gone_back).date == DATE


def test_the_probe_sees_that_another_compose_has_accepted_a_newer_state(
    getting: ArchiveStages, archive: TinyArchive
) -> None:
    getting.inrelease()
    suite.ANSWERS.clear()
    earlier = getting.probe()
    archive.publish(date=DATE + DAY)
    other_compose(getting).inrelease()
    archive.publish(date=DATE)
    suite.ANSWERS.clear()
    assert getting.probe() != earlier


@pytest.mark.parametrize(
    ("name", "option"), [("Codename", "accept_codename"), ("Origin", "accept_origin"), ("Label", "accept_label")]
)
def test_a_release_of_another_name_is_refused_until_exactly_that_name_is_accepted(
    getting: ArchiveStages, archive: TinyArchive, name: str, option: str
) -> None:
    archive.publish(**{name: "first"})  # type: ignore[arg-type] # it names no other argument
    getting.inrelease()
    archive.publish(date=DATE + 1, **{name: "second"})  # type: ignore[arg-type] # as above
    word = option.replace("_", "-")
    for compose in (getting, other_compose(getting)):
        compose.change(**{option: (("", "third"),)})
        with pytest.raises(
            TrustError, match=rf"tiny.yaml:3:5: .*its {name} is second, and was first .*`{word}: second`"
        ):
            compose.inrelease()
    getting.change(**{option: (("", "second"),)})
    getting.inrelease()
    getting.change(**{option: ()})
    getting.inrelease()


def test_a_name_is_accepted_of_the_suite_for_which_it_is_written(getting: ArchiveStages, archive: TinyArchive) -> None:
    getting.inrelease()
    archive.publish(Origin="second", date=DATE + 1)
    getting.change(suites=("stable", "updates"), accept_origin=(("", "second"), ("stable", "third")))
    with pytest.raises(TrustError, match=r"its Origin is second, .*`accept-origin: {stable: second}`"):
        getting.inrelease()
    getting.change(suites=("stable",), accept_origin=(("stable", "second"), ("updates", "third")))
    getting.inrelease()


def test_a_name_that_is_gone_is_accepted_as_none(getting: ArchiveStages, archive: TinyArchive) -> None:
    getting.inrelease()
    archive.publish(Origin="", date=DATE + 1)
    with pytest.raises(TrustError, match=r"its Origin is \(none\), and was Tiny .*`accept-origin: \(none\)`"):
        getting.inrelease()
    getting.change(accept_origin=(("", "(none)"),))
    getting.inrelease()


def test_another_default_priority_is_refused_until_the_config_gives_one(
    getting: ArchiveStages, archive: TinyArchive
) -> None:
    getting.inrelease()
    archive.publish(NotAutomatic="yes", date=DATE + 1)
    with pytest.raises(TrustError, match=r"its default priority is 1, and was 500 .*`priority: 1`"):
        getting.inrelease()
    getting.change(priority=1)
    getting.inrelease()


def test_another_suite_or_version_is_only_a_warning(
    getting: ArchiveStages, archive: TinyArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    archive.publish(Version="12.1")
    getting.inrelease()
    archive.publish(Version="12.2", Suite="oldstable", date=DATE + 1)
    getting.inrelease()
    output = capsys.readouterr().out
    assert "warning: " in output
    assert "its Version is 12.2, and was 12.1" in output
    assert "its Suite is oldstable, and was stable" in output


def test_row_7_an_expired_key_is_refused_by_name(getting: ArchiveStages, archive: TinyArchive, tmp_path: Path) -> None:
    home = tmp_path / "expired"
    home.mkdir(mode=0o700)
    then = ("--faked-system-time", "20200101T000000")
    gpg(home, *then, "--passphrase", "", "--quick-generate-key", "old", "ed25519", "sign", "1y")
    listing = gpg(home, "--with-colons", "--list-keys").decode()
    fingerprint = next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr"))
    public = home / "old.gpg"
    public.write_bytes(gpg(home, "--export"))
    text = (archive.root / "dists/stable/Release").read_bytes()
    signed = gpg(home, "--faked-system-time", "20200201T000000", "--clear-sign", data=text)
    (archive.root / INRELEASE).write_bytes(signed)
    getting.change(signed_by=public)
    with pytest.raises(TrustError, match=f"{fingerprint}: the key has expired"):
        getting.inrelease()


@pytest.fixture
def expired_key(getting: ArchiveStages, archive: TinyArchive, tmp_path: Path) -> Key:
    """Make a key that was good from 2020 to 2022, and sign the archive's state of June 2021 by it."""
    key = make_key(tmp_path / "old", "old", expires="2y", words=("--faked-system-time", "20200101T000000"))
    sign_by_expired(archive, key, "Tue, 01 Jun 2021 00:00:00 UTC")
    getting.change(signed_by=key.public)
    return key


def sign_by_expired(archive: TinyArchive, key: Key, date: str) -> None:
    text = re.sub(rb"(?m)^Date: .*$", f"Date: {date}".encode(), (archive.root / "dists/stable/Release").read_bytes())
    signed = gpg(key.home, "--faked-system-time", "20210601T000000", "--clear-sign", data=text)
    (archive.root / INRELEASE).write_bytes(signed)


def test_a_key_that_expired_after_the_date_needs_to_be_allowed(getting: ArchiveStages, expired_key: Key) -> None:
    with pytest.raises(
        TrustError, match=r"the key has expired; .*`allow-expired: true` takes one that has expired since"
    ):
        getting.inrelease()
    getting.change(allow_expired=True)
    getting.inrelease()
    assert accepted_of(getting).signers == (expired_key.fingerprint,)
    assert accepted_of(getting).expired_keys == {expired_key.fingerprint: calendar.timegm((2021, 12, 31, 0, 0, 0))}


def test_a_key_that_expired_before_the_date_is_never_allowed(
    getting: ArchiveStages, archive: TinyArchive, expired_key: Key
) -> None:
    sign_by_expired(archive, expired_key, "Wed, 01 Jun 2022 00:00:00 UTC")
    getting.change(allow_expired=True)
    with pytest.raises(TrustError, match=r"the key expired Fri, 31 Dec 2021 .*, and the Date is Wed, 01 Jun 2022"):
        getting.inrelease()


@pytest.mark.usefixtures("expired_key")
def test_an_expired_key_allows_no_other_text(getting: ArchiveStages, archive: TinyArchive) -> None:
    path = archive.root / INRELEASE
    path.write_bytes(path.read_bytes().replace(b"Origin: Tiny", b"Origin: Evil"))
    getting.change(allow_expired=True)
    with pytest.raises(TrustError, match=r"the text is not what it signed"):
        getting.inrelease()


def test_what_a_lock_names_is_judged_at_its_own_time(getting: ArchiveStages, expired_key: Key) -> None:
    getting.change(allow_expired=True)
    getting.inrelease()
    lock_it(getting)
    getting.change(allow_expired=False)
    getting.inrelease()
    assert accepted_of(getting).signers == (expired_key.fingerprint,)


def test_a_locked_state_keeps_the_judgement_of_its_keys(getting: ArchiveStages, expired_key: Key) -> None:
    getting.change(allow_expired=True)
    getting.inrelease()
    end = {expired_key.fingerprint: calendar.timegm((2021, 12, 31, 0, 0, 0))}
    lock_it(getting)
    getting.inrelease()
    assert accepted_of(getting).expired_keys == end
    locked = json.loads(getting.compose.paths.lock.read_text())
    locked["archives"]["tiny"]["stable"]["expired_keys"] = {}  # it was locked while the key was good
    getting.compose.paths.lock.write_text(json.dumps(locked))
    getting.inrelease()
    assert accepted_of(getting).expired_keys == {}


def test_row_7_a_revoked_key_is_refused_by_name(getting: ArchiveStages, archive: TinyArchive, tmp_path: Path) -> None:
    revoked = make_key(tmp_path / "revoked", "revoked")
    archive.publish(key=revoked)
    certificate = (revoked.home / "openpgp-revocs.d" / f"{revoked.fingerprint}.rev").read_bytes()
    gpg(revoked.home, "--import", data=certificate.replace(b":-----", b"-----"))
    revoked.public.write_bytes(gpg(revoked.home, "--export", revoked.fingerprint))
    getting.change(signed_by=revoked.public)
    with pytest.raises(TrustError, match=f"{revoked.fingerprint}: the key is revoked"):
        getting.inrelease()


def test_row_7_a_short_key_is_refused_by_name(getting: ArchiveStages, archive: TinyArchive, tmp_path: Path) -> None:
    weak = make_key(tmp_path / "weak", "weak", algorithm="rsa1024")
    archive.publish(key=weak)
    getting.change(signed_by=weak.public)
    with pytest.raises(TrustError, match=f"{weak.fingerprint}: the key is weak: 1024 bits"):
        getting.inrelease()


def test_row_7_a_signature_by_sha1_is_refused(getting: ArchiveStages, archive: TinyArchive, key: Key) -> None:
    text = (archive.root / "dists/stable/Release").read_bytes()
    words = ("--digest-algo", "SHA1", "--allow-weak-digest-algos", "--clear-sign")
    (archive.root / INRELEASE).write_bytes(gpg(key.home, "-u", key.fingerprint, *words, data=text))
    with pytest.raises(TrustError, match="SHA-1, which is weak"):
        getting.inrelease()


def test_row_8_one_pinned_signer_of_two_is_enough_and_both_are_recorded(
    getting: ArchiveStages, archive: TinyArchive, tmp_path: Path
) -> None:
    first, second = make_key(tmp_path / "two", "first"), make_key(tmp_path / "two", "second")
    text = (archive.root / "dists/stable/Release").read_bytes()
    signed = gpg(first.home, "-u", first.fingerprint, "-u", second.fingerprint, "--clear-sign", data=text)
    (archive.root / INRELEASE).write_bytes(signed)
    getting.change(signed_by=second.public)
    getting.inrelease()
    assert accepted_of(getting).signers == (second.fingerprint,)
    assert accepted_of(getting).others == (first.fingerprint,)


def test_row_11_an_endless_file_is_left_at_the_limit(
    getting: ArchiveStages, mirror: ArchiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite, "LARGEST", 1_000_000)
    mirror.fault(INRELEASE, bad.send_endless)
    with pytest.raises(TrustError, match="longer than 1000000 bytes"):
        getting.inrelease()


def test_row_17_a_busy_server_is_waited_for(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    mirror.fault(INRELEASE, bad.status(503, Retry_After="0"), times=1)
    mirror.fault(INRELEASE, bad.status(429, Retry_After="1"), times=1)
    getting.inrelease()
    assert len(mirror.paths(INRELEASE)) == 3


def test_row_18_a_silent_server_is_given_up(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    mirror.fault("*", bad.hang)
    with pytest.raises(NetworkError, match="InRelease: no answer in time"):
        getting.inrelease()


def test_row_19_a_server_that_drips_is_given_up(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    mirror.fault("*", bad.drip)
    with pytest.raises(NetworkError, match="too slow"):
        getting.inrelease()


def test_row_20_a_refused_connection_is_told_as_such_at_once(
    getting: ArchiveStages, capsys: pytest.CaptureFixture[str]
) -> None:
    getting.change(uri="http://127.0.0.1:1")
    with pytest.raises(NetworkError, match="connection refused"):
        getting.inrelease()
    assert "trying again" not in capsys.readouterr().out


def test_row_20_a_name_that_is_not_found_is_told_as_such(getting: ArchiveStages) -> None:
    getting.change(uri="http://no-such-host.invalid/debian")
    with pytest.raises(NetworkError, match=r"the name no-such-host\.invalid is not found"):
        getting.inrelease()


def test_row_21_redirects_that_never_end_are_refused(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    mirror.fault("*", bad.redirect("/{path}x"))
    with pytest.raises(TrustError, match="redirected more than 10 times"):
        getting.inrelease()


def test_row_21_a_redirect_to_a_local_file_is_refused(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    mirror.fault("*", bad.redirect("file:///etc/passwd"))
    with pytest.raises(TrustError, match="refused to be redirected to file:///etc/passwd"):
        getting.inrelease()


def test_a_redirect_on_the_same_server_is_followed(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    mirror.fault("debian/*", lambda handler, path: bad.redirect("/" + path.removeprefix("debian/"))(handler, path))
    getting.change(uri=f"{mirror.url}/debian")
    assert b"Package: hello" in getting.all()


def test_row_27_another_suite_than_was_asked_for_is_refused(getting: ArchiveStages, archive: TinyArchive) -> None:
    (archive.root / "dists/testing").symlink_to("stable")
    getting.change(suites=("testing",))
    with pytest.raises(TrustError, match="asked for the suite testing, got Suite stable"):
        getting.inrelease()
    getting.change(accept_codename=(("", "stable"),))
    getting.inrelease()


def test_the_only_name_of_another_suite_can_be_accepted(getting: ArchiveStages, archive: TinyArchive) -> None:
    archive.publish(Suite="", Codename="buster")
    with pytest.raises(
        TrustError,
        match=r"asked for the suite stable, got Suite \(none\), Codename buster; .*`accept-codename: buster`",
    ):
        getting.inrelease()
    getting.change(accept_codename=(("", "buster"),))
    getting.inrelease()


def test_row_27_a_suite_may_be_called_by_its_codename(getting: ArchiveStages, archive: TinyArchive) -> None:
    archive.publish(Codename="trixie")
    (archive.root / "dists/trixie").symlink_to("stable")
    getting.change(suites=("trixie",))
    getting.inrelease()


def test_row_27_a_component_that_is_not_there_lists_those_that_are(getting: ArchiveStages) -> None:
    getting.change(components=("mian",))
    with pytest.raises(ConfigError, match=r"tiny.yaml:3:5: .* no component mian; did you mean main\? it has main"):
        getting.inrelease()


def test_a_suite_that_is_not_there_is_told(getting: ArchiveStages) -> None:
    getting.change(suites=("unstable",))
    with pytest.raises(TrustError, match="neither InRelease nor Release is there; is unstable a suite"):
        getting.inrelease()


def test_a_failed_probe_is_a_state_of_its_own_and_not_asked_again(
    getting: ArchiveStages, mirror: ArchiveServer
) -> None:
    getting.inrelease()
    suite.ANSWERS.clear()
    mirror.fault("*", bad.status(500))
    (token,) = getting.probe()
    assert token.startswith("not known: ")
    requests = len(mirror.requests)
    with pytest.raises(NetworkError, match="500"):
        inrelease.tasks(getting.compose)[0].run()
    assert len(mirror.requests) == requests


def test_a_snapshot_in_the_uri_is_asked_for_once_and_never_again(
    getting: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer
) -> None:
    (archive.root / "20261101T000000Z").symlink_to(".")
    getting.change(uri=f"{mirror.url}/{{snapshot}}", snapshot="20261101T000000Z")
    earlier = getting.probe()
    getting.inrelease()
    assert mirror.paths() == ["20261101T000000Z/dists/stable/InRelease"]
    assert getting.probe() == earlier
    assert len(mirror.requests) == 1


def test_a_snapshot_is_found_by_the_field_of_the_release_file(
    getting: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer
) -> None:
    archive.publish(Snapshots=f"{mirror.url}/at/@SNAPSHOTID@/")
    (archive.root / "at").mkdir()
    (archive.root / "at/20261101T000000Z").symlink_to("..")
    getting.change(snapshot="20261101T000000Z")
    getting.inrelease()
    assert accepted_of(getting).base == f"{mirror.url}/at/20261101T000000Z/"


def test_no_snapshot_is_found_by_a_file_whose_key_had_expired_before_its_date(
    getting: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer, expired_key: Key
) -> None:
    archive.publish(Snapshots=f"{mirror.url}/at/@SNAPSHOTID@/")
    sign_by_expired(archive, expired_key, "Wed, 01 Jun 2022 00:00:00 UTC")
    getting.change(snapshot="20261101T000000Z", allow_expired=True)
    with pytest.raises(
        TrustError, match=f"{mirror.url}/dists/stable/InRelease: no good signature: .*: the key expired"
    ):
        getting.inrelease()


def test_a_snapshot_of_an_archive_that_has_none_is_an_error(getting: ArchiveStages) -> None:
    getting.change(snapshot="20261101T000000Z")
    with pytest.raises(ConfigError, match=r"has no field Snapshots that names a URI; .*\{snapshot\}"):
        getting.inrelease()


def test_what_is_remembered_of_a_killed_run_may_be_anything(getting: ArchiveStages) -> None:
    getting.inrelease()
    state = next(getting.build.rglob("state.json"))
    for content in (b"", b"[]", b"{", b'{"stable": {}}', b"\xff"):
        state.write_bytes(content)
        getting.inrelease()
    assert json.loads(state.read_text())["stable"]["date"] == DATE


def lock_it(getting: ArchiveStages) -> None:
    """Lock the compose to what was accepted last."""
    archive = getting.archives[0]
    text = release.parse_release(getting.compose.paths.inrelease(archive, "stable").read_bytes(), "")
    lock = lockfile.lock_suite(accepted_of(getting), text, lockfile.list_index_names(text, ("main",), ("amd64",)))
    getting.compose.paths.lock.parent.mkdir(parents=True, exist_ok=True)
    getting.compose.paths.lock.write_text(lockfile.dump(lockfile.Lock({"tiny": {"stable": lock}})))
    getting.options["locked"] = True


def test_a_locked_compose_is_made_of_the_same_state_as_long_as_it_is_to_be_had(
    getting: ArchiveStages, archive: TinyArchive
) -> None:
    earlier = getting.all()
    lock_it(getting)
    archive.add("later")
    archive.publish(date=DATE + DAY)
    assert getting.all() == earlier
    getting.options["locked"] = False
    assert b"later" in getting.all()


@pytest.mark.usefixtures("mirror")
def test_a_locked_state_that_is_gone_is_told_with_both_dates(getting: ArchiveStages, archive: TinyArchive) -> None:
    getting.inrelease()
    lock_it(getting)
    archive.publish(date=DATE + DAY)
    shutil.rmtree(getting.build)
    with pytest.raises(TrustError, match=r"dated Tue, 14 Nov 2023 .* is gone: there is one dated Wed, 15 Nov 2023"):
        getting.inrelease()


def test_a_locked_compose_asks_nothing_to_know_its_state(getting: ArchiveStages, mirror: ArchiveServer) -> None:
    getting.inrelease()
    lock_it(getting)
    mirror.requests.clear()
    getting.probe()
    getting.inrelease()
    assert not mirror.requests


def test_a_lock_is_no_reason_to_forget_what_was_seen_last(getting: ArchiveStages, archive: TinyArchive) -> None:
    getting.inrelease()
    lock_it(getting)
    getting.options["locked"] = False
    archive.publish(date=DATE + DAY)
    getting.inrelease()
    getting.options["locked"] = True
    getting.inrelease()
    getting.options["locked"] = False
    archive.publish(date=DATE)
    with pytest.raises(TrustError, match="older than"):
        getting.inrelease()


def test_a_locked_state_is_older_than_what_was_accepted_and_lowers_nothing(gone_back: ArchiveStages) -> None:
    locked = other_compose(gone_back, "build-of-another-checkout")
    locked.inrelease()
    lock_it(locked)
    gone_back.compose.paths.lock.write_bytes(locked.compose.paths.lock.read_bytes())
    shutil.rmtree(gone_back.build / "tiny/work")
    gone_back.options["locked"] = True
    gone_back.inrelease()
    assert accepted_of(gone_back).date == DATE
    gone_back.options["locked"] = False
    refuse_older(gone_back)


def test_a_stored_signature_that_was_damaged_is_fetched_again(getting: ArchiveStages, archive: TinyArchive) -> None:
    (archive.root / INRELEASE).unlink()
    getting.inrelease()
    lock_it(getting)
    next(getting.build.rglob("signed/*.gpg")).write_bytes(b"damaged")
    getting.inrelease()
    assert b"BEGIN PGP SIGNATURE" in next(getting.build.rglob("signed/*.gpg")).read_bytes()


@pytest.fixture
def snapshot(getting: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer) -> ArchiveStages:
    """Return a compose that is pinned to a snapshot of the archive, which has two."""
    getting.change(uri=f"{mirror.url}/{{snapshot}}", snapshot="20231116T000000Z")
    (archive.root / "20231116T000000Z").symlink_to(".")
    (archive.root / "20231117T000000Z").symlink_to(".")
    return getting


def test_a_snapshot_may_be_older_than_what_was_accepted_but_never_change(
    snapshot: ArchiveStages, archive: TinyArchive
) -> None:
    archive.publish(date=DATE + DAY)
    snapshot.inrelease()
    archive.publish(date=DATE)
    with pytest.raises(
        TrustError, match=r"was accepted before of the snapshot 20231116T000000Z: it was changed; .*rm -f"
    ):
        other_compose(snapshot).inrelease()
    snapshot.change(snapshot="20231117T000000Z")
    snapshot.inrelease()
    assert accepted_of(snapshot).date == DATE


def test_a_snapshot_is_valid_if_it_was_at_its_time(snapshot: ArchiveStages, archive: TinyArchive) -> None:
    archive.publish(Valid_Until="Thu, 16 Nov 2023 12:00:00 UTC")
    snapshot.inrelease()
    snapshot.change(snapshot="20231117T000000Z")
    with pytest.raises(TrustError, match=r"was valid until Thu, 16 Nov 2023 .*, its snapshot is of Fri, 17 Nov 2023"):
        snapshot.inrelease()


def test_what_is_locked_is_verified_all_the_same(getting: ArchiveStages, other_key: Key) -> None:
    getting.inrelease()
    lock_it(getting)
    getting.change(signed_by=other_key.public)
    with pytest.raises(TrustError, match="no good signature"):
        getting.inrelease()


def test_only_the_newest_signed_files_are_kept(getting: ArchiveStages, archive: TinyArchive) -> None:
    for number in range(suite.STORED_FILES + 3):
        archive.publish(date=DATE + number)
        getting.inrelease()
    assert len(list(getting.build.rglob("signed/*"))) == suite.STORED_FILES


@pytest.mark.slow
def test_the_machines_own_mirror_is_what_its_apt_uses(getting: ArchiveStages) -> None:
    main_sources = [source for source in apt.read_indices() if source.component == "main"]
    if not main_sources or not DEBIAN_KEYRING.exists():
        pytest.skip("this machine's apt has no indices of Debian")
    bookworm = next((source for source in main_sources if source.names[0] == "bookworm"), main_sources[0])
    getting.change(uri="host", suites=(bookworm.names[0],), components=("main",), signed_by=DEBIAN_KEYRING)
    earlier = getting.probe()
    getting.inrelease()
    text = getting.compose.paths.signatures(getting.archives[0]).read_text()
    assert accepted_suite.load(text)[bookworm.names[0]].base == bookworm.uri
    suite.ANSWERS.clear()
    apt.read_indices.cache_clear()
    assert getting.probe() == earlier


def test_apt_is_not_asked_again_while_its_configuration_is_the_same(
    getting: ArchiveStages, mirror: ArchiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    suites = []

    def sources() -> tuple[apt.AptIndex, ...]:
        suites.append(1)
        return (apt.AptIndex(mirror.url, ("stable",), "main"),)

    state = ["one"]
    monkeypatch.setattr(apt, "read_indices", sources)
    monkeypatch.setattr(apt, "fingerprint_configuration", lambda: state[0])
    getting.change(uri="host")
    getting.inrelease()
    getting.inrelease()
    assert len(suites) == 1
    state[0] = "two"
    getting.inrelease()
    assert len(suites) == 2
