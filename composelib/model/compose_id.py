"""Compose IDs: their form, which a compose has had, and which comes next."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, replace

from composelib.dataclass import dataclass

NAME_PART = r"[A-Za-z0-9][A-Za-z0-9.+_]{0,31}"
ID = re.compile(
    rf"{NAME_PART}-{NAME_PART}(?:-{NAME_PART}-{NAME_PART})?-(?P<day>[0-9]{{8}})(?:\.(?:n|t|ci|d))?\.(?P<respin>[0-9]{{1,9}})"
)
"""SHORT-VERSION-[BASE-BASEVERSION-]YYYYMMDD[.TYPE].RESPIN; its parts are what release and base may be called."""


def is_compose_id(text: str) -> bool:
    """Return whether a text is a compose ID, and so safe as the name of a folder."""
    return ID.fullmatch(text) is not None


@dataclass(frozen=True)
class NamedContent:
    """A compose ID, and the SHA256 of the content that it names."""

    name: str
    content: str


@dataclass(frozen=True)
class IdHistory:
    """The IDs that a compose has had."""

    last: NamedContent = NamedContent("", "")
    """The one that was given last; empty if there was none."""
    published: tuple[NamedContent, ...] = ()
    """Those that were published, the latest last."""
    spent: tuple[str, ...] = ()
    """Those that must not be given again, even for the same content."""

    @staticmethod
    def from_json(text: str) -> IdHistory:
        """Read a history; an empty text is that of a new compose."""
        values = json.loads(text) if text else {}
        return IdHistory(
            NamedContent(**values["last"]) if "last" in values else NamedContent("", ""),
            tuple(NamedContent(**row) for row in values.get("published", ())),
            tuple(values.get("spent", ())),
        )

    def to_json(self) -> str:
        """Return the text that `from_json` reads."""
        return json.dumps(asdict(self), sort_keys=True)

    def find(self, content: str) -> str:
        """Return the ID that this content has: the last given or the last published one; empty if neither names it."""
        candidates = (self.last, *self.published[-1:])
        names = (row.name for row in candidates if row.content == content and row.name not in self.spent)
        return next(names, "")

    def count(self, stem: str, folders: Iterable[str]) -> int:
        """Return the next free respin of an ID without it, given the names of the folders that are published."""
        names = {*(row.name for row in self.published), *self.spent, *filter(is_compose_id, folders)}
        respins = (name.removeprefix(f"{stem}.") for name in names if name.startswith(f"{stem}."))
        return max((int(respin) for respin in respins if respin.isdigit()), default=-1) + 1

    def give(self, name: str, content: str) -> IdHistory:
        """Return the history with an ID given to a content."""
        return replace(self, last=NamedContent(name, content))

    def publish(self) -> IdHistory:
        """Return the history with the last ID published."""
        others = (row for row in self.published if row.name != self.last.name)
        return replace(self, published=(*others, self.last))

    def spend(self, name: str) -> IdHistory:
        """Return the history with an ID that must not be given again."""
        return replace(self, spent=tuple(sorted({*self.spent, name})))
