"""`doit publish`: verifies the finished compose, freezes it under its ID, then moves `latest` to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from composelib.commands.shared.channel_move import publish_tree, require_channel
from composelib.commands.shared.command_line import format_call, load_current_compose
from composelib.commands.shared.destination import open_destination
from composelib.commands.shared.frozen_tree import freeze
from composelib.commands.shared.kept_files import KeptFiles, find_kept, put_kept, write_list
from composelib.commands.shared.program_log import log_programs
from composelib.commands.shared.published import (
    ComposeState,
    open_records,
    recall_state,
    record_published,
    seal_unsealed,
    settle_published,
    take_id,
)
from composelib.commands.shared.published_config import remember_config
from composelib.commands.shared.published_index import write_published_index
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.engine.latest_links import check_links, point_links
from composelib.engine.ownership import hold_compose
from composelib.engine.sweep import find_unpublished
from composelib.errors import ComposeError, ConfigError
from composelib.fetch.store import Store, open_store
from composelib.files import read_epoch
from composelib.model.compose import Compose
from composelib.model.compose_id import is_compose_id
from composelib.program import PROGRAM
from composelib.text.size import format_size
from composelib.tools import gpg
from composelib.verify.inventory import Inventory
from composelib.verify.tree import examine_tree, verify_tree

CHANNEL = "nightly"
COMPLETE, INCOMPLETE = "FINISHED", "FINISHED_INCOMPLETE"
MAX_PROBLEMS = 20  # reported problems; the rest is counted


class PublishCommand(Question):
    """Publishes a compose."""

    name = "publish"
    doc_purpose = "freeze the finished compose under its ID, then move `latest` to it"
    doc_usage = "[--to=DEST [--channel=NAME]]"
    doc_description = (
        f"Refuses what `{PROGRAM} verify` finds fault with. Files are read-only copies, or links to the store and to large files. "
        "`latest` moves for what is FINISHED, and with `latest: incomplete` for what is FINISHED_INCOMPLETE. "
        "Publishing the same compose again does nothing. With --to it is copied to a folder, to rsync:HOST:PATH or to"
        " rclone:REMOTE:PATH, where a channel then leads to it, `nightly` unless --channel names another."
    )
    cmd_options = (
        {"name": "to", "long": "to", "type": str, "default": "", "help": "copy it there, too"},
        {"name": "channel", "long": "channel", "type": str, "default": CHANNEL, "help": "the channel that leads to it"},
    )

    def answer(self, options: Options, words: list[str]) -> int:
        """Publish the compose; return the exit status."""
        if words:
            raise ConfigError(
                f"{PROGRAM} publish: {words[0]}: it takes no arguments", "compose=NAME names another compose"
            )
        channel = require_channel(options["channel"])
        destination = open_destination(options["to"]) if options["to"] else None
        if destination is None and channel != CHANNEL:
            raise ConfigError(f"--channel={channel}: a channel is one of a destination", "name that with --to=DEST")
        compose = load_current_compose()
        if not compose.paths.root.is_dir():
            raise ComposeError(f"{compose.name}: it is not made yet", f"run `{format_call(compose)}` first")
        with hold_compose(compose):
            print(publish(compose))
            write_published_index(compose.paths.published)
            if destination:
                tree = compose.paths.published / recall_state(compose).ids.last.name
                with log_programs(compose.paths.log("publish", channel)):
                    line = publish_tree(compose, destination, channel, tree)
                print(line)
        return 0


def publish(compose: Compose) -> str:
    """Publish a compose and return a line for the user. Raise ComposeError if it is not finished or not in order."""
    state = recall_state(compose)
    inventory = check_finished(compose, state)
    name = state.ids.last.name
    check_links(compose.paths.published, name)
    check_beside(compose.paths.published)
    target = compose.paths.published / name
    if target.exists():
        check_same(compose, target)
        seal_unsealed(compose, target)
        return f"{name}: it is already published{move_links(compose, state)}"
    former = find_former(compose, state)
    record_published(compose)
    with closing(open_records(compose)) as records:
        remember_config(compose, records, name)
    store = open_store(compose.paths.store)
    add = partial(keep_files, compose, find_kept(former, inventory.listed), store)
    frozen = freeze(compose.paths.tree, target, store, inventory.list_pool(), add)
    settle_published(
        compose, frozen.relinked, target, {path: listed.sha256 for path, listed in inventory.listed.items()}
    )
    size = format_size(frozen.size)
    return f"{name}: published, {frozen.files} files, {size}: {target}{move_links(compose, state)}"


def check_beside(published: Path) -> None:
    """Raise ComposeError if anything lies beside the published composes that is none."""
    strays = list(find_unpublished(published))
    if strays:
        raise ComposeError(f"{', '.join(strays[:MAX_PROBLEMS])}: `{PROGRAM} publish` did not make it", "move it away")


def find_former(compose: Compose, state: ComposeState) -> Path:
    """Return the tree that was published last and still exists: the one that clients have the lists of."""
    names = (*(row.name for row in reversed(state.ids.published)), compose.paths.latest.resolve().name)
    trees = (compose.paths.published / name for name in names)
    return next((tree for tree in trees if tree.is_dir()), compose.paths.latest)


def keep_files(compose: Compose, kept: KeptFiles, store: Store, target: Path) -> None:
    """Put into a tree what clients of the former one may ask for, and sign the list of it; nothing if that is empty."""
    text = put_kept(kept, target, store)
    if text:
        signer = gpg.find_signer(compose.sign, compose.paths.key_home)
        with log_programs(compose.paths.log("publish", "publish")):
            signature = gpg.sign_detached(signer, text, read_epoch(compose.paths.epoch))
        write_list(target, text, signature)


def check_finished(compose: Compose, state: ComposeState) -> Inventory:
    """Check that the compose is finished, as the state has it, and in order; return what it has. Raise ComposeError."""
    if state.status not in {COMPLETE, INCOMPLETE}:
        raise ComposeError(
            f"{compose.name}: {state.status or 'not made yet'}: only a finished compose can be published",
            f"run `{format_call(compose)}` first",
        )
    inventory = examine_tree(compose.paths.tree)
    problems = [*check_words(compose, state), *(f"{inventory.root}/{line}" for line in sorted(set(inventory.problems)))]
    if problems:
        raise ComposeError(
            f"{compose.name}: not everything is in order:{format_problems(problems)}\n",
            f"move away what no signed list names, and run `{format_call(compose)}` again",
        )
    if inventory.expired:
        raise ComposeError(
            f"{compose.name}: {'; '.join(inventory.expired)}", f"run `{format_call(compose)}` again: it signs anew"
        )
    return inventory


def format_problems(problems: list[str]) -> str:
    """Return the lines of problems; of many, the first ones and the number of the others."""
    more = [f"… and {len(problems) - MAX_PROBLEMS} more"] if len(problems) > MAX_PROBLEMS else []
    return "".join(f"\n  {line}" for line in [*problems[:MAX_PROBLEMS], *more])


def check_words(compose: Compose, state: ComposeState) -> Iterator[str]:
    """Yield which of the files that only repeat what the state has say something else."""
    name = state.ids.last.name
    if not is_compose_id(name):
        yield f"{compose.paths.root / 'state.sqlite'}: has no ID for the compose"
    for path, word in ((compose.paths.compose_id, name), (compose.paths.status, state.status)):
        if not path.is_file() or path.read_bytes() != f"{word}\n".encode():
            yield f"{path}: is not {word}, as it was made"


def check_same(compose: Compose, published: Path) -> None:
    """Check that a published tree is undamaged and the present compose's. Raise ComposeError."""
    problems = [f"{published}/{line}" for line in verify_tree(published, compose.paths.archive_key)]
    if not have_same_list(compose.paths.tree, published) and not problems:
        take_id(compose, published.name)
        raise ComposeError(
            f"{published}: it is already published, with different content",
            f"run `{format_call(compose)}` again: its ID gets the next number",
        )
    if problems:
        raise ComposeError(
            f"{published}: it was damaged since it was published:{format_problems(problems)}\n",
            f"move it away and publish again, or run `{PROGRAM}`, which heals what it can",
        )


def have_same_list(*trees: Path) -> bool:
    """Return whether verified trees list the same sums, which means that they have the same content."""
    return len({(tree / "SHA256SUMS").read_bytes() if (tree / "SHA256SUMS").is_file() else b"" for tree in trees}) == 1


def move_links(compose: Compose, state: ComposeState) -> str:
    """Point the links to the compose that was published, if it may be the latest; return what is to be said of it."""
    if state.status != COMPLETE and compose.latest != "incomplete":
        return "; latest stays, as it is FINISHED_INCOMPLETE (`latest: incomplete` in the config moves it)"
    with closing(open_records(compose)) as records:
        point_links(compose.paths.published, state.ids.last.name, records)
    return ""
