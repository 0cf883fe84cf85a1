"""Make ISO images of a variant's packages, or of their sources, that apt-cdrom reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from heapq import nlargest
from operator import attrgetter
from pathlib import Path

from composelib.archive import indices
from composelib.archive.indices import PoolFile, Suite
from composelib.files import scratch, write, written_aside
from composelib.image import disc
from composelib.image.disc import Disc
from composelib.image.media_names import volume_id
from composelib.model import SOURCE, Compose, Image, Variant
from composelib.task import Task
from composelib.tools import gpg, xorriso
from composelib.tools.run import run

NAMED = 5  # of the largest packages, when a medium is too large
KEY = "archive-key.asc"


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each image of packages alone and each arch it is made for."""
    return tuple(
        iso_task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.kind == "iso" and not image.installer
        for arch in image.made_for
    )


def iso_task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one medium."""
    iso = compose.iso(variant.name, arch, image.name)
    about = described(compose, variant, arch, image)
    release = compose.release
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"make the medium {iso.name}",
        run=partial(make_iso, compose, variant, arch, image.name, about),
        inputs=(*(path for _, path in index_files(compose, variant, arch)), compose.archive_key),
        order_only=(compose.epoch,),
        outputs=(iso,),
        uses={
            "disc": {**asdict(about), "components": list(about.components)},
            "release": [release.name, release.version, release.codename],
            "sign": compose.sign,
        },
        tools=("xorriso", "gpg"),
        failable=image.may_fail(arch),
        pool="disk",
    )


def described(compose: Compose, variant: Variant, arch: str, image: Image) -> Disc:
    """Give what decides a medium."""
    release = compose.release
    names = (release.short, release.version, variant.name, image.name, arch)
    return Disc(
        title=f'{release.name} {release.version} "{release.codename}" - {variant.name} {arch} {image.name}',
        codename=release.codename,
        volume=volume_id(image.volume_id) if image.volume_id else volume_id(*names),
        components=released_components(variant, arch),
        max_size=image.max_size,
    )


def released_components(variant: Variant, arch: str) -> tuple[str, ...]:
    """Give the components that go on a medium: all but debugging symbols."""
    return tuple(component for component in variant.components(arch) if component != "debug")


def index_arches(variant: Variant, arch: str) -> tuple[str, ...]:
    """Give the arches whose indices a machine of an arch reads: its own, and those foreign to it."""
    foreign = variant.multiarch.foreign if variant.multiarch and arch != SOURCE else ()
    return tuple(dict.fromkeys((arch, *foreign)))


def index_files(compose: Compose, variant: Variant, arch: str) -> Iterator[tuple[str, Path]]:
    """Give the index files that go on a medium: their paths below the suite's folder, and where they lie."""
    for each in index_arches(variant, arch):
        for component in released_components(variant, arch):
            for path in compose.index_files(variant.name, each, component):
                yield str(path.relative_to(compose.suite(variant.name))), path


def make_iso(compose: Compose, variant: Variant, arch: str, image: str, about: Disc) -> None:
    """Make a medium out of the repository's files where they lie; only what is the medium's own is written first.

    Raises ComposeError when it would be larger than it may be.
    """
    epoch = int(compose.epoch.read_text())
    dists = dict(index_files(compose, variant, arch))
    texts = [path.read_bytes() for path in dists.values() if path.name in {"Packages", "Sources"}]
    pool = sorted({file for text in texts for file in indices.pool_of(text)})
    largest = nlargest(NAMED, pool, key=attrgetter("size"))
    disc.check_size(about, disc.sectors(file.size for file in pool), largest)
    repository = compose.repository(variant.name)
    iso = compose.iso(variant.name, arch, image)
    on_disc = {f"dists/{about.codename}/{name}": path for name, path in dists.items()}
    with scratch(compose.work("createiso", variant.name, f"{arch}-{image}")) as own:
        suite = replace(
            indices.suite(compose.release, variant.name),
            date=epoch,
            arches=index_arches(variant, arch),
            components=about.components,
            by_hash=False,
        )
        own_texts = disc.own_files(about, epoch) | {KEY: compose.archive_key.read_text()}
        own_texts |= signed_release(gpg.signer(compose.sign, compose.key_home), suite, dists)
        own_texts |= sum_files(own_texts, on_disc, pool, texts, repository)
        for name, text in own_texts.items():
            write(own / name, text)
        content = disc.contents(on_disc, pool, repository, own, own_texts)
        write(own / "paths", xorriso.path_list(content))
        with written_aside(iso) as aside:
            run(xorriso.mkisofs(about.volume, epoch, own / "paths", aside), package="xorriso")
            disc.check_size(about, aside.stat().st_size, largest)


def signed_release(signer: gpg.Signer, suite: Suite, dists: dict[str, Path]) -> dict[str, str]:
    """Give the medium's own Release file, which lists what is on it, and its signatures."""
    folder = f"dists/{suite.codename}"
    found = {name: (digest_of(path, "sha256"), path.stat().st_size) for name, path in dists.items()}
    text = indices.release(suite, found)
    return {
        f"{folder}/Release": text,
        f"{folder}/Release.gpg": gpg.detach(signer, text.encode(), suite.date).decode(),
        f"{folder}/InRelease": gpg.clearsign(signer, text.encode(), suite.date).decode(),
    }


def sum_files(
    own: dict[str, str], dists: dict[str, Path], pool: list[PoolFile], texts: list[bytes], repository: Path
) -> dict[str, str]:
    """Give the checksum files of a medium.

    Of package files the sums are those of the archive's signed index; what that leaves out is read, a few at a time.
    """
    known = {path: md5 for text in texts for path, md5 in indices.md5_of(text)}
    unknown = [file.path for file in pool if not known.get(file.path)]
    md5 = {file.path: known.get(file.path, "") for file in pool}
    with ThreadPoolExecutor() as threads:
        md5 |= zip(
            unknown,
            threads.map(partial(digest_of, algorithm="md5"), (repository / path for path in unknown)),
            strict=True,
        )
    sha256 = {file.path: file.sha256 for file in pool}
    for algorithm, sums in (("md5", md5), ("sha256", sha256)):
        sums |= {name: digest_of(path, algorithm) for name, path in dists.items()}
        sums |= {name: hashlib.new(algorithm, text.encode()).hexdigest() for name, text in own.items()}
    return {"md5sum.txt": disc.sum_file(md5), "sha256sum.txt": disc.sum_file(sha256)}


def digest_of(path: Path, algorithm: str) -> str:
    """Give a checksum of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()
