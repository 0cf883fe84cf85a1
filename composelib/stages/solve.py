"""Work out the exact packages of each image, by apt's own solver on the compose's repositories."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from composelib.archive.patterns import matcher
from composelib.errors import ComposeError
from composelib.files import scratch, write
from composelib.image.root import apt_solution
from composelib.model.compose import Compose
from composelib.model.image import Image
from composelib.model.origin import Origin, Seed
from composelib.model.variant import Variant
from composelib.task import Json, Task
from composelib.tools import apt_get
from composelib.tools.run import run

VERSION = "1"
SHOWN = 8  # lines of apt's refusal that an error quotes


@dataclass(frozen=True)
class Repository:
    """A repository of the compose that an image is made of."""

    root: Path
    suite: str
    components: tuple[str, ...]
    indices: tuple[Path, ...]


@dataclass(frozen=True)
class Wanted:
    """What an image asks for."""

    origin: Origin
    arch: str
    foreign: tuple[str, ...]
    seeds: tuple[Seed, ...]
    exclude: tuple[Seed, ...]
    recommends: bool


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each image that has a root file system of its own and each of its arches."""
    return tuple(
        task(compose, variant, arch, image)
        for variant in compose.variants
        for image in variant.images
        if image.has_root
        for arch in image.arches
    )


def task(compose: Compose, variant: Variant, arch: str, image: Image) -> Task:
    """Give the task of one image and arch."""
    used = repositories(compose, variant, arch)
    wanted = Wanted(
        image.origin,
        arch,
        variant.multiarch.foreign if variant.multiarch else (),
        image.packages or variant.packages,
        image.exclude,
        image.recommends,
    )
    output = compose.paths.solved(variant.name, arch, image.name)
    return Task(
        name=f"{variant.name}:{arch}:{image.name}",
        doc=f"find the packages of {variant.name}'s image {image.name} on {arch}",
        run=partial(solve, wanted, used, compose.paths.archive_key, output),
        inputs=tuple(index for repository in used for index in repository.indices),
        order_only=(compose.paths.archive_key, *(compose.paths.suite(one) / "InRelease" for one in names(variant))),
        outputs=(output,),
        uses={
            "packages": [seed.text for seed in wanted.seeds],
            "exclude": [seed.text for seed in wanted.exclude],
            "recommends": wanted.recommends,
            "foreign": list(wanted.foreign),
        },
        tools=("apt-get",),
        failable=image.may_fail(arch),
    )


def names(variant: Variant) -> tuple[str, ...]:
    """Give the variants whose repositories an image of a variant is made of."""
    return (variant.name, *variant.lookaside)


def repositories(compose: Compose, variant: Variant, arch: str) -> tuple[Repository, ...]:
    """Give the repositories that an image of a variant is made of: its own and those it builds on."""
    return tuple(
        repository(compose, other, arch)
        for name in names(variant)
        for other in compose.variants
        if other.name == name and arch in other.arches
    )


def repository(compose: Compose, variant: Variant, arch: str) -> Repository:
    """Give a variant's repository as it is on an arch."""
    components = variant.delivered(arch)
    foreign = variant.multiarch.foreign if variant.multiarch else ()
    arches = (arch, *foreign)
    indices = tuple(compose.paths.packages_index(variant.name, name, part) for name in arches for part in components)
    return Repository(compose.paths.repository(variant.name), compose.release.codename, components, indices)


def solve(wanted: Wanted, used: tuple[Repository, ...], key: Path, output: Path) -> None:
    """Write the list of an image's packages. Raises ComposeError when there is no solution."""
    with scratch(output.with_suffix(".apt")) as state, apt(state, wanted, used, key.read_text()):
        found = apt_solution.installed(answer(state, wanted))
    rows = [
        row
        for repository in used
        for index in repository.indices
        for row in apt_solution.rows(index.read_bytes(), found)
    ]
    unique = {(row["package"], row["architecture"]): row for row in rows}
    listing = [unique[key] for key in sorted(unique)]
    if len(listing) != len(found):
        raise ComposeError(f"{output}: apt chose {len(found)} packages, the indices have {len(listing)} of them")
    content: dict[str, Json] = {"version": VERSION, "packages": listing}
    write(output, json.dumps(content, indent=1, sort_keys=True) + "\n")


@contextmanager
def apt(state: Path, wanted: Wanted, used: Iterable[Repository], key: str) -> Iterator[None]:
    """Set up a private apt that knows the repositories and the stand-ins of the seeds, and nothing else."""
    for folder in ("lists/partial", "cache/archives/partial", "seeds"):
        (state / folder).mkdir(parents=True)
    (state / "status").touch()
    root = state.absolute()
    stand_ins = apt_solution.stand_in_index(apt_solution.stand_ins(wanted.seeds, wanted.arch))
    (state / "seeds" / "Packages").write_text(stand_ins)
    (state / "seeds" / "Release").write_text(apt_solution.stand_in_release(stand_ins))
    (state / "sources.sources").write_text(
        "\n".join(sources(used, key, (wanted.arch, *wanted.foreign), root / "seeds"))
    )
    (state / "preferences").write_text("")
    (state / "conf").write_text(apt_get.configuration(root, wanted.arch, wanted.foreign, recommends=wanted.recommends))
    run(apt_get.update(), env=settings(state), package=apt_get.PACKAGE)
    (state / "preferences").write_text(exclusions(wanted.exclude, wanted.arch, state))
    yield


def sources(used: Iterable[Repository], key: str, arches: Iterable[str], seeds: Path) -> list[str]:
    """Give apt's sources: the repositories, their InRelease files checked with the compose's key, and the stand-ins."""
    arches = tuple(arches)
    own = [apt_get.source("file", one.root.absolute(), one.suite, one.components, arches, key=key) for one in used]
    return [*own, apt_get.source("file", seeds, "./", ())]


def settings(state: Path) -> Mapping[str, str]:
    """Give the environment that makes apt a private one."""
    return {"APT_CONFIG": str((state / "conf").absolute())}


def exclusions(exclude: Iterable[Seed], arch: str, state: Path) -> str:
    """Give the preferences that keep packages from being candidates; patterns are looked up by apt itself."""
    found: list[str] = []
    for seed in exclude:
        text = matcher.on_arch(seed.text, arch)
        if not text:
            continue
        if apt_solution.is_relation(seed):
            found += apt_solution.excluded_names(text)
        else:
            listing = run(
                apt_get.matching(apt_solution.as_term(text)), env=settings(state), capture=True, package=apt_get.PACKAGE
            )
            found += apt_solution.listed(os.fsdecode(listing.stdout))
    return "".join(apt_get.pin(name, "release *", -1) for name in found)


def answer(state: Path, wanted: Wanted) -> str:
    """Ask apt's solver and give what it says. Raises ComposeError with the places of the config when it refuses."""
    stand_ins = apt_solution.stand_ins(wanted.seeds, wanted.arch)
    essential = Seed("?essential", wanted.origin)
    words = [*apt_solution.others((essential, *wanted.seeds), wanted.arch, wanted.foreign), *stand_ins]
    done = run(apt_get.simulate(words), env=settings(state), capture=True, errors=True, ok=(0, 100))
    said = done.stdout.decode(errors="replace")
    if done.returncode == 0:
        return said
    print(said)
    lines = apt_solution.refusal(said, stand_ins, wanted.seeds) or ["apt finds no solution"]
    more = [f"… and {len(lines) - SHOWN} more, in the log"] if len(lines) > SHOWN else []
    raise ComposeError(
        "\n".join(
            [f"{wanted.origin}: the packages of this image cannot be installed together:", *lines[:SHOWN], *more]
        ),
        "choose other packages for the image, or add what is missing to its variant",
    )
