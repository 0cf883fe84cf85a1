"""gpg(1): signs with the compose's key, and checks beforehand whether that will work.

A signature's time is SOURCE_DATE_EPOCH (or the key's own newest date, when that is later): with the signature schemes
of today's keys the same text signed by the same key is then the same file, wherever and whenever it is signed.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path

from composelib.archive.format import openpgp
from composelib.dataclass import dataclass
from composelib.errors import ComposeError, MachineError
from composelib.tools.root_user import find_home
from composelib.tools.run import ToolError, run

BORN = "20100101T000000!"
"""The date of the checkout's own key: earlier than anything that it will sign."""
KEYRING = ("pubring.kbx", "pubring.gpg", "private-keys-v1.d")
PASSING = shutil.ignore_patterns("S.*", "*.lock", ".#*", "*~")
"""Files of a GNUPGHOME that belong to a running program."""
SOCKET_ROOM = 60  # characters of a folder's path that leave room for a socket's name (unix(7): 108 in all)
TIMEOUT = 60  # seconds that a command may take
UNUSABLE = {"e": "has expired", "r": "is revoked", "d": "is disabled", "i": "is not valid", "n": "is not valid"}
CAUSES = (
    (re.compile(r"pinentry|passphrase|ioctl|cancel", re.IGNORECASE), "needs a passphrase that no agent has"),
    (re.compile(r"agent|connect|IPC", re.IGNORECASE), "cannot be reached: gpg-agent does not answer"),
)


@dataclass(frozen=True)
class Signer:
    """The key that signs, or several, each of which does."""

    key: str
    """Its fingerprint, or those of all, separated by blanks; empty for the only one in `home`."""
    home: Path
    """Its GNUPGHOME."""


@dataclass(frozen=True)
class Keyring:
    """A GNUPGHOME that a program can sign with: put `prefix` before its argv and `env` into its environment."""

    home: Path
    prefix: tuple[str, ...]
    env: dict[str, str]


def find_signer(sign: str | None, key_home: Path) -> Signer:
    """Return the signer of a compose: a key of the user's GNUPGHOME, or the checkout's own in `key_home`."""
    if sign is None:
        return Signer("", key_home)
    return Signer(sign, Path(os.environ.get("GNUPGHOME") or Path.home() / ".gnupg"))


def gpg(home: Path, *words: str | Path) -> list[str]:
    """Return a command of gpg that reads no options file, never prompts and trusts the keys that it uses."""
    options = ("--no-options", "--homedir", home, "--batch", "--no-tty", "--pinentry-mode", "error")
    return [str(word) for word in ("gpg", *options, "--trust-model", "always", *words)]


def generate(home: Path, name: str) -> list[str]:
    """Return the command that makes an Ed25519 key without a passphrase."""
    return gpg(
        home, "--faked-system-time", BORN, "--passphrase", "", "--quick-generate-key", name, "ed25519", "sign", "never"
    )


def export(signer: Signer) -> list[str]:
    """Return the command that prints the public half of a key, armored and without others' signatures."""
    return gpg(signer.home, "--armor", "--export-options", "export-minimal", "--export", *signer.key.split())


def list_secret_keys(signer: Signer, home: Path) -> list[str]:
    """Return the command that lists the secret keys that match, in gpg's colon format (its doc/DETAILS)."""
    return gpg(home, "--with-colons", "--no-autostart", "--list-secret-keys", *signer.key.split())


def list_dates(signer: Signer) -> list[str]:
    """Return the command that lists a key with its subkeys, signatures and their times, in colon format."""
    return gpg(signer.home, "--with-colons", "--list-sigs", *signer.key.split())


def sign(key: str, home: Path, time: int, form: Sequence[str]) -> list[str]:
    """Return the command that signs standard input; `form` is `--clearsign` or `[--armor] --detach-sign`."""
    users = (word for fingerprint in key.split() for word in ("--local-user", fingerprint))
    fixed = ("--faked-system-time", f"{time}!", "--digest-algo", "SHA512")
    return gpg(home, "--quiet", "--no-autostart", *fixed, *users, *form)


def verify(keyring: Path, *files: Path) -> list[str]:
    """Return the command that checks a clearsigned file, or a detached signature and its file."""
    return ["gpgv", "--logger-fd", "1", "--keyring", str(keyring.absolute()), *map(str, files)]


def is_signed_by(key: Path, *signed: tuple[Path, ...]) -> bool:
    """Return whether all signatures were made by an armored key; each of `signed` is the files that `verify` takes."""
    with short_folder() as folder:
        keyring = folder / "key.gpg"
        keyring.write_bytes(openpgp.dearmor(key.read_bytes(), str(key)))
        try:
            for files in signed:
                run(verify(keyring, *files), timeout=TIMEOUT, capture=True)
        except ToolError:
            return False
    return True


@contextmanager
def open_keyring(signer: Signer) -> Iterator[Keyring]:
    """Yield a keyring to sign with, for one program.

    A running agent of the user's is used, as it may have a passphrase or a card. Else the program gets its own agent,
    which ends with it and so outlives no task, in a folder whose name is short enough for sockets.
    """
    env = {"GNUPGHOME": str(signer.home), "HOME": find_home()}
    if signer.key and is_agent_running(signer.home, env):
        yield Keyring(signer.home, (), env)
        return
    with short_folder() as home:
        for name in KEYRING:
            if (signer.home / name).exists():
                (home / name).symlink_to((signer.home / name).absolute())
        prefix = ("gpg-agent", "--homedir", str(home), "--daemon", "--")
        yield Keyring(home, prefix, {"GNUPGHOME": str(home)})


def is_agent_running(home: Path, env: dict[str, str]) -> bool:
    """Return whether an agent runs for a GNUPGHOME. Raise MachineError if it runs and does not answer."""
    words = ["gpg-connect-agent", "--homedir", str(home), "--no-autostart", "GETINFO pid", "/bye"]
    try:
        answer = run(words, env=env, timeout=TIMEOUT, ok=(0, 1, 2), capture=True).stdout
    except ToolError as error:
        raise MachineError(f"{home}: gpg-agent does not answer ({error.message})", "gpgconf --kill gpg-agent") from None
    return b"OK" in answer


@contextmanager
def short_folder() -> Iterator[Path]:
    """Yield a private folder whose path is short enough for a socket in it; remove it after the block."""
    temporary = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="gpg-", dir=temporary if len(temporary) < SOCKET_ROOM else "/tmp"))  # noqa: S108 - mkdtemp's is private
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # its agent notices that, ends and removes its sockets


def call(ring: Keyring, argv: Sequence[str], content: bytes = b"", *, ok: tuple[int, ...] = (0,)) -> tuple[int, bytes]:
    """Run a program that signs, with its agent; return its exit status and its output."""
    words = [*ring.prefix, *argv]
    ended = run(words, env=ring.env, input=content, capture=True, ok=ok, timeout=TIMEOUT)
    return ended.returncode, ended.stdout


def clearsign(signer: Signer, content: bytes, epoch: int) -> bytes:
    """Return a text within a signature (the form of InRelease)."""
    return make_signature(signer, content, epoch, ("--clearsign",))


def sign_detached(signer: Signer, content: bytes, epoch: int) -> bytes:
    """Return an armored detached signature (the form of Release.gpg)."""
    return make_signature(signer, content, epoch, ("--armor", "--detach-sign"))


def sign_binary(signer: Signer, content: bytes, epoch: int) -> bytes:
    """Return a detached signature that is not armored (the form of OSTree)."""
    return make_signature(signer, content, epoch, ("--detach-sign",))


def make_signature(signer: Signer, content: bytes, epoch: int, form: Sequence[str]) -> bytes:
    """Return gpg's signature of a text; `form` is as for `sign`. Raise ToolError if gpg fails."""
    time = max(epoch, read_newest_date(signer))
    with open_keyring(signer) as ring:
        signature = call(ring, sign(signer.key, ring.home, time, form), content)[1]
    if not is_whole(signature):
        raise ToolError("gpg ended with exit status 0, but printed no whole signature", "see the log")
    return signature


def is_whole(signature: bytes) -> bool:
    """Return whether a signature is complete: armored to its last line, or binary and whole packets."""
    if signature.startswith(b"-----BEGIN"):
        return signature.endswith(b"-----END PGP SIGNATURE-----\n")
    end = 0
    while end < len(signature):
        try:
            _, start, length = openpgp.read_packet_header(signature, end)
        except IndexError:
            return False
        end = start + length
    return 0 < end == len(signature)


@cache
def read_newest_date(signer: Signer) -> int:
    """Return the newest time within a key; an earlier signature by it would not be valid."""
    return find_newest_date(run(list_dates(signer), capture=True, timeout=TIMEOUT).stdout.decode(errors="replace"))


def find_newest_date(printed: str) -> int:
    """Return the newest time of keys and signatures in a listing in colon format."""
    fields = [line.split(":") for line in printed.splitlines()]
    return max((int(field[5]) for field in fields if len(field) > 5 and field[5].isdigit()), default=0)  # noqa: PLR2004 - the sixth is the time


def list_fingerprints(public: Path) -> tuple[str, ...]:
    """Return the fingerprints of the keys in a file."""
    with short_folder() as home:
        listing = run(gpg(home, "--with-colons", "--show-keys", public), capture=True, timeout=TIMEOUT).stdout.decode()
    rows = [line.split(":") for line in listing.splitlines()]
    primary = (following for row, following in pairwise(rows) if row[0] == "pub" and following[0] == "fpr")
    return tuple(row[9] for row in primary)


def read_newest_date_in(public: Path) -> int:
    """Return the newest time within the keys in a file."""
    with short_folder() as home:
        words = gpg(home, "--with-colons", "--with-sig-list", "--show-keys", public)
        printed = run(words, capture=True, timeout=TIMEOUT).stdout.decode(errors="replace")
    return find_newest_date(printed)


def export_public_key(signer: Signer) -> bytes:
    """Return the public half of a key, armored."""
    return run(export(signer), capture=True, timeout=TIMEOUT).stdout


def make_key(home: Path, name: str) -> None:
    """Make a key without a passphrase in a new folder, its GNUPGHOME."""
    with short_folder() as folder:
        call(Keyring(folder, ("gpg-agent", "--homedir", str(folder), "--daemon", "--"), {}), generate(folder, name))
        shutil.copytree(folder, home, ignore=PASSING)
    home.chmod(0o700)


def check_signers(signer: Signer) -> None:
    """Check each key that signs, as check_signer does."""
    for key in signer.key.split() or [""]:
        check_signer(Signer(key, signer.home))


def check_signer(signer: Signer) -> None:
    """Check, by signing, that a key can sign.

    Raise MachineError with the reason if it cannot: the key is missing, ambiguous, expired, revoked, not for signing or
    in need of a passphrase, or its agent does not answer.
    """
    title = f"signing key {signer.key or 'of the checkout'} in {signer.home}"
    if not signer.home.is_dir():
        raise MachineError(f"{title}: there is no such folder", "set GNUPGHOME to the folder that has the key")
    with open_keyring(signer) as ring:
        _, printed = call(ring, list_secret_keys(signer, ring.home), ok=(0, 2))
    check_listing(title, printed.decode(errors="replace"))
    try:
        test_signature(signer)
    except ComposeError as error:
        raise MachineError(f"{title} {error.message}", error.hint) from None


def check_listing(title: str, printed: str) -> None:
    """Check that gpg's listing of secret keys has exactly one, which can sign. Raise MachineError if not."""
    keys = [line.split(":") for line in printed.splitlines() if line.startswith("sec:")]
    if not keys:
        raise MachineError(f"{title}: no such secret key", "`gpg --list-secret-keys` lists those you have")
    if len(keys) > 1:
        raise MachineError(
            f"{title}: {len(keys)} keys match: {', '.join(key[4] for key in keys)}", "use the whole fingerprint of one"
        )
    validity, capabilities = keys[0][1], keys[0][11]
    if validity in UNUSABLE:
        raise MachineError(f"{title} {UNUSABLE[validity]}", "extend it with `gpg --edit-key KEY`, or name another key")
    if "S" not in capabilities:
        raise MachineError(f"{title} cannot be used to sign", "name a key with the capability S")


def test_signature(signer: Signer) -> None:
    """Sign a word, as a test. Raise ComposeError with the reason if that fails."""
    user = ("--local-user", signer.key) if signer.key else ()
    words = ("--no-autostart", "--logger-fd", "1", *user, "--armor", "--detach-sign")
    with open_keyring(signer) as ring:
        status, printed = call(ring, gpg(ring.home, *words), b"test\n", ok=(0, 1, 2))
    if status == 0:
        return
    message = printed.decode(errors="replace").strip()
    cause = next((cause for pattern, cause in CAUSES if pattern.search(message)), f"cannot sign: {message}")
    raise ComposeError(cause, "unlock it in a running gpg-agent, or use a key without a passphrase")
