"""Convert raw disks and tars to the format and compression that an image is delivered in."""

from __future__ import annotations

import shutil
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.files import link_file, make_read_only, written_aside
from composelib.image.media import appliance, root_archive
from composelib.image.media.identifiers import derive_uuid
from composelib.image.media.programs import split_format
from composelib.image.media.written_check import check_compressed, check_converted
from composelib.tools import compress, qemu_img
from composelib.tools.run import run


@dataclass(frozen=True)
class FormatLabel:
    """What formats have inside beside the content of an image."""

    name: str
    """The name of the image; UUIDs are derived from it."""
    arch: str
    epoch: int


def deliver(source: Path, form: str, output: Path, label: FormatLabel, folder: Path) -> None:
    """Write a raw disk or a root's tar in a format, such as `qcow2` or `raw.xz`, to `output`, working in `folder`."""
    base, compression = split_format(form)
    converted = source
    if base not in {"raw", "tar"}:
        converted = folder / f"disk.{base}"
        convert_source(source, base, converted, label)
    if not compression:
        deliver_plain(converted, output)
        return
    with written_aside(output) as aside, converted.open("rb") as stream, aside.open("wb") as target:
        aside.chmod(0o644)
        run(compress.to_stdout(compression), stdin=stream, stdout=target)
        check_compressed(converted, aside, compression)


def convert_source(source: Path, base: str, output: Path, label: FormatLabel) -> None:
    """Write a raw disk or a root's tar in a format that is not compressed as a whole."""
    if base == "wsl":
        root_archive.write_wsl(source, label.name, output, label.epoch)
    elif base == "incus":
        root_archive.write_incus(source, label.name, label.arch, output, label.epoch)
    elif base == "gce.tar":
        appliance.write_gce(source, output, label.epoch)
    elif base == "vagrant.box":
        disk = convert_disk(source, "qcow2", output.with_suffix(".img"), label)
        appliance.write_vagrant(disk, source.stat().st_size, output, label.epoch)
    elif base == "ova":
        disk = convert_disk(source, "stream.vmdk", output.with_name(f"{label.name}-disk1.vmdk"), label)
        appliance.write_ova(disk, source.stat().st_size, label.name, output, label.epoch)
    else:
        convert_disk(source, base, output, label)


def convert_disk(raw: Path, form: str, output: Path, label: FormatLabel) -> Path:
    """Write a raw disk in one of qemu-img's formats, and check that it holds the same; return its path."""
    run(qemu_img.convert(raw, output, form))
    qemu_img.fix_ids(output, form, derive_uuid(label.name, form), label.epoch)
    check_converted(raw, output, form)
    return output


def deliver_plain(source: Path, output: Path) -> None:
    """Deliver a file as it is: the tar of a root as a copy, and a disk, to which nobody writes any more, by a link."""
    if source.suffix != ".tar":
        link_file(source, output)
        make_read_only(output)
        return
    with written_aside(output) as aside:
        shutil.copyfile(source, aside)
        aside.chmod(0o644)
