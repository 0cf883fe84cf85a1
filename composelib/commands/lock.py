"""`doit lock`: records the state of each archive that the compose is made of; `locked=1` composes from these states."""

from __future__ import annotations

from composelib.actions.materials import make_lock
from composelib.archive.format.release_date import format_release_date
from composelib.commands.shared.command_line import format_call, load_current_compose
from composelib.commands.shared.published import recall_state
from composelib.commands.shared.published_trees import find_tree
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.errors import ConfigError
from composelib.fetch import lockfile
from composelib.fetch.lockfile import AGAIN, Lock, parse
from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.model.paths import LOCK
from composelib.program import PROGRAM
from composelib.stages.materials import make_materials_job


class LockCommand(Question):
    """Writes the lock file."""

    name = "lock"
    doc_purpose = "write composes/NAME.lock: the state of each archive that locked=1 composes from"
    doc_usage = "[--from=TREE]"
    doc_description = (
        f"Takes the states that the last run accepted, unless it was doomed; `{PROGRAM} inrelease` accepts the current ones."
        " With --from, those that a compose was made of: TREE is the path of its tree, or its ID."
    )
    cmd_options = (
        {"name": "tree", "long": "from", "type": str, "default": "", "help": "lock what this compose was made of"},
    )

    def answer(self, options: Options, words: list[str]) -> int:
        """Write the lock file; return the exit status."""
        if words:
            raise ConfigError(f"{PROGRAM} lock: {words[0]}: it takes only --from=TREE", f"see `{PROGRAM} help lock`")
        compose = load_current_compose()
        lock = read_lock(compose, options["tree"]) if options["tree"] else read_accepted(compose)
        text = lockfile.dump(lock)
        is_current = compose.paths.lock.is_file() and compose.paths.lock.read_text() == text
        if not is_current:
            write_file(compose.paths.lock, text)
        print(f"{compose.paths.lock}: {'unchanged' if is_current else 'written'}")
        for name, suites in lock.archives.items():
            for suite, locked in suites.items():
                print(f"  {name} {suite}: {format_release_date(locked.date)}, {len(locked.indices)} indices")
        return 0


def read_lock(compose: Compose, text: str) -> Lock:
    """Read what a compose was made of. Raise ConfigError if its tree does not say it, or it is of other archives."""
    path = find_tree(text, compose.build) / LOCK
    if not path.is_file():
        raise ConfigError(f"{path}: is not there: an earlier version made that compose", AGAIN)
    lock = parse(path.read_bytes(), str(path))
    for archive in make_materials_job(compose).archives:
        for suite in archive.suites:
            lock.require_suite(archive.name, suite)
    return lock


def read_accepted(compose: Compose) -> Lock:
    """Read the last accepted state of each archive. Raise ConfigError if there is none, or a run of it was doomed."""
    if recall_state(compose).status == "DOOMED":
        raise ConfigError(
            f"{compose.name}: its last run was doomed, so the states that it accepted are not locked",
            f"mend it and run again, or `{format_call(compose, 'lock', '--from=latest')}` locks what was published",
        )
    job = make_materials_job(compose)
    for archive in job.archives:
        if not all(path.is_file() for path in (archive.accepted, *archive.texts)):
            hint = format_call(compose, "inrelease")
            raise ConfigError(f"archive {archive.name}: no state of it was accepted yet", hint)
    return make_lock(job)
