"""Ship the public half of the key that the compose is signed with."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.errors import MachineError
from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.model.paths import FORMER_KEY_HOME
from composelib.task import Task


@dataclass(frozen=True)
class KeyJob:
    """The key that signs, and the file that its public half goes to."""

    sign: str | None
    """The fingerprint of a key in GNUPGHOME; None for the checkout's own in `key_home`."""
    key_home: Path
    build: Path
    """The build folder, where earlier versions kept the checkout's own key."""
    target: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return the one task; if no key is configured, it first makes the checkout's own."""
    job = KeyJob(compose.sign, compose.paths.key_home, compose.build, compose.paths.archive_key)
    return (
        Task(
            name="public",
            doc="ship the key that verifies this compose",
            run=partial(ship_key, job),
            inputs=(),
            outputs=(job.target,),
            uses={"sign": job.sign},
            consulted=(job.build / FORMER_KEY_HOME / "private-keys-v1.d",),
            probe=partial(probe_keyring, job),
            tools=("gpg",),
            pool="sign",
        ),
    )


def ship_key(job: KeyJob) -> None:
    """Write the armored public half of the key. Raise MachineError if there is no such key."""
    from composelib.tools import gpg, own_key  # loaded when a task runs

    if job.sign is None:
        own_key.provide_key(job.key_home, job.build)
    signer = gpg.find_signer(job.sign, job.key_home)
    for key in signer.key.split() or [""]:
        if not gpg.export_public_key(gpg.Signer(key, signer.home)):
            raise MachineError(
                f"signing key {key or job.key_home}: no such key", "`gpg --list-secret-keys` lists the keys you have"
            )
    write_file(job.target, gpg.export_public_key(signer))


def probe_keyring(job: KeyJob) -> str:
    """Return a token of the keyring's state without starting gpg: a key with a new expiry date is shipped again."""
    if job.sign is None:
        if (job.build / FORMER_KEY_HOME).exists():
            return "an earlier version's key is in the build folder"
        return "its key is gone" if job.target.exists() and not job.key_home.exists() else ""
    from composelib.tools import gpg

    home = gpg.find_signer(job.sign, job.key_home).home
    keyrings = [home / name for name in gpg.KEYRING[:2] if (home / name).is_file()]
    return " ".join(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in keyrings)
