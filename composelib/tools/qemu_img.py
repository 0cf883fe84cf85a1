"""qemu-img: a raw disk in other formats, and what those have of chance taken out again."""

from __future__ import annotations

import re
import struct
import uuid
from pathlib import Path

FORMATS = {  # ours -> qemu-img's name and options
    "qcow2": ("qcow2", "compat=1.1"),
    "vmdk": ("vmdk", "subformat=monolithicSparse"),
    "vdi": ("vdi", ""),
    "vhd": ("vpc", "subformat=dynamic,force_size=on"),
}
VHD_FOOTER = 512
VHD_EPOCH = 946684800  # seconds from 1970 to 2000
VDI_UUIDS = 0x188  # of the image and of its last snapshot, after one another
VMDK_DESCRIPTOR = slice(512, 512 * 21)


def convert(raw: Path, output: Path, form: str) -> list[str]:
    """Give the command that writes a raw disk in another format, qcow2 compressed (qemu-img(1))."""
    name, options = FORMATS[form]
    words = [*(["-o", options] if options else []), *(["-c"] if form == "qcow2" else [])]
    return ["qemu-img", "convert", "-f", "raw", "-O", name, *words, str(raw), str(output)]


def check(image: Path, form: str) -> list[str]:
    """Give the command that looks through an image's own tables."""
    return ["qemu-img", "check", "-f", FORMATS[form][0], str(image)]


def settle(image: Path, form: str, number: str, epoch: int) -> None:
    """Replace what a format has of chance and time in a new image: UUIDs by `number`, times by `epoch`."""
    with image.open("rb+") as stream:
        if form == "vmdk":
            stream.seek(VMDK_DESCRIPTOR.start)
            text = stream.read(VMDK_DESCRIPTOR.stop - VMDK_DESCRIPTOR.start)
            stream.seek(VMDK_DESCRIPTOR.start)
            stream.write(settled_descriptor(text, number))
        elif form == "vdi":
            stream.seek(VDI_UUIDS)
            stream.write(uuid.UUID(number).bytes * 2)
        elif form == "vhd":
            for place in (0, image.stat().st_size - VHD_FOOTER):
                stream.seek(place)
                footer = settled_footer(stream.read(VHD_FOOTER), number, epoch)
                stream.seek(place)
                stream.write(footer)


def settled_descriptor(text: bytes, number: str) -> bytes:
    """Give a VMDK's descriptor, padded with NULs, with a content ID of ours; qemu-img writes its own without leading zeros."""
    named = re.sub(rb"^CID=[0-9a-f]+$", b"CID=" + number[:8].encode(), text, flags=re.MULTILINE)
    return named.rstrip(b"\0").ljust(len(text), b"\0")


def settled_footer(footer: bytes, number: str, epoch: int) -> bytes:
    """Give a VHD's footer with a time and UUID of ours and the checksum that belongs to them."""
    new = bytearray(footer)
    struct.pack_into(">I", new, 24, max(epoch - VHD_EPOCH, 0))
    new[64:84] = b"\0\0\0\0" + uuid.UUID(number).bytes
    struct.pack_into(">I", new, 64, ~sum(new) & 0xFFFFFFFF)
    return bytes(new)
