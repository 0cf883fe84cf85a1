"""What is released."""

from __future__ import annotations

from dataclasses import dataclass

from composelib.model.keys.common import SHORT
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import NAME, RecordOf, Text


@dataclass(frozen=True)
class Base:
    """The product that a layered product builds on."""

    short: str = key("Its short name.", SHORT, required=True)
    version: str = key("Its version.", SHORT, required=True)


@dataclass(frozen=True)
class Release:
    """What is released."""

    name: str = key("The name for people to read.", Text("a name", r"\S(?:.*\S)?", longest=128), required=True)
    short: str = key("The name in the compose ID and in file names.", SHORT, required=True)
    version: str = key("The version, as written: `1.10` stays `1.10`.", SHORT, required=True)
    codename: str = key(
        "Codename and Suite of our repositories: the folder in `dists/`.",
        Text("letters, digits and . + _ -, at most 64", NAME),
        required=True,
    )
    base: Base | None = key("For a layered product: what it builds on. It goes into the compose ID.", RecordOf(Base))
