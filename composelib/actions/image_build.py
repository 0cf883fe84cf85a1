"""Make disks, and tars of root file systems, in several formats."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from composelib.building.confinement import lend_folder
from composelib.files import read_epoch, scratch_folder
from composelib.image.media import formats, raw_disk
from composelib.image.media.formats import FormatLabel
from composelib.image.media.programs import is_disk
from composelib.tools.namespace_root import call_as_root

if TYPE_CHECKING:
    from composelib.stages.image_build import ImageBuildJob


def build(job: ImageBuildJob) -> None:
    """Make an image in each format; a raw disk is made once for all. Raise ComposeError, MachineError."""
    epoch = read_epoch(job.epoch)
    label = FormatLabel(job.options.name, job.options.arch, epoch)
    with scratch_folder(job.work) as scratch, lend_folder(scratch / "disk") as folder:
        raw = folder / "disk.raw"
        for form, output in job.outputs:
            disk = is_disk(form)
            if disk and not raw.exists():
                make = partial(raw_disk.make_raw, job.options, job.root, folder, raw, epoch)
                call_as_root(make, "a disk image, whose files have owners,")
            formats.deliver(raw if disk else job.root, form, output, label, folder)
