"""Gets a suite's signed file as the config says: from the server, from an earlier run, or as named by the lock."""

from __future__ import annotations

import json
import time
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.errors import ComposeError, ConfigError
from composelib.fetch.access import Access, open_access
from composelib.fetch.document import fetch_document
from composelib.fetch.http import Agent
from composelib.fetch.suite import (
    LARGEST,
    AbsentSuiteError,
    ReleaseWriter,
    SignedSuite,
    SuiteMemory,
    Whereabouts,
    recall_signed,
    request_signed,
)
from composelib.fetch.url import check_base, display_url, insert_snapshot
from composelib.files import write_file
from composelib.model.archive import Archive
from composelib.text.json_file import parse_json
from composelib.tools import apt

if TYPE_CHECKING:
    from composelib.fetch.lockfile import LockedSuite


SETTINGS = "apt.json"
"""The file of an archive's memory that has apt's settings, so that apt need not be started to ask whether it has changed."""
USED_SETTINGS = ("acquire::http", "netrc")
"""How the names begin of the settings that are used."""


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
    return recall_pinned(memory, suite, pin, locate_live(archive, memory, suite).bases[0])


def ask_suite(archive: Archive, memory: SuiteMemory, suite: str) -> SignedSuite:
    """Request a suite's signed file, of the snapshot if one is pinned."""
    try:
        return ask_located(archive, memory, suite)
    except AbsentSuiteError as error:
        if archive.uri != "host":
            raise
        from composelib.fetch.host_mirrors import refuse_suite  # noqa: PLC0415 - only for this message

        raise refuse_suite(suite, apt.read_indices(), [error.message.partition(": ")[0]]) from None


def ask_located(archive: Archive, memory: SuiteMemory, suite: str) -> SignedSuite:
    """Do the work of `ask_suite`."""
    source = describe_source(archive)
    if not archive.snapshot or insert_snapshot(archive.uri, "") != archive.uri:
        return request_signed(
            memory, source, suite, partial(locate_live, archive, memory, suite), find_writer(archive, suite)
        )
    return request_signed(memory, source, suite, partial(locate_snapshot, archive, memory, suite))


def find_writer(archive: Archive, suite: str) -> ReleaseWriter | None:
    """Return what writes the Release file of a suite that has none; None if the archive needs one."""
    if not archive.trusted:
        return None
    from composelib.fetch.unlisted_suite import UnlistedIndices, write_release  # noqa: PLC0415 - few archives need it

    return partial(write_release, suite, UnlistedIndices(archive.components, archive.arches))


def locate_live(archive: Archive, memory: SuiteMemory, suite: str) -> Whereabouts:
    """Return where to ask for a suite; for `host`, ask apt only if its configuration has changed."""
    if archive.uri != "host":
        return Whereabouts((check_base(insert_snapshot(archive.uri, archive.snapshot)),), open_access(archive.access))
    last, fingerprint = memory.recall(suite, describe_source(archive)), apt.fingerprint_configuration()
    access = open_access(archive.access, recall_settings(memory.folder / SETTINGS, fingerprint))
    if last and last.apt == fingerprint:
        return Whereabouts((last.base, *last.mirrors), access, same=True)
    from composelib.fetch.host_mirrors import find_mirrors, refuse_suite, split_components  # noqa: PLC0415 - only when apt is asked

    indices = apt.read_indices()
    groups = split_components(suite, archive.components, indices) or ((),)
    read = partial(read_small_text, access)
    bases, *others = (tuple(map(check_base, find_mirrors(suite, group, indices, read))) for group in groups)
    if not bases:
        raise refuse_suite(suite, indices, bases)
    same = any(suite in index.names for index in indices)
    return Whereabouts(bases, access, same=same, others=tuple(zip(groups[1:], others, strict=True)))


def read_small_text(access: Access, url: str) -> str:
    """Return the text of a file that is as small as a Release file: a list of mirrors."""
    with closing(Agent(accesses={url: access})) as agent:
        return (fetch_document(agent, url, LARGEST).content or b"").decode(errors="replace")


def recall_settings(path: Path, fingerprint: str) -> dict[str, str]:
    """Return apt's settings, as an earlier run stored them if its configuration is still the same.

    They are stored where a run has made the folder: a plan, which asks, too, must not begin a build folder.
    """
    with suppress(OSError, ValueError, TypeError, KeyError):
        row = parse_json(path.read_bytes())
        if row["apt"] == fingerprint:
            return {str(name): str(value) for name, value in row["settings"].items()}
    settings = apt.read_settings()
    used = {name: value for name, value in settings.items() if name.startswith(USED_SETTINGS)}
    if path.parent.is_dir():
        write_file(path, json.dumps({"apt": fingerprint, "settings": used}, indent=1, sort_keys=True) + "\n")
    return used


def locate_snapshot(archive: Archive, memory: SuiteMemory, suite: str) -> Whereabouts:
    """Return where a snapshot is, from the field Snapshots of the archive's verified Release file, as apt does."""
    from composelib.archive.format.release import parse_release  # noqa: PLC0415 - a probe verifies nothing else
    from composelib.fetch.release_checks import Reply, check_keys  # noqa: PLC0415 - as above
    from composelib.fetch.verify import verify_text  # noqa: PLC0415 - as above

    live = request_signed(memory, archive.uri, suite, partial(locate_live, archive, memory, suite))
    verified = verify_text(archive, live, memory.folder, lenient=archive.allow_expired)
    release = parse_release(verified.text, display_url(live.url))
    check_keys(Reply(live, verified, release), time.time(), allowed=archive.allow_expired)
    template = release.snapshots
    if template in {"", "no"}:
        message = (
            f"{archive.origin}: archive {archive.name}: {display_url(live.url)} has no field Snapshots that names a URI"
        )
        raise ConfigError(message, "write the snapshots' own uri, with {snapshot} where its ID belongs")
    return Whereabouts((check_base(insert_snapshot(template, archive.snapshot)),), open_access(archive.access))
