"""`doit lock`: records the state of each archive that the compose is made of; `locked=1` composes from these states."""

from __future__ import annotations

from composelib.actions.materials import make_lock
from composelib.archive.format.release_date import format_release_date
from composelib.commands.shared.command_line import format_call, load_current_compose
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.errors import ConfigError
from composelib.fetch import lockfile
from composelib.fetch.lockfile import Lock
from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.program import PROGRAM
from composelib.stages.materials import make_job


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
        lock = read_accepted(compose)
        text = lockfile.dump(lock)
        is_current = compose.paths.lock.is_file() and compose.paths.lock.read_text() == text
        if not is_current:
            write_file(compose.paths.lock, text)
        print(f"{compose.paths.lock}: {'unchanged' if is_current else 'written'}")
        for name, suites in lock.archives.items():
            for suite, locked in suites.items():
                print(f"  {name} {suite}: {format_release_date(locked.date)}, {len(locked.indices)} indices")
        return 0


def read_accepted(compose: Compose) -> Lock:
    """Read the last accepted state of each archive. Raise ConfigError if there is none."""
    job = make_job(compose)
    for archive in job.archives:
        if not all(path.is_file() for path in (archive.accepted, *archive.texts)):
            hint = format_call(compose, "inrelease")
            raise ConfigError(f"archive {archive.name}: no state of it was accepted yet", hint)
    return make_lock(job)
