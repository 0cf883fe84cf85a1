"""A suite's signed file, as the config has it: requested, remembered from an earlier run, or named by the lock."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from composelib.archive.format import release
from composelib.errors import ComposeError, ConfigError
from composelib.fetch.lockfile import LockedSuite
from composelib.fetch.suite import Memory, Signed, ask, from_memory
from composelib.fetch.url import base, shown, with_snapshot
from composelib.fetch.verify import Verified, taken_on_trust, verified
from composelib.model.archive import Archive
from composelib.tools import apt


def source_of(archive: Archive) -> str:
    """Return the URI and snapshot of an archive as the config has them."""
    return f"{archive.uri} {archive.snapshot}".rstrip()


def recalled(archive: Archive, memory: Memory, suite: str, pin: LockedSuite | None) -> Signed:
    """Return the file that an earlier run stored, for a run that is offline. Raise ComposeError if there is none."""
    last = memory.recall(suite, source_of(archive))
    if last and pin:
        last = replace(last, sha256=pin.sha256, url=pin.url)
    signed = last and from_memory(last, memory, suite)
    if not signed:
        raise ComposeError(
            f"{archive.origin}: archive {archive.name}, suite {suite}: offline, and no earlier run left its Release file",
            "run once without offline=1",
        )
    return signed


def found_now(archive: Archive, memory: Memory, suite: str, pin: LockedSuite | None) -> Signed:
    """Return the file that the archive has now; of a locked archive the one that is stored here, if it is."""
    files = memory.signed(pin.sha256) if pin else None
    if files and pin:
        return Signed(suite, live_base(archive, memory, suite), pin.url, *files)
    return answer(archive, memory, suite)


def answer(archive: Archive, memory: Memory, suite: str) -> Signed:
    """Request a suite's signed file, of the snapshot if one is pinned."""
    source = source_of(archive)
    if not archive.snapshot or with_snapshot(archive.uri, "") != archive.uri:
        return ask(memory, source, suite, partial(live_base, archive, memory, suite))
    return ask(memory, source, suite, partial(snapshot_base, archive, memory, suite))


def live_base(archive: Archive, memory: Memory, suite: str) -> str:
    """Return the URL of the archive that has a suite; for `host`, ask apt if its configuration has changed."""
    if archive.uri != "host":
        return base(with_snapshot(archive.uri, archive.snapshot))
    last = memory.recall(suite, source_of(archive))
    if last and last.apt == apt.fingerprint():
        return last.base
    return base(apt.mirror(suite, archive.components, apt.sources()))


def snapshot_base(archive: Archive, memory: Memory, suite: str) -> str:
    """Return the URL of a snapshot, from the field Snapshots of the archive's verified Release file, as apt does."""
    live = ask(memory, archive.uri, suite, partial(live_base, archive, memory, suite))
    text = signed_text(archive, live, memory.folder).text
    template = release.parse(text, shown(live.url)).snapshots
    if template in {"", "no"}:
        message = f"{archive.origin}: archive {archive.name}: {shown(live.url)} has no field Snapshots that names a URI"
        raise ConfigError(message, "write the snapshots' own uri, with {snapshot} where its ID belongs")
    return base(with_snapshot(template, archive.snapshot))


def signed_text(archive: Archive, signed: Signed, folder: Path) -> Verified:
    """Verify a signed file as the archive's config requires, and return its text. Raise as `verified` does."""
    if archive.trusted:
        return taken_on_trust(signed)
    if archive.signed_by is None:
        raise ConfigError(f"{archive.origin}: archive {archive.name} needs `signed-by`, or `trusted: true`")
    return verified(signed, archive.signed_by, folder)
