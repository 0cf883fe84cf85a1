"""Refuse a compose in which something cannot be installed any more that could be in the last published one.

What is there and broken is worse. What is not there any more is worse if an entry of the config still asks for it: a
library that nothing needs any more, or a package that was taken out of the config, is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from composelib.archive.choose.exclusion import Exclusion
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.world import World
from composelib.archive.explain.seed_share import world_of
from composelib.archive.explain.why import asks
from composelib.archive.format import repository
from composelib.errors import ComposeError
from composelib.files import write
from composelib.model.compose import Compose
from composelib.model.origin import Seed
from composelib.model.variant import Variant
from composelib.task import Task
from composelib.tools import dose
from composelib.tools.run import run

PACKAGE = "dose-distcheck"
TIMEOUT = 1800  # seconds; a whole suite takes about one minute
LATEST = "latest"


@dataclass(frozen=True)
class Machine:
    """What a machine of one arch has of a variant: the Packages files it installs from, and those that help."""

    arch: str
    foreign: tuple[str, ...]
    own: tuple[Path, ...]
    background: tuple[Path, ...]


@dataclass(frozen=True)
class Asked:
    """What a variant asks for: its entries, those for foreign arches, those that count whatever is excluded."""

    entries: tuple[Seed, ...]
    foreign: tuple[Seed, ...]
    pinned: tuple[Seed, ...]
    exclude: tuple[Seed, ...]


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Give a task for each variant and arch, if the config asks for the gate."""
    if compose.gate != "no-worse":
        return ()
    return tuple(gate_task(compose, variant, arch) for variant in compose.variants for arch in variant.arches)


def gate_task(compose: Compose, variant: Variant, arch: str) -> Task:
    """Give the task of one variant and arch."""
    machine = machine_of(compose, variant, arch)
    others = tuple(other.name for other in compose.lookasides(variant))
    lookasides = tuple(looked_aside(compose, arch))
    report = compose.paths.work("gate", variant.name, f"{arch}.json")
    asked = Asked(variant.entries(), variant.entries(foreign=True), variant.pinned, variant.exclude)
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"see that all of {variant.name} that could be installed on {arch} still can be",
        run=partial(check, compose.paths.published, variant.name, others, lookasides, machine, asked, report),
        inputs=(*machine.own, *machine.background),
        outputs=(report,),
        uses={
            "foreign": list(machine.foreign),
            "others": list(others),
            "asked": {name: [seed.text for seed in seeds] for name, seeds in vars(asked).items()},
        },
        probe=partial(latest, compose.paths.published),
        tools=("dose-debcheck",),
    )


def machine_of(compose: Compose, variant: Variant, arch: str) -> Machine:
    """Give what the new compose has for a machine of an arch."""
    background = [path for other in compose.lookasides(variant) for path in new_indices(compose, other, arch)]
    background += looked_aside(compose, arch)
    foreign = variant.multiarch.foreign if variant.multiarch else ()
    return Machine(arch, foreign, tuple(new_indices(compose, variant, arch)), tuple(background))


def looked_aside(compose: Compose, arch: str) -> list[Path]:
    """Give what archives have that only satisfies."""
    return [compose.paths.pkgset(one, arch) for one in compose.archives if one.lookaside and one.has(arch)]


def new_indices(compose: Compose, variant: Variant, arch: str) -> Iterator[Path]:
    """Give a variant's Packages files for an arch; none if it is not made for it."""
    foreign = variant.multiarch.foreign if variant.multiarch else ()
    for each in dict.fromkeys((arch, *foreign)) if arch in variant.arches else ():
        yield from (
            compose.paths.packages_index(variant.name, each, component) for component in variant.components(each)
        )


def latest(published: Path) -> str:
    """Give the name of the compose that was published last; empty if there is none."""
    link = published / LATEST
    return link.resolve().name if link.is_dir() else ""


def check(
    published: Path,
    variant: str,
    others: tuple[str, ...],
    lookasides: tuple[Path, ...],
    machine: Machine,
    asked: Asked,
    report: Path,
) -> None:
    """Write a report of what was compared; raises ComposeError naming each package that can be installed no more."""
    name = latest(published)
    old = old_machine(published / name, variant, others, lookasides, machine) if name else None
    worse: dict[str, str] = {}
    if old and old.own:
        before = names(old.own) - broken(old).keys()
        worse = dict(lost(before, old, machine, asked))
    print(f"compared with {name}: {len(worse)} packages are worse" if name else "nothing is published yet")
    if worse:
        listed = "".join(f"\n  {package}: {reason}" for package, reason in sorted(worse.items()))
        told = f"{len(worse)} package{'s' * (len(worse) != 1)} of {variant} could be installed in {name} and now cannot be:{listed}\n"
        raise ComposeError(told, "put them right, or let one compose through with `gate: off`")
    write(report, json.dumps({"version": 1, "compared": name}, sort_keys=True) + "\n")


def old_machine(
    tree: Path, variant: str, others: tuple[str, ...], lookasides: tuple[Path, ...], new: Machine
) -> Machine:
    """Give what a published compose has for the same machine."""
    own = old_indices(tree, variant, new)
    background = [path for other in others for path in old_indices(tree, other, new)]
    return Machine(new.arch, new.foreign, own, (*background, *lookasides))


def old_indices(tree: Path, variant: str, machine: Machine) -> tuple[Path, ...]:
    """Give a variant's Packages files in a published compose, whatever its suite and components are called."""
    arches = (machine.arch, *machine.foreign)
    dists = tree / variant / "repo" / "dists"
    return tuple(path for arch in arches for path in sorted(dists.glob(f"*/*/binary-{arch}/Packages")))


def lost(before: set[str], old: Machine, machine: Machine, asked: Asked) -> Iterator[tuple[str, str]]:
    """Give the packages that are broken, or asked for and not there any more, each with what is wrong."""
    there, failing = names(machine.own) | names(machine.background), broken(machine)
    for name in before & failing.keys():
        yield name, failing[name]
    gone = before - there
    if not gone:
        return
    texts = b"\n".join(path.read_bytes() for path in old.own)
    world = world_of(texts, machine.arch, machine.foreign)
    excluded = Exclusion(asked.exclude, world)
    for name in gone:
        for universe in world.universes(machine.arch):
            for package in universe.versions(name)[:1]:
                seed = asking(package, asked, excluded, world)
                if seed:
                    yield name, f"it is not in the compose any more; {seed.text!r} ({seed.origin}) asks for it"


def asking(package: Package, asked: Asked, excluded: Exclusion, world: World) -> Seed | None:
    """Give the first entry that asks for a package of the last compose, if any does."""
    native = world.arch_of(package) == world.native.arch
    entries = asked.pinned if excluded(package) else asked.entries if native else asked.foreign
    return next((seed for seed in entries if asks(seed, package, world)), None)


def names(paths: Iterable[Path]) -> set[str]:
    """Give the names in Packages files, those of foreign packages too."""
    return {
        repository.value(stanza, "Package")
        for path in paths
        for stanza in path.read_bytes().split(b"\n\n")
        if stanza.strip()
    }


def broken(machine: Machine) -> dict[str, str]:
    """Give the packages that cannot be installed, each with the reason."""
    argv = dose.debcheck(machine.arch, machine.foreign, machine.own, machine.background)
    _, found = dose.parse(run(argv, timeout=TIMEOUT, capture=True, ok=(0, dose.BROKEN), package=PACKAGE).stdout)
    return {package.package: package.reason for package in found}
