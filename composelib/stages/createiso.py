"""Make ISO images of packages or sources for apt-cdrom, with or without debian-installer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from composelib.dataclass import dataclass
from composelib.image.media import programs
from composelib.image.media.disc_label import DiscLabel
from composelib.image.media.identifiers import name_volume
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.deliverable import Deliverable
from composelib.model.image import IsoImage
from composelib.model.release import Release
from composelib.model.variant import INSTALLER, Variant
from composelib.task import Task


@dataclass(frozen=True)
class IsoJob:
    """A medium, or a set of discs, of one or several variants."""

    label: DiscLabel
    release: Release
    variant: str
    arch: str
    arches: tuple[str, ...]
    """The arches whose indices are on it: its own and foreign ones."""
    indices: tuple[tuple[str, Path], ...]
    """The index files of all its variants, its own variant's first: path below the suite's folder, and path of the file."""
    repositories: tuple[Path, ...]
    """The repositories of the same variants."""
    store: Path
    published: tuple[Path, ...]
    """The same indices in the last published compose, which may not exist."""
    extra: tuple[Path, ...]
    """The lists of the variant's extra files and of the medium's own."""
    boot: tuple[Path, ...]
    """The kernel and initramfs of the installer; empty for a medium that does not install."""
    secure_boot: str
    """Whether an installing medium starts by Debian's signed boot loaders: `always`, `if-signed` or empty."""
    preseed: Path | None
    split: bool
    max_size: int
    """Bytes; 0 for no limit."""
    archive_key: Path
    sign: str | None
    """The signing key; None for the checkout's own, in `key_home`."""
    key_home: Path
    epoch: Path
    root: Path
    """The folder that the paths in `further` are relative to."""
    work: Path
    iso: Path
    further: Path
    """The list of a set's discs after the first."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each image of packages and each arch it is made for."""
    return tuple(plan_iso(compose, deliverable) for deliverable in compose.deliverables(IsoImage))


def plan_iso(compose: Compose, deliverable: Deliverable[IsoImage]) -> Task:
    """Return the task of one medium."""
    variant, arch, image = deliverable.variant, deliverable.arch, deliverable.image
    variants = select_variants(compose, deliverable)
    job = plan_job(compose, deliverable, variants)
    checked = (compose.paths.installable(variant.name, arch, image.name),) if image.installer else ()
    answers = (job.preseed,) if job.preseed else ()
    return Task(
        name=deliverable.name,
        doc=f"make the medium {job.iso.name}",
        run=partial(make_iso, job),
        inputs=(*(path for _, path in job.indices), *checked, job.archive_key, *job.boot, *job.extra, *answers),
        order_only=(job.epoch,),
        consulted=(*job.published, *list_files_on_medium(compose, deliverable, variants)),
        scratch=(job.work,),
        outputs=(job.iso, job.further) if image.split else (job.iso,),
        trees=(job.further,) if image.split else (),
        uses={
            "label": [job.label.title, job.label.codename, job.label.volume, list(job.label.components)],
            "release": [job.release.name, job.release.short, job.release.version, job.release.codename],
            "arches": list(job.arches),
            "variants": [member.name for member in variants],
            "installer": image.installer,
            "secure-boot": job.secure_boot if image.installer else "",
            "split": image.split,
            "max-size": image.max_size,
            "sign": compose.sign,
        },
        tools=("xorriso", "gpg", *((*programs.ISO, "dpkg-deb") if image.installer else ())),
        failable=deliverable.failable,
        pool="images",
    )


def list_files_on_medium(
    compose: Compose, deliverable: Deliverable[IsoImage], variants: tuple[Variant, ...]
) -> Iterator[Path]:
    """Yield the lists of the package and extra files that may be on a medium."""
    variant, arch, image = deliverable.variant, deliverable.arch, deliverable.image
    for member in variants:
        yield from (compose.paths.pool_list(member.name, indexed) for indexed in list_arches(member, arch))
    if variant.extra_files:
        yield compose.paths.extra_files_list(variant.name, arch)
    if image.files:
        yield compose.paths.extra_files_list(variant.name, arch, image.name)


def plan_job(compose: Compose, deliverable: Deliverable[IsoImage], variants: tuple[Variant, ...]) -> IsoJob:
    """Return the job of a medium that has the packages of these variants."""
    variant, arch, image, paths = deliverable.variant, deliverable.arch, deliverable.image, compose.paths
    indices = tuple(
        pair
        for list_files in (list_indices, list_translations)
        for member in variants
        for pair in list_files(compose, member, deliverable)
    )
    return IsoJob(
        label=write_label(compose, deliverable, variants),
        release=compose.release,
        variant=variant.name,
        arch=arch,
        arches=list_arches(variant, arch),
        indices=indices,
        repositories=tuple(paths.repository(member.name) for member in variants),
        store=paths.store,
        published=tuple(paths.latest / path.relative_to(paths.tree) for _, path in indices),
        extra=compose.extra_file_lists(deliverable),
        boot=tuple(
            paths.installer(variant.name, arch, "cdrom", name) for name in ("vmlinuz", "initrd.gz") if image.installer
        ),
        secure_boot=image.secure_boot or "",
        preseed=image.preseed,
        split=image.split,
        max_size=image.max_size,
        archive_key=paths.archive_key,
        sign=compose.sign,
        key_home=paths.key_home,
        epoch=paths.epoch,
        root=paths.root,
        work=paths.work("createiso", variant.name, f"{arch}-{image.name}"),
        iso=paths.iso(variant.name, arch, image.name),
        further=paths.further_discs(variant.name, arch, image.name),
    )


def write_label(compose: Compose, deliverable: Deliverable[IsoImage], variants: tuple[Variant, ...]) -> DiscLabel:
    """Return the label of a medium that has the packages of these variants."""
    release, variant, arch, image = compose.release, deliverable.variant, deliverable.arch, deliverable.image
    components = [name for member in variants for name in member.image_components(arch, optional=image.optional)]
    return DiscLabel(
        title=f'{release.name} {release.version} "{release.codename}" - {variant.name} {arch} {image.name}',
        codename=release.codename,
        volume=name_volume(image.volume_id, release, deliverable),
        components=tuple(dict.fromkeys(components)),
    )


def select_variants(compose: Compose, deliverable: Deliverable[IsoImage]) -> tuple[Variant, ...]:
    """Return the variants whose packages are on a medium: its own, then its extra ones that have its arch."""
    variant, arch, image = deliverable.variant, deliverable.arch, deliverable.image
    extra = [
        member for member in compose.variants if member.name in image.extra_variants and member.name != variant.name
    ]
    return (variant, *(member for member in extra if arch in {SOURCE, *member.arches}))


def list_arches(variant: Variant, arch: str) -> tuple[str, ...]:
    """Return the arches whose indices a machine of an arch reads: its own, and those foreign to it."""
    foreign = variant.foreign_arches if arch != SOURCE else ()
    return tuple(dict.fromkeys((arch, *foreign)))


def list_indices(compose: Compose, variant: Variant, deliverable: Deliverable[IsoImage]) -> Iterator[tuple[str, Path]]:
    """Yield the index files of a variant that go on a medium: path below the suite's folder, and path of the file."""
    image = deliverable.image
    for arch in list_arches(variant, deliverable.arch):
        installer = (INSTALLER,) if image.installer and arch == deliverable.arch else ()
        for component in (*variant.image_components(arch, optional=image.optional), *installer):
            if component != INSTALLER or INSTALLER in variant.index_names(arch):
                for path in compose.paths.index_files(variant.name, arch, component):
                    yield str(path.relative_to(compose.paths.suite(variant.name))), path


def list_translations(
    compose: Compose, variant: Variant, deliverable: Deliverable[IsoImage]
) -> Iterator[tuple[str, Path]]:
    """Yield a variant's Translation files that go on a medium, as `list_indices` does: none on a medium of sources."""
    image = deliverable.image
    for language in variant.translations if deliverable.arch != SOURCE else ():
        for component in variant.image_components(deliverable.arch, optional=image.optional):
            plain = compose.paths.translation(variant.name, language, component)
            for path in (plain, plain.with_name(f"{plain.name}.xz")):
                yield str(path.relative_to(compose.paths.suite(variant.name))), path


def make_iso(job: IsoJob) -> None:
    """Make a medium, or every disc of a set. Raise ComposeError if it is too large."""
    from composelib.actions import createiso

    createiso.make_iso(job)
