"""The signatures of a tree: each must be made with its one key, and be written as gpg writes it."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from composelib.archive.format import openpgp
from composelib.dataclass import dataclass
from composelib.errors import TrustError
from composelib.tools import gpg
from composelib.tools.run import ToolError, run
from composelib.verify.inventory import Inventory

KEY = "archive-key.asc"
WRONG = f"its signature was not made with {KEY}"
TIMEOUT = 60


@dataclass(frozen=True)
class SignatureChecker:
    """A keyring with the one key that is trusted, and a folder for files that gpgv reads."""

    keyring: Path
    folder: Path

    def accepts(self, *contents: bytes) -> bool:
        """Return whether a clearsigned text, or a detached signature of a text after it, is good."""
        files = []
        for number, content in enumerate(contents):
            path = self.folder / f"signed{number}"
            path.write_bytes(content)
            files.append(path)
        with contextlib.redirect_stdout(io.StringIO()):  # the calls of programs that it prints are noise here
            try:
                run(gpg.verify(self.keyring, *files), timeout=TIMEOUT, capture=True)
            except ToolError:
                return False
        return True


def locate_key(root: Path) -> Path:
    """Return the path of a tree's own key. Raise TrustError if it is no regular file."""
    key = root / KEY
    if key.is_symlink() or not key.is_file():
        raise TrustError(f"{key}: there is no such file", "name the key with --key=FILE")
    return key


@contextmanager
def open_key(key: Path) -> Iterator[SignatureChecker]:
    """Yield the checker of signatures by a key, armored or not. Raise TrustError if it is no key."""
    with tempfile.TemporaryDirectory(prefix="verify-") as name:
        keyring = Path(name, "key.gpg")
        try:
            keyring.write_bytes(openpgp.dearmor(key.read_bytes(), str(key)))
        except OSError as error:
            raise TrustError(f"{key}: {error.strerror}", "name the key with --key=FILE") from None
        yield SignatureChecker(keyring, Path(name))


def read_signed(inventory: Inventory, checker: SignatureChecker, path: str, signature: str) -> bytes | None:
    """Return a file's content if its detached signature beside it is good; None, and a problem, if it is not."""
    if path not in inventory.files or signature not in inventory.files:
        inventory.report(path if path not in inventory.files else signature, "is missing")
        return None
    content, detached = ((inventory.root / name).read_bytes() for name in (path, signature))
    if not checker.accepts(detached, content):
        inventory.report(path, f"{signature} is no good signature of it by {KEY}")
        return None
    if not openpgp.is_canonical_armor(detached):
        inventory.report(signature, "is not as gpg wrote it")
    return content
