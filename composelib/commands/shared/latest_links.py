"""The links to the composes that were published last: `latest`, and one for each version and type."""

from __future__ import annotations

import re
from pathlib import Path

from composelib.errors import ComposeError
from composelib.files import discard
from composelib.model.compose_id import ID
from composelib.model.paths import LATEST

DAY = re.compile(r"-[0-9]{8}(?P<type>(?:\.(?:n|t|ci|d))?)\.[0-9]+$")


def name_links(name: str) -> tuple[str, ...]:
    """Return the links that lead to the newest compose like the one of this ID: `latest`, `latest-demo-12.n`."""
    return (LATEST, f"{LATEST}-{DAY.sub(lambda match: match['type'], name)}")


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
