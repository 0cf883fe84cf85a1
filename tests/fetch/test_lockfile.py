from __future__ import annotations

import json

import pytest

from composelib.archive.format.release import ListedFile, ReleaseFile
from composelib.errors import ConfigError, TrustError
from composelib.fetch.accepted_suite import AcceptedSuite
from composelib.fetch.lockfile import Lock, LockedSuite, describe_locked, dump, list_index_names, lock_suite, parse

HASH = "ab" * 32
SUITE = LockedSuite(
    "http://x/InRelease", HASH, 1_700_000_000, indices={"main/binary-amd64/Packages.xz": ListedFile(7, HASH)}
)


def test_a_lock_is_read_back() -> None:
    text = dump(Lock({"debian": {"stable": SUITE}}))
    assert parse(text.encode()).suite("debian", "stable") == SUITE


def test_what_it_does_not_name_is_none() -> None:
    lock = Lock({"debian": {"stable": SUITE}})
    assert lock.suite("debian", "unstable") is None
    assert lock.suite("other", "stable") is None
    with pytest.raises(ConfigError, match="does not name archive other, suite stable"):
        lock.require_suite("other", "stable")


def test_it_keeps_the_indices_that_are_read_in_all_their_forms() -> None:
    names = ("main/binary-amd64/Packages", "main/binary-amd64/Packages.xz", "main/binary-arm64/Packages", "x/y")
    release = ReleaseFile(date=1, components=("main",), files={name: ListedFile(1, HASH) for name in names})
    found = lock_suite(
        AcceptedSuite("stable", "http://x/", "http://x/dists/stable/", "http://x/InRelease", HASH, 1),
        release,
        list_index_names(release, ("main",), ("amd64",)),
    )
    assert sorted(found.indices) == list(names[:2])


def test_a_flat_repository_has_one_index() -> None:
    assert list(list_index_names(ReleaseFile(date=1), (), ("amd64",))) == ["Packages"]


def test_the_locked_state_passes() -> None:
    SUITE.check(HASH, "http://x/InRelease", 1_700_000_000)


def test_another_state_is_refused_saying_what_is_gone() -> None:
    with pytest.raises(
        TrustError, match=r"dated Tue, 14 Nov 2023 .* is gone: there is one dated Wed, 15 Nov 2023"
    ) as caught:
        SUITE.check("0" * 64, "http://x/InRelease", 1_700_086_400)
    assert caught.value.hint == "`doit lock` locks what is there now"


def test_a_snapshot_is_offered_where_the_archive_has_them() -> None:
    suite = LockedSuite("u", HASH, 1_700_000_000, snapshots="http://s/@SNAPSHOTID@/")
    assert suite.describe_cure().startswith("`snapshot: 20231114T221320Z`")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"version": 2, "archives": {}}',
        b'{"version": 1, "archives": {"debian": {"stable": {}}}}',
        json.dumps(
            {"version": 1, "archives": {"a": {"s": {"url": "u", "sha256": "0", "date": 1, "indices": {}}}}}
        ).encode(),
    ],
)
def test_what_is_no_lock_is_refused(content: bytes) -> None:
    with pytest.raises(ConfigError, match=r"x\.lock: "):
        parse(content, "x.lock")


@pytest.mark.parametrize("date", ["1e400", "1e30", "-1", "null", '"soon"', "[]"])
@pytest.mark.parametrize("key", ["date", "dates", "expired_keys"])
def test_a_date_that_cannot_be_written_is_refused(key: str, date: str) -> None:
    row = {**describe_locked(SUITE), "date": 5, "expired_keys": {"AB": 6}}
    text = json.dumps({"version": 1, "archives": {"debian": {"stable": row}}, "dates": {"checksum:SHA256SUMS": 7}})
    assert parse(text.encode())
    number = {"date": ": 5", "expired_keys": ": 6", "dates": ": 7"}[key]
    with pytest.raises(ConfigError, match="not a lock"):
        parse(text.replace(number, f": {date}").encode())


def test_a_lock_that_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(ConfigError, match="not a lock: ValueError: it is nested too deep"):
        parse(b'{"version": ' + b"[" * 100_000)
