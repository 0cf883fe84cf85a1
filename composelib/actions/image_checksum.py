"""Write the checksums of images."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from composelib.files import sums_of, write_file

if TYPE_CHECKING:
    from composelib.stages.image_checksum import SumJob


def hash_image(job: SumJob) -> None:
    """Write beside each file of an image its sums; the first disc's sum files have those of its set, too."""
    discs = [job.root / line for line in job.further.read_text().splitlines()] if job.further else []
    files = (*job.files, *discs)
    with ThreadPoolExecutor() as threads:
        sums = dict(zip(files, threads.map(sums_of, files), strict=True))
    for image, output, long_output in zip(job.files, job.sum_files, job.long_sum_files, strict=True):
        listed = [image, *discs] if image == job.files[0] else [image]
        write_file(output, "".join(f"{sums[path].sha256}  {path.name}\n" for path in listed))
        write_file(long_output, "".join(f"{sums[path].sha512}  {path.name}\n" for path in listed))
