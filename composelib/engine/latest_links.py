"""The links to the composes that were published last: `latest`, and one for each version and type.

Where they lead is remembered, so that a run finds and mends one that was removed, or leads to what was not published here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.engine.memory import recall, remember
from composelib.errors import ComposeError
from composelib.files import discard, read_link_name
from composelib.model.compose_id import ID
from composelib.model.paths import LATEST
from composelib.program import PROGRAM

if TYPE_CHECKING:
    from composelib.engine.state_db import Records

LINKS = "LINKS"
"""The name under which is remembered where the links lead."""
DAY = re.compile(r"-[0-9]{8}(?P<type>(?:\.(?:n|t|ci|d))?)\.[0-9]+$")


def name_links(name: str) -> tuple[str, ...]:
    """Return the links that lead to the newest compose like the one of this ID: `latest`, `latest-demo-12.n`."""
    return (LATEST, f"{LATEST}-{DAY.sub(lambda match: match['type'], name)}")


def point_links(published: Path, name: str, records: Records) -> None:
    """Point the links to a compose, and remember that. The caller holds the lock."""
    for link in name_links(name):
        point_symlink(published / link, name)
    remember(records, LINKS, json.dumps(recall_links(records) | dict.fromkeys(name_links(name), name), sort_keys=True))


def recall_links(records: Records) -> dict[str, str]:
    """Return which compose each link was last pointed to, by the link's name."""
    links: dict[str, str] = json.loads(recall(records, LINKS) or "{}")
    return links


def restore_links(published: Path, records: Records) -> Iterator[tuple[str, bool]]:
    """Yield a line for each link that leads to no compose it may lead to, and whether it is put back where it led.

    It may lead to any compose published here of its version and type: a user may go back to an earlier one.
    """
    for name, former in recall_links(records).items():
        link = published / name
        target = read_link_name(link)
        if target in records.seals and name in name_links(target):
            continue
        if former not in records.seals and not is_there(link):
            continue  # both were removed: no client asks for this version any more
        if (link.is_symlink() or not link.exists()) and is_folder(published / former):
            point_symlink(link, former)
            yield f"{link}: was changed or removed, and leads to {former} again", True
        else:
            yield (
                f"{link}: is no link to a compose published here; move it away, and `{PROGRAM} publish` makes it again",
                False,
            )


def is_there(path: Path) -> bool:
    """Return whether there is anything, be it a link to nothing."""
    return path.is_symlink() or path.exists()


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder, and no link to one."""
    return path.is_dir() and not path.is_symlink()


def check_links(published: Path, name: str) -> None:
    """Check that the links can be moved to a compose. Raise ComposeError if one is none, or leads to another product's."""
    for link in (published / word for word in name_links(name)):
        if link.is_symlink():
            check_product(link, name)
        elif link.exists():
            raise ComposeError(
                f"{link}: is {'a folder' if link.is_dir() else 'a file'}, not the link to the compose published last",
                "move it away",
            )


def check_product(link: Path, name: str) -> None:
    """Raise ComposeError if a link leads to a compose of another product than that of an ID."""
    former, product = link.readlink().name, name.partition("-")[0]
    if ID.fullmatch(former) and former.partition("-")[0] != product:
        raise ComposeError(
            f"{link}: leads to {former}, which is no compose of {product}",
            "publish each product from a config of its own name, or remove the link",
        )


def point_symlink(link: Path, name: str) -> None:
    """Point the symlink at its sibling `name`, atomically."""
    if link.is_symlink() and link.readlink() == Path(name):
        return
    aside = link.with_name(f".{link.name}.new")
    discard(aside)
    aside.symlink_to(name)
    aside.replace(link)


def list_linked(published: Path) -> set[Path]:
    """Return the composes that a link leads to."""
    return {link.resolve() for link in published.glob(f"{LATEST}*") if link.is_symlink()}
