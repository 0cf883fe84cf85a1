"""Sign a variant's repository: Release, InRelease, Release.gpg, and the indices under their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from composelib import files
from composelib.archive.format import repository
from composelib.errors import TrustError
from composelib.files import read_epoch
from composelib.model.arch import SOURCE
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task
from composelib.tools import gpg

Listed = dict[str, tuple[str, int]]  # SHA256 and size by path below the suite's folder


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each variant."""
    return tuple(release_task(compose, variant) for variant in compose.variants)


def release_task(compose: Compose, variant: Variant) -> Task:
    """Give the task that signs one variant's repository."""
    release = compose.release
    plain, inrelease, detached = signed_files(compose, variant.name)
    generations = compose.paths.work("release", f"{variant.name}.by-hash.list")
    return Task(
        name=variant.name,
        doc=f"sign {variant.name}'s repository",
        run=partial(make_release, compose, variant),
        inputs=(*index_files(compose, variant), compose.paths.archive_key),
        order_only=(compose.paths.epoch,),
        outputs=(plain, detached, inrelease, generations),
        trees=(generations,),
        uses={
            "release": [release.name, release.version, release.codename],
            "arches": list(variant.index_arches),
            "components": list(variant.components("")),
            "indexed": {arch: list(variant.indexed(arch)) for arch in variant.index_arches},
            "sign": compose.sign,
        },
        tools=("gpg",),
        pool="sign",
    )


def signed_files(compose: Compose, variant: str) -> tuple[Path, Path, Path]:
    """Give where Release, InRelease and Release.gpg lie."""
    plain = compose.paths.release_file(variant)
    return plain, plain.with_name("InRelease"), plain.with_name("Release.gpg")


def index_files(compose: Compose, variant: Variant) -> tuple[Path, ...]:
    """Give all files that the Release file lists."""
    return tuple(
        path
        for arch in variant.index_arches
        for component in variant.indexed(arch)
        for path in compose.paths.index_files(variant.name, arch, component)
    )


def make_release(compose: Compose, variant: Variant) -> None:
    """Write the Release file and its signatures; InRelease, which apt asks for first, appears last.

    Raises TrustError when two arches want different files in one place of the pool.
    """
    suite = compose.paths.suite(variant.name)
    found = {str(path.relative_to(suite)): sum_of(path) for path in index_files(compose, variant)}
    check_pool(compose, variant)
    about = replace(
        repository.suite(compose.release, variant.name),
        date=read_epoch(compose.paths.epoch),
        arches=tuple(arch for arch in variant.index_arches if arch != SOURCE),
        components=variant.components(""),
    )
    keep_generations(compose, variant.name, found)
    sign(compose, variant.name, repository.release(about, found).encode(), about.date)


def sum_of(path: Path) -> tuple[str, int]:
    """Give the SHA256 and size of a file."""
    content = path.read_bytes()
    return hashlib.sha256(content).hexdigest(), len(content)


def check_pool(compose: Compose, variant: Variant) -> None:
    """See that all indices mean the same by each pool file's name."""
    seen: dict[str, str] = {}
    for path in index_files(compose, variant):
        if path.name in {"Packages", "Sources"} and len(variant.index_arches) > 1:
            for file in repository.pool_of(path.read_bytes()):
                if seen.setdefault(file.path, file.sha256) != file.sha256:
                    raise TrustError(
                        f"{variant.name}: {file.path} is not the same file on all arches",
                        "give one of the archives it comes from a lower priority",
                    )


def keep_generations(compose: Compose, variant: str, current: Listed) -> None:
    """Link the indices under their hashes, beside those of the last generation that differed from this one.

    A client that read the former InRelease so still finds what it lists.
    """
    suite = compose.paths.suite(variant)
    for path, (sha256, _) in current.items():
        files.link(suite / path, suite / repository.by_hash(path, sha256))
    kept = {suite / repository.by_hash(path, sha256) for path, (sha256, _) in current.items()}
    listing = compose.paths.work("release", f"{variant}.by-hash.list")
    former = former_generation(compose, variant, current, listing)
    kept |= {path for path in former if path.is_file() and sum_of(path)[0] == path.name}
    files.write(listing, "".join(sorted(f"{path.relative_to(compose.paths.root)}\n" for path in kept)))


def former_generation(compose: Compose, variant: str, current: Listed, listing: Path) -> Iterable[Path]:
    """Give the by-hash files of the generation before: what InRelease lists now, unless that is this very one."""
    _, inrelease, _ = signed_files(compose, variant)
    stood = repository.listed(inrelease.read_text()) if inrelease.exists() else {}
    if stood != current:
        return [compose.paths.suite(variant) / repository.by_hash(path, sha256) for path, (sha256, _) in stood.items()]
    return [compose.paths.root / line for line in listing.read_text().splitlines()] if listing.exists() else []


def sign(compose: Compose, variant: str, text: bytes, epoch: int) -> None:
    """Write Release with its signatures, unless just these stand already and hold."""
    plain, inrelease, detached = signed_files(compose, variant)
    if stands(compose.paths.archive_key, text, plain, inrelease, detached):
        return
    signer = gpg.signer(compose.sign, compose.paths.key_home)
    signature, signed = gpg.detach(signer, text, epoch), gpg.clearsign(signer, text, epoch)
    files.write(detached, signature)
    files.write(plain, text)
    files.write(inrelease, signed)


def stands(key: Path, text: bytes, plain: Path, inrelease: Path, detached: Path) -> bool:
    """Tell whether a Release file is there, is this text, and has both signatures of this key."""
    if not all(path.exists() for path in (plain, inrelease, detached)):
        return False
    same = plain.read_bytes() == text and text in inrelease.read_bytes()
    return same and gpg.holds(key, (inrelease,), (detached, plain))
