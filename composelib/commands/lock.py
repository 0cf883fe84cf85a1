"""`doit lock`: keep in a file which state of each archive the compose is made of; `locked=1` composes from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from composelib.archive.format import release
from composelib.commands import current_compose
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.errors import ConfigError
from composelib.fetch import accepted_suite, lockfile
from composelib.fetch.lockfile import LockedSuite, shown
from composelib.files import write
from composelib.model.arch import SOURCE
from composelib.model.archive import Archive
from composelib.model.compose import Compose

Suites = Mapping[str, LockedSuite]


class Lock(Question):
    """Writes the lock."""

    name = "lock"
    doc_purpose = "write composes/NAME.lock: the state of each archive that locked=1 composes from"
    doc_usage = ""
    doc_description = "Takes the states that the last run accepted (doit inrelease accepts what is there now)."

    def answer(self, options: Options, words: list[str]) -> int:  # noqa: ARG002 - it has no options
        """Write the file; gives the exit status."""
        if words:
            raise ConfigError(f"doit lock: {words[0]}: it takes no words", "doit help lock")
        compose = current_compose()
        found = {archive.name: suites(compose, archive) for archive in archives(compose)}
        text = lockfile.dump(found)
        same = compose.paths.lock.is_file() and compose.paths.lock.read_text() == text
        if not same:
            write(compose.paths.lock, text)
        print(f"{compose.paths.lock}: {'unchanged' if same else 'written'}")
        for name, each in found.items():
            for suite, locked in each.items():
                print(f"  {name} {suite}: {shown(locked.date)}, {len(locked.indices)} indices")
        return 0


def archives(compose: Compose) -> Iterator[Archive]:
    """Return the archives that have Release files and are read."""
    for archive in compose.archives:
        if archive.uri:
            yield archive
        if archive.debug and compose.paths.signatures(archive.debug).is_file():
            yield archive.debug


def suites(compose: Compose, archive: Archive) -> Suites:
    """Return the state of each suite of an archive that was accepted last. Raise ConfigError if none was."""
    signatures = compose.paths.signatures(archive)
    found = {}
    try:
        known = accepted_suite.load(signatures.read_text())
        for suite in archive.suites:
            text = release.parse(compose.paths.inrelease(archive, suite).read_bytes(), str(signatures))
            names = lockfile.index_names(text, archive.components, arches(compose))
            found[suite] = lockfile.locked(known[suite], text, names)
    except (OSError, KeyError, TypeError, ValueError) as error:
        hint = f"doit compose={compose.name} inrelease"
        raise ConfigError(f"archive {archive.name}: no state of it was accepted yet", hint) from error
    return found


def arches(compose: Compose) -> tuple[str, ...]:
    """Return the arches of which indices may be read."""
    foreign = [arch for variant in compose.variants if variant.multiarch for arch in variant.multiarch.foreign]
    found = dict.fromkeys((*compose.arches, *foreign))
    return (*found, *(f"{arch}-udeb" for arch in found), "all", SOURCE)
