"""Look into compressed files and the archives of an initramfs, which may follow each other and be compressed one by one."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Generator, Iterator
from functools import partial

from composelib.image.media.cpio import MAGIC, CpioEntry, CpioError, read_cpio
from composelib.tools import compress
from composelib.tools.run import ToolError, run

ZSTD = b"\x28\xb5\x2f\xfd"
DEEPEST = 4
"""How many times over a file may be packed."""


def unpack_zstd(content: bytes) -> tuple[bytes, bytes]:
    """Return what zstd unpacks; nothing may follow."""
    return run(compress.unpack("zst"), input=content, capture=True).stdout, b""


def unpack_gzip(content: bytes) -> tuple[bytes, bytes]:
    """Return what a gzip stream has, and what follows it."""
    decoder = zlib.decompressobj(wbits=31)
    return decoder.decompress(content), decoder.unused_data


def unpack_by(make: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor], content: bytes) -> tuple[bytes, bytes]:
    """Return what a stream has, by a decoder of the standard library, and what follows it."""
    decoder = make()
    return decoder.decompress(content), decoder.unused_data


UNPACKERS: dict[bytes, Callable[[bytes], tuple[bytes, bytes]]] = {
    b"\x1f\x8b": unpack_gzip,
    b"\xfd7zXZ\0": partial(unpack_by, lzma.LZMADecompressor),
    b"\x5d\0\0": partial(unpack_by, partial(lzma.LZMADecompressor, lzma.FORMAT_ALONE)),
    b"BZh": partial(unpack_by, bz2.BZ2Decompressor),
    ZSTD: unpack_zstd,
}
"""By the bytes that such a file begins with."""


def is_packed(content: bytes) -> bool:
    """Return whether a content is a cpio archive, or compressed in a way that is known."""
    return content.startswith((MAGIC, *UNPACKERS))


def list_packed(content: bytes, depth: int = 0) -> Iterator[CpioEntry]:
    """Yield the files in a packed content, those of an initramfs by their names; what only is compressed has no name.

    What cannot be unpacked is passed over: it is no initramfs that boots.
    """
    while content := content.lstrip(b"\0"):
        if content.startswith(MAGIC):
            content = yield from list_archive(content)
            continue
        unpack = next((unpack for magic, unpack in UNPACKERS.items() if content.startswith(magic)), None)
        if unpack is None or depth == DEEPEST:
            if depth:
                yield CpioEntry("", 0, content)
            return
        try:
            inner, content = unpack(content)
        except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError, ToolError):
            return
        yield from list_packed(inner, depth + 1)


def list_archive(content: bytes) -> Generator[CpioEntry, None, bytes]:
    """Yield the files of the first archive; return what follows it, nothing after a damaged one."""
    try:
        end = yield from read_cpio(content)
    except (CpioError, ValueError):
        return b""
    return content[end:]
