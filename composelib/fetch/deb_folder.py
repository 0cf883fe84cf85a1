"""A folder of .debs as an archive: makes the index that it lacks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from composelib.archive.format import deb
from composelib.archive.format.stanza import HostileStanzaError, StanzaError, split_fields
from composelib.errors import ConfigError, TrustError
from composelib.fetch.store import hash_file
from composelib.fetch.url import resolve_inside
from composelib.text.escape import escape


def list_debs(folder: Path) -> list[Path]:
    """Return the .debs below a folder, sorted.

    Raise ConfigError if there is no such folder, TrustError for a name that no index can have and for what is no file.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder}: no such folder of .debs")
    paths = sorted(path for suffix in ("deb", "udeb", "ddeb") for path in folder.rglob(f"*.{suffix}"))
    for path in paths:
        check_entry(path, folder)
    return paths


def check_entry(path: Path, folder: Path) -> None:
    """Raise TrustError for a .deb whose name no index can have, and for what is no regular file or leads to none."""
    if not str(path.relative_to(folder)).isprintable():
        raise TrustError(f"{escape(str(path))}: its name has control characters or is not UTF-8", "rename or remove it")
    if not resolve_inside(path, folder).is_file():
        raise TrustError(f"{path}: is not a file, nor a link to one", "remove it")


def describe_state(folder: Path) -> str:
    """Describe a folder's state without reading the .debs; a folder that does not exist has a state as well.

    Raise TrustError as list_debs() does.
    """
    return digest_entries(list_debs(folder), folder) if folder.is_dir() else "no such folder"


def digest_entries(paths: Iterable[Path], folder: Path) -> str:
    """Return a digest of the names, sizes, times and inodes of files below a folder; of a link to nothing, of the link."""
    digest = hashlib.sha256()
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            status = path.lstat()
        signature = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        digest.update(f"{path.relative_to(folder)}\0{signature}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def read_stanzas(folder: Path) -> Iterator[bytes]:
    """Yield the stanza that an archive's index would have for each .deb. Raise TrustError for a broken one."""
    for path in list_debs(folder):
        yield read_stanza(path, folder)


def read_stanza(path: Path, folder: Path) -> bytes:
    """Return the stanza of one .deb: its control file, then its path, size and SHA256."""
    real = resolve_inside(path, folder)
    size = real.stat().st_size
    try:
        text = read_control(real, size)
        fields = read_field_names(text.rstrip(b"\n"))
    except StanzaError as error:
        raise TrustError(f"{path}: {error}") from None
    if fields & {b"filename", b"size", b"sha256"}:
        raise TrustError(f"{path}: its control file has a field that only an index may have")
    location = f"Filename: {path.relative_to(folder)}\nSize: {size}\nSHA256: {hash_file(real)}\n"
    return text + location.encode()


def read_field_names(stanza: bytes) -> set[bytes]:
    """Return the names of a stanza's fields in lower case; none if it is odd, which its index will say."""
    try:
        return {name.lower() for name, _ in split_fields(stanza)}
    except HostileStanzaError:
        raise
    except StanzaError:
        return {line.partition(b":")[0].lower() for line in stanza.split(b"\n")}


def read_control(path: Path, size: int) -> bytes:
    """Return the control stanza of a .deb."""
    try:
        with path.open("rb") as stream:
            return deb.read_control(stream, size)
    except deb.UnreadableError:
        pass
    from composelib.tools.dpkg_deb import print_control  # noqa: PLC0415 - few .debs are compressed by zstd
    from composelib.tools.run import ToolError, run  # noqa: PLC0415 - as above

    try:
        return run(print_control(path), capture=True).stdout
    except ToolError as error:
        raise StanzaError(f"dpkg-deb cannot read it: {error}") from None


def find_newest(folder: Path) -> int:
    """Return when the newest .deb of a folder was built, 0 if there is none. Raise TrustError for a broken one."""
    times = [0]
    for path in list_debs(folder):
        try:
            with path.open("rb") as stream:
                times.append(deb.read_newest_time(stream, path.stat().st_size))
        except StanzaError as error:
            raise TrustError(f"{path}: {error}") from None
    return max(times)
