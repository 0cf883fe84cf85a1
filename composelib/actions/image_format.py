"""Deliver an image in one of its formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composelib.files import read_epoch, scratch_folder
from composelib.image.media import formats
from composelib.image.media.formats import FormatLabel

if TYPE_CHECKING:
    from composelib.stages.image_format import ImageFormatJob


def deliver_format(job: ImageFormatJob) -> None:
    """Write an image in its format. Raise BadImageError, MachineError."""
    label = FormatLabel(job.name, job.arch, read_epoch(job.epoch))
    with scratch_folder(job.work) as folder:
        formats.deliver(job.source, job.form, job.output, label, folder)
