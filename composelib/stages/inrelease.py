"""Fetch each archive's Release files and verify who signed them and when."""

from __future__ import annotations

import difflib
import io
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

from composelib.archive import openpgp, release
from composelib.archive.accepted import Accepted, dump
from composelib.archive.release import Release, answers_to, component_of, indexed_components
from composelib.errors import ComposeError, ConfigError, TrustError
from composelib.files import scratch, write
from composelib.model import Archive, Compose
from composelib.task import Json, Task
from composelib.tools import apt, gpgv
from composelib.tools.location import base, dists, shown, with_snapshot
from composelib.tools.run import run
from composelib.tools.suite import Known, Memory, Signed, ask, from_memory, known_token, remembered, sha256

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
    arguments = (archive, compose.work("inrelease", archive.name), compose.offline)
    texts = tuple(compose.inrelease(archive, suite) for suite in archive.suites)
    return Task(
        name=archive.name,
        doc=f"verify the Release files of {archive.name}",
        run=partial(accept, *arguments, texts, compose.signatures(archive)),
        inputs=keyring,
        outputs=(*texts, compose.signatures(archive)),
        uses=used(archive),
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


def state_of(archive: Archive, folder: Path, offline: bool) -> str:
    """Tell states of an archive apart by one conditional request a suite; a pinned snapshot has but one state.

    When an archive cannot be asked, the token says so and differs from all others: the task itself then fails.
    """
    if archive.snapshot:
        return f"snapshot {archive.snapshot}"
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


def accept(archive: Archive, folder: Path, offline: bool, texts: tuple[Path, ...], signatures: Path) -> None:
    """Fetch and verify every suite's Release file and write what was signed.

    Raises TrustError for whatever is not to be trusted, ConfigError for suites and components that do not exist,
    MachineError when apt knows no mirror, NetworkError when the archive cannot be reached.
    """
    memory = remembered(folder)
    accepted: list[Accepted] = []
    for suite, text in zip(archive.suites, texts, strict=True):
        signed = recalled(archive, memory, suite) if offline else answer(archive, memory, suite)
        content, signers, others = verified(archive, signed, folder)
        found = release.parse(content, shown(signed.url))
        check_suite(archive, suite, signed, found)
        check_components(archive, suite, found)
        expired = check_dates(archive, signed, found, memory.recall(suite, source_of(archive)), memory, offline)
        print(f"{shown(signed.url)}: {date(found.date)}, signed by {', '.join(signers) or 'nobody: trusted'}")
        write(text, content)
        accepted.append(as_accepted(signed, found, expired, signers, others))
        memory.suites[suite] = as_known(archive, signed, found)
        memory.keep(signed.content, signed.signature)
    memory.save()
    write(signatures, dump(accepted))


def as_accepted(
    signed: Signed, found: Release, expired: bool, signers: tuple[str, ...], others: tuple[str, ...]
) -> Accepted:
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
        signers=signers,
        others=others,
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


def source_of(archive: Archive) -> str:
    """Give what the config says of where an archive is."""
    return f"{archive.uri} {archive.snapshot}".rstrip()


def recalled(archive: Archive, memory: Memory, suite: str) -> Signed:
    """Give what an earlier run left, when nothing may be asked."""
    known = memory.recall(suite, source_of(archive))
    signed = known and from_memory(known, memory, suite)
    if not signed:
        raise ComposeError(
            f"{archive.origin}: archive {archive.name}, suite {suite}: offline, and no earlier run left its Release file",
            "run once without offline=1",
        )
    return signed


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
    content, _, _ = verified(archive, live, memory.folder)
    template = release.parse(content, shown(live.url)).snapshots
    if template in {"", "no"}:
        told = f"{archive.origin}: archive {archive.name}: {shown(live.url)} names no place of snapshots"
        raise ConfigError(told, "write the snapshots' own uri, with {snapshot} where its ID belongs")
    return base(with_snapshot(template, archive.snapshot))


def verified(archive: Archive, signed: Signed, folder: Path) -> tuple[bytes, tuple[str, ...], tuple[str, ...]]:
    """Give what was signed, by whom of `signed-by`, and who else signed it; nothing else of the file counts."""
    place = shown(signed.url)
    if archive.trusted:
        return openpgp.unsigned(signed.content), (), ()
    if archive.signed_by is None:
        raise ConfigError(f"{archive.origin}: archive {archive.name} needs `signed-by`, or `trusted: true`")
    if not signed.signature and not openpgp.is_clearsigned(signed.content):
        raise TrustError(f"{place}: not signed", "`trusted: true` would take it unsigned; better ask who runs it")
    ring = openpgp.dearmor(archive.signed_by.read_bytes(), str(archive.signed_by))
    keys = openpgp.keys(ring, str(archive.signed_by))
    with scratch(folder / "verify") as place_aside:
        status, content = checked(signed, ring, place_aside)
    verdict = gpgv.verdict(status, keys)
    signers = gpgv.judge(verdict, place, keys)
    return content, signers, tuple(sorted(verdict.refused))


def checked(signed: Signed, ring: bytes, folder: Path) -> tuple[bytes, bytes]:
    """Let gpgv look at a signed file; gives its status lines and what the signature is over."""
    keyring, file, other = folder / "keyring.gpg", folder / "signed", folder / "other"
    keyring.write_bytes(ring)
    file.write_bytes(signed.content)
    if signed.signature:
        other.write_bytes(signed.signature)
        argv = gpgv.verify_detached(keyring, other, file)
    else:
        argv = gpgv.verify(keyring, file, other)
    done = run(argv, capture=True, ok=gpgv.ANY_OUTCOME, package=gpgv.PACKAGE)
    text = file if signed.signature else other
    return done.stdout, text.read_bytes() if text.exists() else b""


def check_suite(archive: Archive, suite: str, signed: Signed, found: Release) -> None:
    """Refuse the Release file of another suite than was asked for, however well it is signed."""
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


def check_dates(
    archive: Archive, signed: Signed, found: Release, known: Known | None, memory: Memory, offline: bool
) -> bool:
    """Refuse what is from the future, expired, or older than what was accepted before; gives whether it is expired."""
    place, now = shown(signed.url), time.time()
    if found.date > now + CLOCK_ERROR:
        raise TrustError(f"{place}: its Date is {date(found.date)}, now it is {date(now)}", "is this clock right?")
    if known and found.date < known.date:
        raise TrustError(
            f"{place}: its Date is {date(found.date)}, older than {date(known.date)}, which was accepted before",
            f"an old state is served again; if that is meant, remove {memory.file}",
        )
    over = is_over(found.valid_until)
    if over and not (archive.allow_expired or offline):
        told = f"{place}: was valid until {date(found.valid_until or 0)}, now it is {date(now)}"
        raise TrustError(told, "`allow_expired: true` takes it all the same, as an archive of snapshots needs")
    return over


def is_over(valid_until: int | None) -> bool:
    """Tell whether a Valid-Until has passed."""
    return valid_until is not None and valid_until < time.time()


def date(seconds: float) -> str:
    """Put a time as Release files do."""
    return time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime(seconds))
