"""Convert raw disks and tars to the format and compression that an image is delivered in."""

from __future__ import annotations

import shutil
from pathlib import Path

from composelib.files import link_file, written_aside
from composelib.image.media.written_check import check_compressed, check_converted
from composelib.tools import compress, qemu_img
from composelib.tools.run import run


def deliver(source: Path, form: str, output: Path, uuid: str, epoch: int) -> None:
    """Write a raw disk or a tar in a format, such as `qcow2` or `raw.xz`, to `output`; `uuid` is a disk's."""
    base, _, compression = form.partition(".")
    converted = source.with_suffix(f".{base}")
    if base in qemu_img.FORMATS and not converted.exists():
        run(qemu_img.convert(source, converted, base))
        qemu_img.fix_ids(converted, base, uuid, epoch)
        check_converted(source, converted, base)
    if not compression:
        deliver_plain(converted, output)
        return
    with written_aside(output) as aside, converted.open("rb") as stream, aside.open("wb") as target:
        aside.chmod(0o644)
        run(compress.to_stdout(compression), stdin=stream, stdout=target)
        check_compressed(converted, aside, compression)


def deliver_plain(source: Path, output: Path) -> None:
    """Deliver a file as it is: a tar, which others read, as a copy, and a disk, which is removed soon, by a link."""
    if source.suffix != ".tar":
        link_file(source, output)
        output.chmod(0o644)
        return
    with written_aside(output) as aside:
        shutil.copyfile(source, aside)
        aside.chmod(0o644)
