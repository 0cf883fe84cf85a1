"""Fetches small files of an archive whole, and only if they have changed."""

from __future__ import annotations

import zlib
from contextlib import suppress
from email.utils import formatdate
from urllib.parse import urlsplit

from composelib.dataclass import dataclass
from composelib.errors import TrustError
from composelib.fetch.answer import Answer
from composelib.fetch.errors import NetworkError, NotThereError
from composelib.fetch.http import Agent
from composelib.fetch.retry import persist
from composelib.fetch.url import display_url, to_path
from composelib.text.escape import excerpt
from composelib.text.local_url import is_local

GZIP = 31  # zlib's number for gzip
PACKED = (".gz", ".tgz", ".xz", ".bz2", ".zst", ".br")


@dataclass(frozen=True)
class Document:
    """A file as a server sent it; `content` is None if the caller's copy is still the same."""

    url: str
    content: bytes | None
    etag: str = ""
    modified: str = ""


def fetch_document(agent: Agent, url: str, limit: int, *, etag: str = "", modified: str = "") -> Document:
    """Fetch a file of at most `limit` bytes; with the `etag` or `modified` of the caller's copy, only if it has changed.

    Raise NotThereError, NetworkError, and TrustError if it is longer than `limit` or never came whole.
    """
    if is_local(url):
        return Document(url, read_local(url, limit), modified=read_local_date(url))
    conditions = {"If-None-Match": etag} if etag else {"If-Modified-Since": modified} if modified else {}
    return persist(lambda: read_once(agent, url, limit, conditions), agent.patience)


def read_once(agent: Agent, url: str, limit: int, conditions: dict[str, str]) -> Document:
    """Try once to fetch a file."""
    with agent.get(url, {"Cache-Control": "max-age=0", **conditions}) as answer:
        if answer.status == 304 and conditions:  # noqa: PLR2004 - not modified
            return Document(url, None)
        content = decode(answer, read_bounded(answer, limit), limit)
        return Document(url, content, answer.header("ETag"), answer.header("Last-Modified"))


def decode(answer: Answer, content: bytes, limit: int) -> bytes:
    """Undo a Content-Encoding that was not requested: some servers compress what they have, whatever a client asks for.

    A file whose name says that it is compressed is left as it is: servers call that its encoding, too. Raise TrustError
    for an encoding that is unknown here, is damaged, or hides more than `limit` bytes.
    """
    encoding = answer.header("Content-Encoding").strip().lower()
    if encoding in {"", "identity"} or urlsplit(answer.url).path.endswith(PACKED):
        return content
    message = f"{display_url(answer.url)}: comes with Content-Encoding: {excerpt(encoding)}, which was not requested"
    if encoding not in {"gzip", "x-gzip"}:
        raise TrustError(message, "the server has to send files as they are")
    decoder = zlib.decompressobj(wbits=GZIP)
    try:
        plain = decoder.decompress(content, limit + 1)
    except zlib.error as error:
        raise TrustError(f"{message}; it is damaged: {error}") from None
    if not decoder.eof and len(plain) <= limit:
        raise TrustError(f"{message}; it is cut off")
    if len(plain) > limit:
        raise TrustError(f"{display_url(answer.url)}: longer than {limit} bytes, which no such file is")
    return plain


def read_bounded(answer: Answer, limit: int) -> bytes:
    """Read a body. Raise TrustError at the first block that goes beyond the limit."""
    content = bytearray()
    for block in answer.blocks():
        content += block
        if len(content) > limit:
            raise TrustError(f"{display_url(answer.url)}: longer than {limit} bytes, which no such file is")
    return bytes(content)


def read_local_date(url: str) -> str:
    """Return when a file of this machine was last changed, as a server would say it."""
    with suppress(OSError):
        return formatdate(to_path(url).stat().st_mtime, usegmt=True)
    return ""


def read_local(url: str, limit: int) -> bytes:
    """Read a file of this machine."""
    path = to_path(url)
    try:
        with path.open("rb") as stream:
            content = stream.read(limit + 1)
    except FileNotFoundError:
        raise NotThereError(f"{path}: no such file") from None
    except OSError as error:
        raise NetworkError(f"{path}: {error.strerror}") from None
    if len(content) > limit:
        raise TrustError(f"{path}: longer than {limit} bytes, which no such file is")
    return content
