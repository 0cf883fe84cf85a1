"""Make raw disks of root file systems."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from composelib.building.confinement import lend_folder
from composelib.files import read_epoch, scratch_folder
from composelib.image.media import raw_disk
from composelib.tools.namespace_root import call_as_root

if TYPE_CHECKING:
    from composelib.stages.image_build import ImageBuildJob


def build_disk(job: ImageBuildJob) -> None:
    """Make a raw disk. Raise ComposeError, MachineError."""
    epoch = read_epoch(job.epoch)
    with (
        scratch_folder(job.work) as scratch,
        lend_folder(scratch / "disk") as folder,
        raw_disk.create_disk(job.raw) as raw,
    ):
        make = partial(raw_disk.make_raw, job.options, job.root, folder, raw, epoch)
        call_as_root(make, "a disk image, whose files have owners,")
