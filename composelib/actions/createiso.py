"""Make ISO images of the repositories' package files, each with indices, a Release file and checksums of its own."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from heapq import nlargest
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.choose import debian_installer
from composelib.archive.format import repository
from composelib.archive.format.repository import PoolFile
from composelib.fetch.onward import hashing
from composelib.files import read_epoch, scratch_folder, sha256_of, write_file
from composelib.image.media import boot, disc, disc_set, grub_menu
from composelib.image.media.checksums import Paths, list_files, make_sum_files
from composelib.image.media.cpio import CpioEntry
from composelib.image.media.disc_label import INSTALL, DiscLabel, number_label
from composelib.image.media.disc_set import Unit
from composelib.image.media.installer import PRESEED, add_files, make_key_files, make_plain_file
from composelib.image.media.iso_image import list_boot_options, write_iso
from composelib.image.media.secure_boot import choose_signed, list_signed_files
from composelib.image.root.tar import normalize_path
from composelib.model.paths import EXTRA_FOLDER
from composelib.model.variant import INSTALLER
from composelib.text.packed_file import write_packed
from composelib.tools import dpkg_deb, gpg
from composelib.tools.run import run
from composelib.tree_list import write_tree_list

if TYPE_CHECKING:
    from composelib.stages.createiso import IsoJob

LARGEST = 5  # how many packages an error names when a medium is too large
KEY = "archive-key.asc"
OWN_SIZE = 4 << 20  # bytes of a medium that are neither packages nor boot files
EXTRA = "extra_files.json"
INDICES = ("Packages", "Sources")
TRANSLATION = re.compile(r"Translation-[^.]+")
"""The name of a Translation file that is not packed."""
LOADER = re.compile(r"(shim-signed|shim-helpers-\w+-signed|grub-efi-\w+-signed)_[^_]*_\w+\.deb")
"""The packages that have boot loaders as Debian has signed them."""


def make_iso(job: IsoJob) -> None:
    """Make a medium, or every disc of a set, of the repositories' files; these are not copied first.

    Raise ComposeError if it is too large, TrustError if variants have different files at one path.
    """
    with scratch_folder(job.work) as folder:
        alone = len(job.repositories) == 1 and not job.split
        discs = [dict(job.indices)] if alone else split_indices(job, folder)
        if job.split:
            further = (locate_disc(job, number) for number in range(2, len(discs) + 1))
            write_tree_list(job.root, job.further, further)
        for number, indices in enumerate(discs, 1):
            make_disc(job, number, indices, folder / str(number))


def locate_disc(job: IsoJob, number: int) -> Path:
    """Return the path of a disc of a set; the first is the medium itself."""
    return job.iso if number == 1 else job.iso.with_name(f"{job.iso.stem}-{number}.iso")


def split_indices(job: IsoJob, folder: Path) -> list[Paths]:
    """Write the indices of each disc, of several variants or of a set; return their paths."""
    texts = [(name, path.read_bytes()) for name, path in job.indices if path.name in INDICES]
    translations = [(name, path.read_bytes()) for name, path in job.indices if TRANSLATION.fullmatch(path.name)]
    merged = disc_set.merge(unit for name, text in texts for unit in disc_set.read_units(name, text))
    units = disc_set.add_descriptions(merged, translations)
    names = tuple(dict.fromkeys(name for name, _ in (*texts, *translations)))
    release_files = {name: path for name, path in job.indices if path.name == "Release"}
    return [
        write_indices(folder / f"indices{number}", disc_set.format_indices(members, names)) | release_files
        for number, members in enumerate(split_units(job, units), 1)
    ]


def split_units(job: IsoJob, units: list[Unit]) -> list[list[Unit]]:
    """Return the packages of each disc."""
    if not (job.split and job.max_size):
        return [units]
    room = job.max_size - OWN_SIZE
    boot_size = 3 * sum(path.stat().st_size for path in job.boot)
    urgent = partial(is_urgent, job.arch) if job.boot else lambda _: False
    return disc_set.split(disc_set.sort_units(units, urgent), room - boot_size, room)


def is_urgent(arch: str, unit: Unit) -> bool:
    """Return whether a package has to be on the disc that an installation starts from."""
    return INSTALLER in unit.index or debian_installer.is_always_installed(arch, unit.name)


def write_indices(folder: Path, texts: Mapping[str, bytes]) -> Paths:
    """Write indices plain and packed; return their paths."""
    for name, text in texts.items():
        write_file(folder / name, text)
        write_packed(folder / f"{name}.gz", text)
    return {name: folder / name for text in texts for name in (text, f"{text}.gz")}


def make_disc(job: IsoJob, number: int, indices: Paths, folder: Path) -> None:
    """Make a disc of the packages that its indices name. Only its own files are written to `folder`."""
    epoch = read_epoch(job.epoch)
    label = number_label(job.label, number) if job.split else job.label
    texts = [path.read_bytes() for path in indices.values() if path.name in INDICES]
    pool = sorted({file for text in texts for file in repository.read_pool_files(text)})
    check = partial(check_size, job, label.title, pool)
    check(disc.count_bytes(file.size for file in pool))
    on_disc = {f"dists/{label.codename}/{name}": path for name, path in indices.items()}
    on_disc |= read_extra_files(job.extra) if number == 1 else {}
    boots = bool(job.boot) and number == 1
    if boots:
        lay_installer(job, pool, folder, epoch)
        on_disc |= {str(name): folder / name for name in list_files(folder)}
    located = locate_pool(job.repositories, pool)
    own_texts = make_own_files(job, label, indices, epoch, boots=boots)
    own_texts |= make_sum_files(own_texts, on_disc, pool, texts, located, boot.BIOS_IMAGE)
    for name, text in own_texts.items():
        write_file(folder / name, text)
    content = sorted((on_disc | located | {name: folder / name for name in own_texts}).items())
    words = list_boot_options(job.arch) if boots else ()
    with hashing(job.store, ((located[file.path], file.sha256) for file in pool)) as finish:

        def check_whole(size: int) -> None:
            check(size)
            finish()

        iso = locate_disc(job, number)
        write_iso(iso, content, label.volume, epoch, folder / "paths", boot=words, durable=False, check=check_whole)


def make_own_files(job: IsoJob, label: DiscLabel, indices: Paths, epoch: int, *, boots: bool) -> dict[str, str]:
    """Return the text files that are made for a disc, except its checksums, by path."""
    return {
        **disc.make_label_files(label, epoch),
        KEY: job.archive_key.read_text(),
        **(disc.make_installer_files() if boots else {}),
        **sign_release(job, indices, epoch),
    }


def check_size(job: IsoJob, title: str, pool: Iterable[PoolFile], size: int) -> None:
    """Raise ComposeError if a disc is too large, naming the largest packages and those that grew since the last."""
    if job.max_size and size > job.max_size:
        grown = disc.find_grown(pool, read_pool(job.published))
        disc.check_size(title, size, job.max_size, nlargest(LARGEST, pool, key=attrgetter("size")), grown)


def read_pool(indices: Iterable[Path]) -> list[PoolFile]:
    """Return the pool files that these indices list; an index that does not exist lists none."""
    existing = (path for path in indices if path.name in INDICES and path.exists())
    return [file for path in existing for file in repository.read_pool_files(path.read_bytes())]


def lay_installer(job: IsoJob, pool: Iterable[PoolFile], folder: Path, epoch: int) -> None:
    """Write the boot files of an installing medium: the installer, its menu and the boot loaders."""
    target = folder / INSTALL
    target.mkdir(parents=True)
    kernel, initrd = job.boot
    added = list_initrd_files(job.archive_key, job.release.short, job.preseed)
    write_file(target / "vmlinuz", kernel.read_bytes())
    write_file(target / "initrd.gz", add_files(initrd.read_bytes(), added, epoch))
    title = f"{job.release.name} {job.release.version} {job.variant}"
    menu = grub_menu.write_installer_menu(title, job.arch, INSTALL, automatic=job.preseed is not None)
    loaders = locate_pool(job.repositories, (file for file in pool if LOADER.match(Path(file.path).name)))
    signed = choose_signed(
        list_signed_files(job.arch), job.secure_boot, partial(read_packaged, loaders.values()), kernel.read_bytes()
    )
    boot.write_boot_files(folder, job.arch, job.label.volume, menu, epoch, signed)


def read_packaged(debs: Iterable[Path], path: str) -> bytes | None:
    """Return the content of a file of the first package that has it; None if none has."""
    for deb in debs:
        listing = io.BytesIO(run(dpkg_deb.print_files_tar(deb), capture=True).stdout)
        with tarfile.open(fileobj=listing) as tar:
            for member in tar:
                if normalize_path(member.name) == path and (stream := tar.extractfile(member)):
                    return stream.read()
    return None


def list_initrd_files(archive_key: Path, short: str, preseed: Path | None) -> list[CpioEntry]:
    """Return the files that are added to the initramfs: the key that signs the medium, and the preseed file if any."""
    answers = [make_plain_file(PRESEED, preseed.read_bytes())] if preseed else []
    return [*make_key_files(archive_key.read_bytes(), short), *answers]


def read_extra_files(listings: tuple[Path, ...]) -> Paths:
    """Return the extra files of the variant and of the medium, and the first list of them, by path on the medium."""
    rows = [(listing, row) for listing in listings for row in json.loads(listing.read_text())["files"]]
    files = {str(row["path"]): listing.parent / EXTRA_FOLDER / row["path"] for listing, row in rows}
    return files | ({EXTRA: listings[0]} if listings else {})


def locate_pool(repositories: tuple[Path, ...], pool: Iterable[PoolFile]) -> Paths:
    """Return the path of each pool file, in the first repository that has it."""
    return {
        file.path: next(
            (root / file.path for root in repositories if (root / file.path).exists()), repositories[0] / file.path
        )
        for file in pool
    }


def sign_release(job: IsoJob, indices: Paths, epoch: int) -> dict[str, str]:
    """Return the disc's own Release file, which lists what is on it, and its signatures, by path."""
    suite = replace(
        repository.describe_suite(job.release, job.variant),
        date=epoch,
        arches=job.arches,
        components=job.label.components,
        by_hash=False,
    )
    listed = {name: (sha256_of(path), path.stat().st_size) for name, path in indices.items()}
    text = repository.format_release(suite, listed)
    signer = gpg.find_signer(job.sign, job.key_home)
    folder = f"dists/{suite.codename}"
    return {
        f"{folder}/Release": text,
        f"{folder}/Release.gpg": gpg.sign_detached(signer, text.encode(), suite.date).decode(),
        f"{folder}/InRelease": gpg.clearsign(signer, text.encode(), suite.date).decode(),
    }
