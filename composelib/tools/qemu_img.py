"""qemu-img: a raw disk in other formats, without the random IDs and times that those have."""

from __future__ import annotations

import re
import struct
import uuid
from pathlib import Path

from composelib.tools import vhdx

FORMATS = {  # ours -> qemu-img's name and options; `stream.vmdk` is the disk in an OVA
    "qcow2": ("qcow2", "compat=1.1"),
    "vmdk": ("vmdk", "subformat=monolithicSparse"),
    "vdi": ("vdi", ""),
    "vhd": ("vpc", "subformat=dynamic,force_size=on"),
    "azure.vhd": ("vpc", "subformat=fixed,force_size=on"),
    "vhdx": ("vhdx", "subformat=dynamic"),
    "stream.vmdk": ("vmdk", "subformat=streamOptimized"),
}
VHD_FOOTER = 512
VHD_EPOCH = 946684800  # seconds from 1970 to 2000
VDI_UUIDS = 0x188  # of the image and of its last snapshot, after one another
VMDK_DESCRIPTOR = slice(512, 512 * 21)


def convert(raw: Path, output: Path, form: str) -> list[str]:
    """Return the command that writes a raw disk in another format, qcow2 compressed (qemu-img(1))."""
    name, options = FORMATS[form]
    words = [*(["-o", options] if options else []), *(["-c"] if form == "qcow2" else [])]
    return ["qemu-img", "convert", "-f", "raw", "-O", name, *words, str(raw), str(output)]


def create(image: Path, size: int) -> list[str]:
    """Return the command that makes an empty disk of format qcow2."""
    return ["qemu-img", "create", "-q", "-f", "qcow2", str(image), str(size)]


def check(image: Path, form: str) -> list[str]:
    """Return the command that checks an image's own tables."""
    return ["qemu-img", "check", "-f", FORMATS[form][0], str(image)]


def compare_content(raw: Path, image: Path, form: str) -> list[str]:
    """Return the command that checks whether an image has the same content as a raw disk."""
    return ["qemu-img", "compare", "-q", "-f", "raw", "-F", FORMATS[form][0], str(raw), str(image)]


def fix_ids(image: Path, form: str, number: str, epoch: int) -> None:
    """Replace in a new image what differs between runs: its format's UUIDs by `number`, its times by `epoch`."""
    with image.open("rb+") as stream:
        if form in {"vmdk", "stream.vmdk"}:
            stream.seek(VMDK_DESCRIPTOR.start)
            text = stream.read(VMDK_DESCRIPTOR.stop - VMDK_DESCRIPTOR.start)
            stream.seek(VMDK_DESCRIPTOR.start)
            stream.write(fix_descriptor(text, number))
        elif form == "vdi":
            stream.seek(VDI_UUIDS)
            stream.write(uuid.UUID(number).bytes * 2)
        elif form == "vhdx":
            vhdx.replace_ids(stream, number)
        elif form in {"vhd", "azure.vhd"}:
            end = image.stat().st_size - VHD_FOOTER
            for offset in (0, end) if form == "vhd" else (end,):
                stream.seek(offset)
                footer = fix_footer(stream.read(VHD_FOOTER), number, epoch)
                stream.seek(offset)
                stream.write(footer)


def fix_descriptor(text: bytes, number: str) -> bytes:
    """Return a VMDK's descriptor with a fixed content ID, padded with NULs; qemu-img's random ID varies in length."""
    text_with_id = re.sub(rb"^CID=[0-9a-f]+$", b"CID=" + number[:8].encode(), text, flags=re.MULTILINE)
    return text_with_id.rstrip(b"\0").ljust(len(text), b"\0")


def fix_footer(footer: bytes, number: str, epoch: int) -> bytes:
    """Return a VHD's footer with a fixed time and UUID and the checksum that belongs to them."""
    new = bytearray(footer)
    struct.pack_into(">I", new, 24, max(epoch - VHD_EPOCH, 0))
    new[64:84] = b"\0\0\0\0" + uuid.UUID(number).bytes
    struct.pack_into(">I", new, 64, ~sum(new) & 0xFFFFFFFF)
    return bytes(new)


def convert_to_raw(image: Path, output: Path, form: str) -> list[str]:
    """Return the command that writes an image as a raw disk."""
    return ["qemu-img", "convert", "-f", FORMATS[form][0], "-O", "raw", str(image), str(output)]
