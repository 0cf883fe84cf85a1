"""A suite's signed file, from where the config says it is: asked for, remembered, or what the lock names."""

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
    """Give what the config says of where an archive is."""
    return f"{archive.uri} {archive.snapshot}".rstrip()


def recalled(archive: Archive, memory: Memory, suite: str, wanted: LockedSuite | None) -> Signed:
    """Give what an earlier run left, when nothing may be asked."""
    known = memory.recall(suite, source_of(archive))
    if known and wanted:
        known = replace(known, sha256=wanted.sha256, url=wanted.url)
    signed = known and from_memory(known, memory, suite)
    if not signed:
        raise ComposeError(
            f"{archive.origin}: archive {archive.name}, suite {suite}: offline, and no earlier run left its Release file",
            "run once without offline=1",
        )
    return signed


def found_now(archive: Archive, memory: Memory, suite: str, wanted: LockedSuite | None) -> Signed:
    """Give what the archive has; what it is locked to may still be here, when the archive has it no more."""
    kept = memory.signed(wanted.sha256) if wanted else None
    if kept and wanted:
        return Signed(suite, live_base(archive, memory, suite), wanted.url, *kept)
    return answer(archive, memory, suite)


def answer(archive: Archive, memory: Memory, suite: str) -> Signed:
    """Ask for a suite, of the snapshot if one is pinned."""
    source = source_of(archive)
    if not archive.snapshot or with_snapshot(archive.uri, "") != archive.uri:
        return ask(memory, source, suite, partial(live_base, archive, memory, suite))
    return ask(memory, source, suite, partial(snapshot_base, archive, memory, suite))


def live_base(archive: Archive, memory: Memory, suite: str) -> str:
    """Give the URL of the archive that has a suite; of `host`, apt is asked if its configuration is not as it was."""
    if archive.uri != "host":
        return base(with_snapshot(archive.uri, archive.snapshot))
    known = memory.recall(suite, source_of(archive))
    if known and known.apt == apt.fingerprint():
        return known.base
    return base(apt.mirror(suite, archive.components, apt.sources()))


def snapshot_base(archive: Archive, memory: Memory, suite: str) -> str:
    """Give the URL of a snapshot, by the field Snapshots of the archive's verified Release file, as apt finds it."""
    live = ask(memory, archive.uri, suite, partial(live_base, archive, memory, suite))
    text = signed_text(archive, live, memory.folder).text
    template = release.parse(text, shown(live.url)).snapshots
    if template in {"", "no"}:
        told = f"{archive.origin}: archive {archive.name}: {shown(live.url)} names no place of snapshots"
        raise ConfigError(told, "write the snapshots' own uri, with {snapshot} where its ID belongs")
    return base(with_snapshot(template, archive.snapshot))


def signed_text(archive: Archive, signed: Signed, folder: Path) -> Verified:
    """Give the text that was signed as the archive's config asks for; raises what `verified` raises."""
    if archive.trusted:
        return taken_on_trust(signed)
    if archive.signed_by is None:
        raise ConfigError(f"{archive.origin}: archive {archive.name} needs `signed-by`, or `trusted: true`")
    return verified(signed, archive.signed_by, folder)
