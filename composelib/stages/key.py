"""Ship the public half of the key that the compose is signed with."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.errors import MachineError
from composelib.files import write
from composelib.model.compose import Compose
from composelib.task import Task
from composelib.tools import gpg

OWN = "deb-compose signing key of a checkout"


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give the one task that ships the public half, making the key first where none is configured."""
    return (
        Task(
            name="public",
            doc="ship the key that verifies this compose",
            run=partial(ship_key, compose.sign, compose.paths.key_home, compose.paths.archive_key),
            inputs=(),
            outputs=(compose.paths.archive_key,),
            uses={"sign": compose.sign},
            probe=partial(key_state, compose.sign, compose.paths.key_home, compose.paths.archive_key),
            tools=("gpg",),
            pool="sign",
        ),
    )


def ship_key(sign: str | None, key_home: Path, target: Path) -> None:
    """Write the armored public half of the key; raises MachineError when there is none to export."""
    if sign is None:
        key_home.parent.mkdir(parents=True, exist_ok=True)
        gpg.make_key(key_home, OWN)
    public = gpg.public_key(gpg.signer(sign, key_home))
    if not public:
        raise MachineError(
            f"signing key {sign or key_home}: no such key", "gpg --list-secret-keys shows those there are"
        )
    write(target, public)


def key_state(sign: str | None, key_home: Path, target: Path) -> str:
    """Tell states of the keyring apart without starting gpg: a key that was extended has to be shipped anew."""
    if sign is None:
        return "its key is gone" if target.exists() and not key_home.exists() else ""
    home = gpg.signer(sign, key_home).home
    found = [home / name for name in gpg.KEYRING[:2] if (home / name).is_file()]
    return " ".join(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in found)
