"""Gets a suite's signed file as the config says: from the server, from an earlier run, or as named by the lock."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from composelib.errors import ComposeError, ConfigError
from composelib.fetch.suite import ReleaseWriter, SignedSuite, SuiteMemory, recall_signed, request_signed
from composelib.fetch.url import check_base, display_url, insert_snapshot
from composelib.model.archive import Archive
from composelib.tools import apt

if TYPE_CHECKING:
    from composelib.fetch.lockfile import LockedSuite


def describe_source(archive: Archive) -> str:
    """Return the URI and snapshot of an archive as the config has them."""
    return f"{archive.uri} {archive.snapshot}".rstrip()


def recall_offline(archive: Archive, memory: SuiteMemory, suite: str, pin: LockedSuite | None) -> SignedSuite:
    """Return the file that an earlier run stored, for a run that is offline. Raise ComposeError if there is none."""
    last = memory.recall(suite, describe_source(archive))
    signed = last and (recall_pinned(memory, suite, pin, last.base) if pin else recall_signed(last, memory, suite))
    if not signed:
        raise ComposeError(
            f"{archive.origin}: archive {archive.name}, suite {suite}: offline, and no earlier run left its Release file",
            "run once without offline=1",
        )
    return signed


def recall_pinned(memory: SuiteMemory, suite: str, pin: LockedSuite, base: str) -> SignedSuite | None:
    """Return the stored file that a lock names, if there is one."""
    files = memory.signed(pin.sha256)
    return SignedSuite(suite, base, pin.url, *files) if files else None


def find_pinned(archive: Archive, memory: SuiteMemory, suite: str, pin: LockedSuite | None) -> SignedSuite | None:
    """Return the stored file that the lock of an archive names, if there is one."""
    if pin is None or memory.signed(pin.sha256) is None:
        return None
    return recall_pinned(memory, suite, pin, live_base(archive, memory, suite))


def ask_suite(archive: Archive, memory: SuiteMemory, suite: str) -> SignedSuite:
    """Request a suite's signed file, of the snapshot if one is pinned."""
    source = describe_source(archive)
    if not archive.snapshot or insert_snapshot(archive.uri, "") != archive.uri:
        return request_signed(
            memory, source, suite, partial(live_base, archive, memory, suite), find_writer(archive, suite)
        )
    return request_signed(memory, source, suite, partial(snapshot_base, archive, memory, suite))


def find_writer(archive: Archive, suite: str) -> ReleaseWriter | None:
    """Return what writes the Release file of a suite that has none; None if the archive needs one."""
    if not archive.trusted:
        return None
    from composelib.fetch.unlisted_suite import UnlistedIndices, write_release  # noqa: PLC0415 - few archives need it

    return partial(write_release, suite, UnlistedIndices(archive.components, archive.arches))


def live_base(archive: Archive, memory: SuiteMemory, suite: str) -> str:
    """Return the URL of the archive that has a suite; for `host`, ask apt only if its configuration has changed."""
    if archive.uri != "host":
        return check_base(insert_snapshot(archive.uri, archive.snapshot))
    last = memory.recall(suite, describe_source(archive))
    if last and last.apt == apt.fingerprint_configuration():
        return last.base
    return check_base(apt.find_mirror(suite, archive.components, apt.read_indices()))


def snapshot_base(archive: Archive, memory: SuiteMemory, suite: str) -> str:
    """Return the URL of a snapshot, from the field Snapshots of the archive's verified Release file, as apt does."""
    from composelib.archive.format.release import parse_release  # noqa: PLC0415 - a probe verifies nothing else
    from composelib.fetch.verify import verify_text  # noqa: PLC0415 - as above

    live = request_signed(memory, archive.uri, suite, partial(live_base, archive, memory, suite))
    text = verify_text(archive, live, memory.folder, lenient=archive.allow_expired).text
    template = parse_release(text, display_url(live.url)).snapshots
    if template in {"", "no"}:
        message = (
            f"{archive.origin}: archive {archive.name}: {display_url(live.url)} has no field Snapshots that names a URI"
        )
        raise ConfigError(message, "write the snapshots' own uri, with {snapshot} where its ID belongs")
    return check_base(insert_snapshot(template, archive.snapshot))
