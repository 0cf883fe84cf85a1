"""Commit each OSTree image to the compose's OSTree repository, signed; no ref is moved yet."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import gmtime, strftime
from typing import IO

from composelib.errors import ComposeError
from composelib.files import read_epoch, scratch, write
from composelib.image import placeholders
from composelib.image.ostree import tree
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.variant import Variant
from composelib.task import Json, Task
from composelib.tools import gpg, ostree
from composelib.tools.run import run

FORMAT = "1"
TIMEOUT = 4 * 3600
REPOSITORY = "repository"


@dataclass(frozen=True)
class Commit:
    """What is committed and where to."""

    label: str
    root: Path
    packages: Path
    epoch: Path
    compose_id: Path
    repository: Path
    ref: str
    arch: str
    release: str
    """Name of the product, for the commit's subject."""
    number: str
    """Version of the product; the commit's has the date behind it."""
    kernel_append: str
    remote: tuple[str, str]
    """Name and address of the remote that a deployment updates from; the address is empty when it is not known."""
    deltas: bool
    sign: str | None
    key_home: Path
    archive_key: Path


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each OSTree image and arch, and one for the repository they are all in."""
    images = [
        (variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.kind == "ostree"
        for arch in image.arches
    ]
    if not images:
        return ()
    return (repository_task(compose), *(task(compose, *one) for one in images))


def repository_task(compose: Compose) -> Task:
    """Give the task that makes the repository. Its tree list claims all of it, so that history is never swept away."""
    return Task(
        name=REPOSITORY,
        doc="make the OSTree repository",
        run=partial(
            make_repository,
            compose.paths.ostree,
            claim(compose),
            f"{compose.paths.ostree.relative_to(compose.paths.root)}/",
        ),
        inputs=(),
        outputs=(claim(compose), compose.paths.ostree / "config"),
        trees=(claim(compose),),
        uses={},
        tools=("ostree",),
    )


def claim(compose: Compose) -> Path:
    """Give the tree list of the repository."""
    return compose.paths.work("ostree", "repository.list")


def make_repository(repository: Path, listing: Path, member: str) -> None:
    """Make the repository where there is none, and claim it."""
    repository.mkdir(parents=True, exist_ok=True)
    run(ostree.init(repository), package=ostree.PACKAGE)
    write(listing, f"{member}\n")


def task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task that commits one image on one arch."""
    made = described(compose, variant, arch, image)
    record = compose.paths.commit(variant.name, arch, image.name)
    listing = record.with_suffix(".list")
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"commit {variant.name}'s image {image.name} for {arch}",
        run=partial(make_commit, made, record, listing, str(compose.paths.ostree.relative_to(compose.paths.root))),
        inputs=(made.root, made.packages, made.archive_key, claim(compose)),
        order_only=(made.epoch, made.compose_id),  # the next compose has another name, and may have the same commit
        outputs=(record, listing),
        trees=(listing,),
        uses={
            "ref": made.ref,
            "release": [made.release, made.number],
            "kernel-append": made.kernel_append,
            "remote": list(made.remote),
            "sign": made.sign,
            "deltas": made.deltas,
        },
        tools=("ostree",),
        failable=image.may_fail(arch),
        pool="disk",
    )


def described(compose: Compose, variant: Variant, arch: str, image: Image) -> Commit:
    """Give what is committed of one image on one arch."""
    return Commit(
        label=f"{variant.name}'s image {image.name} for {arch}",
        root=compose.paths.rootfs(variant.name, arch, image.name),
        packages=compose.paths.solved(variant.name, arch, image.name),
        epoch=compose.paths.epoch,
        compose_id=compose.paths.compose_id,
        repository=compose.paths.ostree,
        ref=placeholders.ref_of(compose, variant.name, arch, image.name),
        arch=arch,
        release=compose.release.name,
        number=compose.release.version,
        kernel_append=image.customize.kernel_append,
        remote=(compose.release.short, f"{compose.base_url.rstrip('/')}/ostree/repo" if compose.base_url else ""),
        deltas=image.deltas,
        sign=compose.sign,
        key_home=compose.paths.key_home,
        archive_key=compose.paths.archive_key,
    )


def make_commit(made: Commit, record: Path, listing: Path, place: str) -> None:
    """Commit a root file system in OSTree's layout and write what came of it.

    Raises ComposeError if the root cannot be booted as a commit, MachineError if the disk is full.
    """
    kernel = tree.kernel_of(made.root, made.label)
    epoch = read_epoch(made.epoch)
    version = f"{made.number}.{strftime('%Y%m%d', gmtime(epoch))}"
    with scratch(record.with_suffix(".over")) as over:
        tree.lay_over(made.root, over)
        with fed(partial(tree.transform, made.root, added(made))) as stream:
            command = ostree.commit(
                made.repository.absolute(),
                tar=Path("/dev/stdin"),
                over=over if any(over.iterdir()) else None,
                ref=made.ref,
                subject=f"{made.release} {version}",
                timestamp=epoch,
                texts={"version": version, "deb-compose.architecture": made.arch},
                values={"deb-compose.packages": package_list(made.packages)},
                detached={"deb-compose.compose-id": made.compose_id.read_text().strip()},
            )
            done = run(command, stdin=stream, capture=True, timeout=TIMEOUT, package=ostree.PACKAGE)
    commit = done.stdout.decode().split()[-1]
    sign(made, commit)
    make_delta(made, commit)
    content: dict[str, Json] = {
        "version": FORMAT,
        "ref": made.ref,
        "commit": commit,
        "release": version,
        "timestamp": epoch,
        "kernel": kernel,
    }
    write(listing, f"{place}/{ostree.object_path(commit, 'commit')}\n")
    write(record, json.dumps(content, indent=1, sort_keys=True) + "\n")


def added(made: Commit) -> dict[str, str]:
    """Give the files that a commit has beside those of its root: where it updates from, its kernel's arguments."""
    name, address = made.remote
    keyring = f"usr/share/keyrings/{name}-ostree.asc"
    files = {keyring: made.archive_key.read_text()}
    if address:
        files[f"usr/etc/ostree/remotes.d/{name}.conf"] = (
            f'[remote "{name}"]\nurl={address}\ngpg-verify=true\ngpg-verify-summary=true\ngpgkeypath=/{keyring}\n'
        )
    if made.kernel_append:
        words = ", ".join(json.dumps(word) for word in made.kernel_append.split())
        files["usr/lib/bootc/kargs.d/10-compose.toml"] = f"kargs = [{words}]\n"
    return files


@contextmanager
def fed(produce: partial[None]) -> Iterator[IO[bytes]]:
    """Give a stream of what `produce` writes in a process of its own. Raises ComposeError if it fails."""
    reading, writing = os.pipe()
    process = multiprocessing.get_context("fork").Process(target=write_to, args=(produce, reading, writing))
    process.start()
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as stream:
            yield stream
    finally:
        process.join()
    if process.exitcode:
        raise ComposeError("the tree could not be brought into OSTree's layout", "see the log")


def write_to(produce: partial[None], reading: int, writing: int) -> None:
    """Let `produce` write to a pipe; the other end of it is not this process's."""
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=1 << 20) as sink:
        produce(sink)


def sign(made: Commit, commit: str) -> None:
    """Sign a commit, unless it was made before and is signed already."""
    signer = gpg.signer(made.sign, made.key_home)
    key = ostree.key(made.archive_key, signer.home)
    shown = run(ostree.show(made.repository, commit, key.home), capture=True, package=ostree.PACKAGE)
    if key.fingerprint[-16:] in shown.stdout.decode(errors="replace"):
        return
    with gpg.keyring(signer) as ring:
        signing = ostree.sign(made.repository.absolute(), commit, replace(key, home=ring.home))
        run([*ring.prefix, *signing], env=ring.env, package=ostree.PACKAGE)


def package_list(packages: Path) -> str:
    """Give the packages of a commit in GVariant's text format: a list of NAME=VERSION."""
    rows = json.loads(packages.read_text())["packages"]
    return "[" + ", ".join(f"'{row['package']}={row['version']}'" for row in rows) + "]"


def make_delta(made: Commit, commit: str) -> None:
    """Make the static delta, if deltas are wanted, from the commit that is released now: it is there when the ref moves."""
    released = made.repository / "refs" / "heads" / made.ref
    if made.deltas and released.exists() and released.read_text().strip() != commit:
        before = released.read_text().strip()
        run(ostree.delta(made.repository.absolute(), before, commit), package=ostree.PACKAGE)
