"""Decompression block by block, bounded by the size that an index lists for the content."""

from __future__ import annotations

import bz2
import lzma
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from composelib.errors import TrustError
from composelib.tools.run import ToolError, run

STEP = 1 << 18
MEMORY = 128 << 20  # for an xz dictionary; `xz -9` makes one of 64 MiB
PROGRAMS = {".zst": "zstd", ".lz4": "lz4"}


class DamagedStreamError(Exception):
    """What is compressed is damaged; the file that has it could be read."""


class ReadableStream(Protocol):
    """A file, or a part of one."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none at the end."""


class Decoder(Protocol):
    """The interface that the decoders of bz2 and lzma share."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""

    @property
    def needs_input(self) -> bool:
        """Whether no more output comes without more input."""

    @property
    def unused_data(self) -> bytes:
        """The data after the stream's end."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return at most `max_length` bytes."""


class GzipDecoder:
    """zlib's decoder of gzip, with the interface of the others."""

    def __init__(self) -> None:
        self.inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""
        return self.inner.eof

    @property
    def needs_input(self) -> bool:
        """Whether no more output comes without more input."""
        return not self.inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """The data after the stream's end."""
        return self.inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return at most `max_length` bytes."""
        return self.inner.decompress(self.inner.unconsumed_tail + data, max_length)


DECODERS: dict[str, Callable[[], Decoder]] = {
    ".gz": GzipDecoder,
    ".bz2": bz2.BZ2Decompressor,
    ".xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY),
}


def is_available(suffix: str) -> bool:
    """Return whether files of a suffix (`.xz`, …; empty for plain ones) can be read on this machine."""
    return not suffix or suffix in DECODERS or bool(shutil.which(PROGRAMS.get(suffix, suffix)))


def read_blocks(path: Path, suffix: str, bound: int) -> Iterator[bytes]:
    """Yield a compressed file's content block by block.

    Raise TrustError if the file is damaged or unpacks to more than `bound` bytes, ToolError or MachineError if its
    program fails.
    """
    size = 0
    for block in filter(None, read_raw_blocks(path, suffix, bound)):
        size += len(block)
        if size > bound:
            raise TrustError(f"{path}: unpacks to more than the {bound} bytes that it is listed with")
        yield block


def read_raw_blocks(path: Path, suffix: str, bound: int) -> Iterator[bytes]:
    """Yield the content as the decoder or program for the suffix unpacks it."""
    if suffix in PROGRAMS:
        yield from run_decoder(path, PROGRAMS[suffix], bound)
        return
    with path.open("rb") as stream:
        if not suffix:
            yield from iter(lambda: stream.read(STEP), b"")
            return
        try:
            yield from decode_streams(stream, DECODERS[suffix])
        except DamagedStreamError as error:
            raise TrustError(f"{path}: damaged: {error}") from None


def decode_streams(stream: ReadableStream, make: Callable[[], Decoder]) -> Iterator[bytes]:
    """Yield the content of the streams that a file consists of. Raise DamagedStreamError, and OSError if it cannot be read."""
    data = stream.read(STEP)
    while data:
        decoder = make()
        while True:
            yield decompress_block(decoder, data)
            if decoder.eof:
                break
            data = stream.read(STEP) if decoder.needs_input else b""
            if decoder.needs_input and not data:
                raise DamagedStreamError("cut off")
        data = decoder.unused_data or stream.read(STEP)


def decompress_block(decoder: Decoder, data: bytes) -> bytes:
    """Return what comes of a block. Raise DamagedStreamError for one that is damaged, for which bz2 raises OSError."""
    try:
        return decoder.decompress(data, STEP)
    except (lzma.LZMAError, zlib.error, OSError, EOFError) as error:
        raise DamagedStreamError(str(error)) from None


def run_decoder(path: Path, program: str, bound: int) -> Iterator[bytes]:
    """Yield the content that a program unpacks; prlimit(1) stops it beyond `bound` bytes."""
    unpacked = path.with_name(f"{path.name}.unpacked")
    try:
        with unpacked.open("wb") as target:
            run(["prlimit", f"--fsize={bound + 1}", program, "-dcq", path], stdout=target)
        with unpacked.open("rb") as stream:
            yield from iter(lambda: stream.read(STEP), b"")
    except ToolError:
        raise TrustError(f"{path}: {program} cannot unpack it within {bound} bytes") from None
    finally:
        unpacked.unlink(missing_ok=True)
