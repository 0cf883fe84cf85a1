"""`doit lock`: records the state of each archive that the compose is made of; `locked=1` composes from these states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from composelib.archive.format import release
from composelib.archive.format.release_date import format_release_date
from composelib.commands.shared.command_line import format_call, load_current_compose
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.errors import ConfigError
from composelib.fetch import accepted_suite, lockfile
from composelib.fetch.lockfile import LockedSuite
from composelib.files import write_file
from composelib.model.arch import SOURCE
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.program import PROGRAM

Suites = Mapping[str, LockedSuite]


class LockCommand(Question):
    """Writes the lock file."""

    name = "lock"
    doc_purpose = "write composes/NAME.lock: the state of each archive that locked=1 composes from"
    doc_usage = ""
    doc_description = f"Takes the states that the last run accepted; `{PROGRAM} inrelease` accepts the current ones."

    def answer(self, options: Options, words: list[str]) -> int:  # noqa: ARG002 - it has no options
        """Write the lock file; return the exit status."""
        if words:
            raise ConfigError(f"{PROGRAM} lock: {words[0]}: it takes no arguments", f"see `{PROGRAM} help lock`")
        compose = load_current_compose()
        suites_by_archive = {archive.name: read_suites(compose, archive) for archive in list_archives(compose)}
        text = lockfile.dump(suites_by_archive)
        is_current = compose.paths.lock.is_file() and compose.paths.lock.read_text() == text
        if not is_current:
            write_file(compose.paths.lock, text)
        print(f"{compose.paths.lock}: {'unchanged' if is_current else 'written'}")
        for name, suites in suites_by_archive.items():
            for suite, locked in suites.items():
                print(f"  {name} {suite}: {format_release_date(locked.date)}, {len(locked.indices)} indices")
        return 0


def list_archives(compose: Compose) -> Iterator[Archive]:
    """Yield the archives that have Release files; debug archives only if they were read."""
    for archive in compose.archives:
        if archive.uri:
            yield archive
        if archive.debug and compose.paths.signatures(archive.debug).is_file():
            yield archive.debug


def read_suites(compose: Compose, archive: Archive) -> Suites:
    """Read the last accepted state of each suite of an archive. Raise ConfigError if there is none."""
    signatures = compose.paths.signatures(archive)
    locked_suites = {}
    try:
        accepted = accepted_suite.load(signatures.read_text())
        for suite in archive.suites:
            text = release.parse_release(compose.paths.inrelease(archive, suite).read_bytes(), str(signatures))
            names = lockfile.list_index_names(text, archive.components, list_index_arches(compose))
            locked_suites[suite] = lockfile.lock_suite(accepted[suite], text, names)
    except (OSError, KeyError, TypeError, ValueError) as error:
        hint = format_call(compose, "inrelease")
        raise ConfigError(f"archive {archive.name}: no state of it was accepted yet", hint) from error
    return locked_suites


def list_index_arches(compose: Compose) -> tuple[str, ...]:
    """Return the arches whose indices may be read."""
    foreign = [arch for variant in compose.variants if variant.multiarch for arch in variant.multiarch.foreign]
    arches = dict.fromkeys((*compose.arches, *foreign))
    return (*arches, *(f"{arch}-udeb" for arch in arches), "all", SOURCE)
