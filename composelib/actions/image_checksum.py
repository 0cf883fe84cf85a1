"""Write the checksums of images."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from composelib.files import sha256_of, write_file

if TYPE_CHECKING:
    from composelib.stages.image_checksum import SumJob


def hash_image(job: SumJob) -> None:
    """Write beside each file of an image its SHA256; the first disc's sum file has those of its set, too."""
    discs = [job.root / line for line in job.further.read_text().splitlines()] if job.further else []
    files = (*job.files, *discs)
    with ThreadPoolExecutor() as threads:
        sums = dict(zip(files, threads.map(sha256_of, files), strict=True))
    for image, output in zip(job.files, job.sum_files, strict=True):
        listed = [image, *discs] if image == job.files[0] else [image]
        write_file(output, "".join(f"{sums[path]}  {path.name}\n" for path in listed))
