"""Where a container is pushed to."""

from __future__ import annotations

from pathlib import Path

from composelib.dataclass import dataclass
from composelib.model.keys.declaration import key
from composelib.model.keys.value_types import FilePath, Text

ADDRESS = Text(
    "a registry's name for it",
    r"[A-Za-z0-9{][^\s@]*",
    "HOST/NAME:TAG; a login belongs in skopeo's auth file",
    environment=True,
    placeholders=True,
)


@dataclass(frozen=True)
class ContainerPush:
    """Where a container is pushed to."""

    push: str = key("Where it is pushed to; {placeholders} are filled in.", ADDRESS)
    cosign_key: Path | None = key(
        "A private key in PEM, by which what is pushed is signed as by cosign.", FilePath("file"), only_with=("push",)
    )
