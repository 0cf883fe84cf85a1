"""Make ISO images of packages or their sources that apt-cdrom reads, and of those the ones that install a system."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from heapq import nlargest
from operator import attrgetter
from pathlib import Path

from composelib.archive.choose import debian_installer
from composelib.archive.format import repository
from composelib.archive.format.repository import PoolFile
from composelib.files import read_epoch, scratch, write, written_aside
from composelib.image.media import boot as media_boot
from composelib.image.media import disc, disc_set, grub_menu
from composelib.image.media.checksums import Paths, digest_of, files_below, sum_files
from composelib.image.media.cpio import Entry
from composelib.image.media.disc import Disc
from composelib.image.media.disc_set import Unit
from composelib.image.media.identifiers import volume_id
from composelib.image.media.installer import PRESEED, plain, trusting, with_files
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.variant import INSTALLER, Variant
from composelib.task import Task
from composelib.tools import gpg, grub, xorriso
from composelib.tools.run import run

NAMED = 5  # of the largest packages, when a medium is too large
KEY = "archive-key.asc"
OWN_SIZE = 4 << 20  # bytes of a medium that are neither packages nor what it starts from
EXTRA = "extra_files.json"
KERNELS = ("vmlinuz", "initrd.gz")


@dataclass(frozen=True)
class Job:
    """A medium to be made: of which variants, its own first, and what is on it beside their packages."""

    about: Disc
    variants: tuple[Variant, ...]
    arch: str
    image: Image
    extra: tuple[Path, ...]
    """The lists of the variant's extra files and of the medium's own."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each image of packages and each arch it is made for."""
    return tuple(
        iso_task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.kind == "iso"
        for arch in image.targets
    )


def iso_task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one medium."""
    job = described(compose, variant, arch, image)
    iso, listing = (
        compose.paths.iso(variant.name, arch, image.name),
        compose.paths.further_discs(variant.name, arch, image.name),
    )
    release = compose.release
    answers = (image.preseed,) if image.preseed else ()
    indices_used = [path for each in job.variants for _, path in index_files(compose, each, job)]
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"make the medium {iso.name}",
        run=partial(make_iso, compose, job),
        inputs=(
            *indices_used,
            *([compose.paths.installable(variant.name, arch, image.name)] if image.installer else []),
            compose.paths.archive_key,
            *boot_files(compose, job),
            *job.extra,
            *answers,
        ),
        order_only=(compose.paths.epoch,),
        outputs=(iso, listing) if image.split else (iso,),
        trees=(listing,) if image.split else (),
        uses={
            "disc": {**asdict(job.about), "components": list(job.about.components)},
            "release": [release.name, release.short, release.version, release.codename],
            "sign": compose.sign,
            "image": [image.installer, image.split],
            "variants": [each.name for each in job.variants],
        },
        tools=("xorriso", "gpg", *(media_boot.TOOLS if image.installer else ())),
        failable=image.may_fail(arch),
        pool="disk",
    )


def described(compose: Compose, variant: Variant, arch: str, image: Image) -> Job:
    """Give what decides a medium."""
    release = compose.release
    names = (release.short, release.version, variant.name, image.name, arch)
    others = [each for each in compose.variants if each.name in image.extra_variants and each.name != variant.name]
    variants = (variant, *(each for each in others if arch in {SOURCE, *each.arches}))
    components = [name for each in variants for name in each.delivered(arch, optional=image.optional)]
    about = Disc(
        title=f'{release.name} {release.version} "{release.codename}" - {variant.name} {arch} {image.name}',
        codename=release.codename,
        volume=volume_id(image.volume_id) if image.volume_id else volume_id(*names),
        components=tuple(dict.fromkeys(components)),
        max_size=image.max_size,
    )
    asked = (("", variant.extra_files), (image.name, image.files)) if arch != SOURCE else ()
    extra = tuple(compose.paths.extra_files(variant.name, arch, name) for name, files in asked if files)
    return Job(about, variants, arch, image, extra)


def boot_files(compose: Compose, job: Job) -> tuple[Path, ...]:
    """Give the kernel and initramfs that an installing medium starts."""
    own = job.variants[0].name
    return tuple(compose.paths.installer(own, job.arch, "cdrom", name) for name in KERNELS if job.image.installer)


def index_arches(variant: Variant, arch: str) -> tuple[str, ...]:
    """Give the arches whose indices a machine of an arch reads: its own, and those foreign to it."""
    foreign = variant.multiarch.foreign if variant.multiarch and arch != SOURCE else ()
    return tuple(dict.fromkeys((arch, *foreign)))


def index_files(compose: Compose, variant: Variant, job: Job) -> Iterator[tuple[str, Path]]:
    """Give the index files of a variant that go on a medium: their paths below the suite's folder, where they lie."""
    for each in index_arches(variant, job.arch):
        own = variant.delivered(each, optional=job.image.optional)
        for component in (*own, *((INSTALLER,) if job.image.installer and each == job.arch else ())):
            if component != INSTALLER or INSTALLER in variant.indexed(each):
                for path in compose.paths.index_files(variant.name, each, component):
                    yield str(path.relative_to(compose.paths.suite(variant.name))), path


def make_iso(compose: Compose, job: Job) -> None:
    """Make a medium, or several, out of the repositories' files where they lie.

    Raises ComposeError when one would be larger than it may be, TrustError when variants do not go together.
    """
    own, image = job.variants[0].name, job.image.name
    with scratch(compose.paths.work("createiso", own, f"{job.arch}-{image}")) as folder:
        if len(job.variants) == 1 and not job.image.split:
            press(compose, job, folder / "1", dict(index_files(compose, job.variants[0], job)), 1)
            return
        further = []
        for number, dists in enumerate(discs(compose, job, folder), 1):
            iso = press(compose, job, folder / str(number), dists, number)
            further += [f"{iso.relative_to(compose.paths.root)}\n"] if number > 1 else []
        if job.image.split:
            write(compose.paths.further_discs(own, job.arch, image), "".join(sorted(further)))


def discs(compose: Compose, job: Job, folder: Path) -> list[Paths]:
    """Write the indices of each medium of several variants or of a split one, and give where they lie."""
    files = [pair for each in job.variants for pair in index_files(compose, each, job)]
    texts = [(name, path.read_bytes()) for name, path in files if path.name in {"Packages", "Sources"}]
    found = disc_set.merged(unit for name, text in texts for unit in disc_set.units(name, text))
    names = tuple(dict.fromkeys(name for name, _ in texts))
    parts = [found]
    if job.image.split and job.about.max_size:
        room = job.about.max_size - OWN_SIZE
        starting = 3 * sum(path.stat().st_size for path in boot_files(compose, job))
        parts = disc_set.split(disc_set.in_order(found, partial(urgent, job)), room - starting, room)
    small = {name: path for name, path in files if path.name == "Release"}
    return [
        write_indices(folder / f"indices{number}", disc_set.indices_of(part, names)) | small
        for number, part in enumerate(parts, 1)
    ]


def urgent(job: Job, unit: Unit) -> bool:
    """Tell whether a package has to be on the disc that an installation starts from."""
    return job.image.installer and (INSTALLER in unit.index or debian_installer.asks_for(job.arch, unit.name))


def write_indices(folder: Path, texts: Mapping[str, bytes]) -> Paths:
    """Write indices plain and packed, and give where they lie."""
    for name, text in texts.items():
        write(folder / name, text)
        write(folder / f"{name}.gz", gzip.compress(text, 9, mtime=0))
    return {name: folder / name for text in texts for name in (text, f"{text}.gz")}


def press(compose: Compose, job: Job, own: Path, dists: Paths, number: int) -> Path:
    """Make one medium of the packages that its indices name, and give it; only what is its own is written first."""
    epoch = read_epoch(compose.paths.epoch)
    about = numbered(job.about, number) if job.image.split else job.about
    texts = [path.read_bytes() for path in dists.values() if path.name in {"Packages", "Sources"}]
    pool = sorted({file for text in texts for file in repository.pool_of(text)})
    check = partial(check_size, compose, job, about, pool)
    check(disc.sectors(file.size for file in pool))
    on_disc = {f"dists/{about.codename}/{name}": path for name, path in dists.items()}
    on_disc |= extra_files(job) if number == 1 else {}
    boot = lay_installer(compose, job, own, epoch) if job.image.installer and number == 1 else []
    on_disc |= {str(name): own / name for name in (files_below(own) if boot else ())}
    own_texts = disc.own_files(about, epoch) | {KEY: compose.paths.archive_key.read_text()}
    own_texts |= disc.installer_files() if boot else {}
    own_texts |= signed_release(compose, job, dists, epoch)
    located = locate(compose, job, pool)
    own_texts |= sum_files(own_texts, on_disc, pool, texts, located, media_boot.BIOS_IMAGE)
    for name, text in own_texts.items():
        write(own / name, text)
    content = disc.contents(on_disc | located, own, own_texts)
    (own / "paths").write_text(xorriso.path_list(content))
    iso = compose.paths.iso(job.variants[0].name, job.arch, job.image.name, f"-{number}.iso" if number > 1 else ".iso")
    with written_aside(iso, durable=False) as aside:
        run(xorriso.mkisofs(about.volume, epoch, own / "paths", aside, boot))
        check(aside.stat().st_size)
    return iso


def check_size(compose: Compose, job: Job, about: Disc, pool: list[PoolFile], size: int) -> None:
    """Raise ComposeError when a medium is too large, naming the largest packages and those that grew since the last."""
    if about.max_size and size > about.max_size:
        grew = disc.grown(pool, published(compose, job))
        disc.check_size(about, size, nlargest(NAMED, pool, key=attrgetter("size")), grew)


def published(compose: Compose, job: Job) -> list[PoolFile]:
    """Give the packages of the last published compose, of the variants that a medium is of."""
    found: list[PoolFile] = []
    for each in job.variants:
        for _, path in index_files(compose, each, job):
            there = compose.paths.published / "latest" / path.relative_to(compose.paths.tree)
            if path.name in {"Packages", "Sources"} and there.exists():
                found += repository.pool_of(there.read_bytes())
    return found


def numbered(about: Disc, number: int) -> Disc:
    """Give a disc of a set its own title and volume ID."""
    return replace(about, title=f"{about.title} disc {number}", volume=volume_id(about.volume, str(number)))


def lay_installer(compose: Compose, job: Job, own: Path, epoch: int) -> list[str]:
    """Write what an installing medium starts from, and give xorriso's words for it."""
    folder = own / disc.INSTALL
    folder.mkdir(parents=True)
    for path, name in zip(boot_files(compose, job), KERNELS, strict=True):
        content = path.read_bytes()
        write(folder / name, with_files(content, own_entries(compose, job), epoch) if name == KERNELS[1] else content)
    title = f"{compose.release.name} {compose.release.version} {job.variants[0].name}"
    menu = grub_menu.installer(title, disc.INSTALL, automatic=job.image.preseed is not None)
    media_boot.lay_boot_files(own, job.arch, job.about.volume, menu, epoch)
    return grub.boot_words(grub.ARCHES[job.arch], media_boot.BIOS_IMAGE, media_boot.EFI_IMAGE)


def own_entries(compose: Compose, job: Job) -> list[Entry]:
    """Give what is added to the initramfs: the key that the medium is signed with, and answers if there are any."""
    answers = [plain(PRESEED, job.image.preseed.read_bytes())] if job.image.preseed else []
    return [*trusting(compose.paths.archive_key.read_bytes(), compose.release.short), *answers]


def extra_files(job: Job) -> Paths:
    """Give the extra files of the variant and of the medium, and the list of the variant's."""
    rows = [(listing, row) for listing in job.extra for row in json.loads(listing.read_text())["files"]]
    found = {str(row["path"]): listing.parent / "extra" / row["path"] for listing, row in rows}
    return found | ({EXTRA: job.extra[0]} if job.extra else {})


def locate(compose: Compose, job: Job, pool: list[PoolFile]) -> Paths:
    """Give where pool files lie: in the repository of the first variant that has them."""
    roots = [compose.paths.repository(each.name) for each in job.variants]
    return {
        file.path: next((root / file.path for root in roots if (root / file.path).exists()), roots[0] / file.path)
        for file in pool
    }


def signed_release(compose: Compose, job: Job, dists: Paths, epoch: int) -> dict[str, str]:
    """Give the medium's own Release file, which lists what is on it, and its signatures."""
    suite = replace(
        repository.suite(compose.release, job.variants[0].name),
        date=epoch,
        arches=index_arches(job.variants[0], job.arch),
        components=job.about.components,
        by_hash=False,
    )
    signer = gpg.signer(compose.sign, compose.paths.key_home)
    folder = f"dists/{suite.codename}"
    found = {name: (digest_of(path, "sha256"), path.stat().st_size) for name, path in dists.items()}
    text = repository.release(suite, found)
    return {
        f"{folder}/Release": text,
        f"{folder}/Release.gpg": gpg.detach(signer, text.encode(), suite.date).decode(),
        f"{folder}/InRelease": gpg.clearsign(signer, text.encode(), suite.date).decode(),
    }
