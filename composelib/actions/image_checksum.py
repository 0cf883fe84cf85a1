"""Write the checksums of images, and sign the list of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from composelib.files import read_epoch, sha256_of, write_file
from composelib.tools import gpg

if TYPE_CHECKING:
    from composelib.stages.image_checksum import SumJob, SumListJob


def hash_image(job: SumJob) -> None:
    """Write beside each file of an image its SHA256; the first disc's sum file has those of its set, too."""
    discs = [job.root / line for line in job.further.read_text().splitlines()] if job.further else []
    files = (*job.files, *discs)
    with ThreadPoolExecutor() as threads:
        sums = dict(zip(files, threads.map(sha256_of, files), strict=True))
    for image, output in zip(job.files, job.sum_files, strict=True):
        listed = [image, *discs] if image == job.files[0] else [image]
        write_file(output, "".join(f"{sums[path]}  {path.name}\n" for path in listed))


def list_sums(job: SumListJob) -> None:
    """Write SHA256SUMS, sorted by path, and its detached signature."""
    sums = {}
    for path in job.sum_files:
        if path.exists():
            for line in path.read_text().splitlines():
                sha256, _, name = line.partition("  ")
                sums[str(path.parent.relative_to(job.tree) / name)] = sha256
    text = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(sums.items()))
    signature = gpg.sign_detached(gpg.find_signer(job.sign, job.key_home), text.encode(), read_epoch(job.epoch))
    write_file(job.checksums, text)
    write_file(job.signature, signature)
