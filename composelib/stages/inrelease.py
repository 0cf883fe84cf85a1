"""Fetch each archive's Release files and verify who signed them and when."""

from __future__ import annotations

import difflib
import io
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

from composelib.archive.format import release
from composelib.archive.format.release import Release, answers_to, component_of, indexed_components
from composelib.errors import ComposeError, ConfigError, TrustError
from composelib.fetch import lockfile as locks
from composelib.fetch.accepted_suite import Accepted, dump
from composelib.fetch.lockfile import LockedSuite
from composelib.fetch.signed_suite import answer, found_now, recalled, signed_text, source_of
from composelib.fetch.suite import Known, Memory, Signed, known_token, remembered, sha256
from composelib.fetch.url import dists, shown
from composelib.fetch.verify import Verified
from composelib.files import write
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.task import Json, Task
from composelib.tools import apt

CLOCK_ERROR = 600
"""Seconds that an archive's clock may be ahead of ours."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each archive that has a URI, and for those of debug symbols if they are asked for."""
    return tuple(task(compose, archive) for archive in asked_archives(compose))


def asked_archives(compose: Compose) -> Iterator[Archive]:
    """Give the archives that have Release files."""
    debug = any(variant.debug for variant in compose.variants)
    for archive in compose.archives:
        if archive.uri:
            yield archive
        if archive.debug and debug:
            yield archive.debug


def task(compose: Compose, archive: Archive) -> Task:
    """Give the task of one archive."""
    keyring = () if archive.trusted or archive.signed_by is None else (archive.signed_by,)
    lock = compose.paths.lock if compose.locked else None
    arguments = (archive, compose.paths.work("inrelease", archive.name), compose.offline, lock)
    texts = tuple(compose.paths.inrelease(archive, suite) for suite in archive.suites)
    return Task(
        name=archive.name,
        doc=f"verify the Release files of {archive.name}",
        run=partial(accept, *arguments, texts, compose.paths.signatures(archive)),
        inputs=(*keyring, *((lock,) if lock else ())),
        outputs=(*texts, compose.paths.signatures(archive)),
        uses=used(archive) | {"locked": compose.locked},
        probe=partial(state_of, *arguments),
        tools=("gpgv",) if keyring else (),
        pool="network",
    )


def used(archive: Archive) -> dict[str, Json]:
    """Give what of an archive's config decides what is accepted."""
    return {
        "uri": archive.uri,
        "suites": list(archive.suites),
        "components": list(archive.components),
        "signed-by": str(archive.signed_by or ""),
        "trusted": archive.trusted,
        "allow-expired": archive.allow_expired,
        "snapshot": archive.snapshot,
    }


def state_of(archive: Archive, folder: Path, offline: bool, lock: Path | None) -> str:
    """Tell states of an archive apart by one conditional request a suite; what is pinned has but one state.

    When an archive cannot be asked, the token says so and differs from all others: the task itself then fails.
    """
    if archive.snapshot:
        return f"snapshot {archive.snapshot}"
    if lock:
        return "locked"
    memory = remembered(folder)
    try:
        with redirect_stdout(io.StringIO()):
            return ", ".join(suite_state(archive, memory, suite, offline) for suite in archive.suites)
    except ComposeError as error:
        return f"not known: {error}"


def suite_state(archive: Archive, memory: Memory, suite: str, offline: bool) -> str:
    """Tell states of a suite apart; that its validity has ended is a state as well."""
    known = memory.recall(suite, source_of(archive))
    if offline:
        return known_token(known, suite) if known else ""
    signed = answer(archive, memory, suite)
    over = known and known.sha256 == signed.sha256 and is_over(known.valid_until) and not archive.allow_expired
    return signed.token + (" expired" if over else "")


def accept(
    archive: Archive, folder: Path, offline: bool, lock: Path | None, texts: tuple[Path, ...], signatures: Path
) -> None:
    """Fetch and verify every suite's Release file and write what was signed.

    Raises TrustError for whatever is not to be trusted, ConfigError for suites and components that do not exist,
    MachineError when apt knows no mirror, NetworkError when the archive cannot be reached.
    """
    memory = remembered(folder)
    pinned = locks.parse(lock.read_bytes(), str(lock)) if lock else None
    accepted: list[Accepted] = []
    for suite, text in zip(archive.suites, texts, strict=True):
        wanted = pinned.needed(archive.name, suite) if pinned else None
        signed = recalled(archive, memory, suite, wanted) if offline else found_now(archive, memory, suite, wanted)
        accepted.append(accept_suite(archive, memory, signed, text, wanted, offline=offline))
    memory.save()
    write(signatures, dump(accepted))


def accept_suite(
    archive: Archive, memory: Memory, signed: Signed, text: Path, wanted: LockedSuite | None, *, offline: bool
) -> Accepted:
    """Verify one suite's Release file and write what was signed; gives what later stages are told of it."""
    place = shown(signed.url)
    checked = signed_text(archive, signed, memory.folder)
    found = release.parse(checked.text, place)
    if wanted:
        wanted.check(signed.sha256, place, found.date)
    check_suite(archive, signed, found)
    check_components(archive, signed.suite, found)
    known = None if wanted else memory.recall(signed.suite, source_of(archive))
    check_not_older(memory, place, found, known)
    expired = check_validity(place, found, allowed=archive.allow_expired or offline or bool(wanted))
    print(f"{place}: {date(found.date)}, signed by {', '.join(checked.signers) or 'nobody: it is trusted'}", flush=True)
    write(text, checked.text)
    if not wanted:
        memory.suites[signed.suite] = as_known(archive, signed, found)
    memory.keep(signed.content, signed.signature)
    return as_accepted(signed, found, checked, expired=expired)


def as_accepted(signed: Signed, found: Release, checked: Verified, *, expired: bool) -> Accepted:
    """Give what later stages are told of a suite."""
    return Accepted(
        suite=signed.suite,
        base=signed.base,
        dists=dists(signed.base, signed.suite),
        url=signed.url,
        sha256=signed.sha256,
        date=found.date,
        valid_until=found.valid_until,
        expired=expired,
        signers=checked.signers,
        others=checked.others,
    )


def as_known(archive: Archive, signed: Signed, found: Release) -> Known:
    """Give what the next run asks with."""
    return Known(
        source=source_of(archive),
        base=signed.base,
        url=signed.url,
        sha256=signed.sha256,
        signature=sha256(signed.signature) if signed.signature else "",
        etag=signed.etag,
        modified=signed.modified,
        date=found.date,
        valid_until=found.valid_until,
        apt=apt.fingerprint() if archive.uri == "host" else "",
    )


def check_suite(archive: Archive, signed: Signed, found: Release) -> None:
    """Refuse the Release file of another suite than was asked for, however well it is signed."""
    suite = signed.suite
    if suite.endswith("/") or answers_to(found, suite):
        return
    names = f"Suite {found.suite or '(none)'}, Codename {found.codename or '(none)'}"
    raise TrustError(
        f"{shown(signed.url)}: asked for the suite {suite}, this is {names}",
        f"write one of these names in `suites` of archive {archive.name} if that is what you mean",
    )


def check_components(archive: Archive, suite: str, found: Release) -> None:
    """Refuse components that a suite does not have, naming those it has."""
    known = found.components or indexed_components(found)
    for component in archive.components:
        if suite.endswith("/") or component_of(found, component) is not None:
            continue
        close = difflib.get_close_matches(component, known, 1)
        meant = f"did you mean {close[0]}? " if close else ""
        raise ConfigError(
            f"{archive.origin}: archive {archive.name}: suite {suite} has no component {component}",
            f"{meant}it has {', '.join(known) or 'none'}",
        )


def check_not_older(memory: Memory, place: str, found: Release, known: Known | None) -> None:
    """Refuse what is from the future, or older than what was accepted before."""
    now = time.time()
    if found.date > now + CLOCK_ERROR:
        raise TrustError(f"{place}: its Date is {date(found.date)}, now it is {date(now)}", "is this clock right?")
    if known and found.date < known.date:
        raise TrustError(
            f"{place}: its Date is {date(found.date)}, older than {date(known.date)}, which was accepted before",
            f"an old state is served again; if that is meant, remove {memory.file}",
        )


def check_validity(place: str, found: Release, *, allowed: bool) -> bool:
    """Refuse what has expired, unless that is allowed; gives whether it has."""
    over = is_over(found.valid_until)
    if over and not allowed:
        told = f"{place}: was valid until {date(found.valid_until or 0)}, now it is {date(time.time())}"
        raise TrustError(told, "`allow-expired: true` takes it all the same, as an archive of snapshots needs")
    return over


def is_over(valid_until: int | None) -> bool:
    """Tell whether a Valid-Until has passed."""
    return valid_until is not None and valid_until < time.time()


def date(seconds: float) -> str:
    """Put a time as Release files do."""
    return time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime(seconds))
