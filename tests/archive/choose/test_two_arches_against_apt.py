"""What is chosen for packages of two arches, against apt's solver on random archives."""

from __future__ import annotations

import os
import random
import re
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from composelib.archive.choose.closure import compute_closure
from composelib.archive.choose.need import Wish
from composelib.archive.choose.packages.package import Package
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World
from composelib.archive.choose.rules import Rules
from composelib.archive.choose.seeds import resolve_wish, start_with
from composelib.model.origin import Origin, Seed
from tests.archive.choose.test_against_apt import set_up_apt
from tests.kit.stanzas import make_listing, make_stanza

NAMES = [f"p{number}" for number in range(7)]
VIRTUAL = ["v0", "v1", "v2"]
PROVIDES = ["v0", "v1 (= 1)", "v2 (= 2)", "v0:i386", "v1:amd64", "v2:i386 (= 2)", "v0, v1:i386"]
ARCHES = {"both": ("amd64", "i386"), "all": ("all",), "amd64": ("amd64",), "i386": ("i386",)}
INSTALLED = re.compile(r"^Inst (\S+?)(?::\S+)? \((\S+) .*\[(\S+)\]\)", re.MULTILINE)
FEW = (5, 9, 23)
"""The archives that the fast tests try: they have what most goes wrong if the rule is changed."""

Row = tuple[str, str, str]


def make_alternative(chance: random.Random, later: list[str]) -> str:
    """Return a relation to a later package or a virtual one.

    No versioned relation to a virtual package has an arch: apt 2.6 then takes the provider's own version for the provided one,
    which dpkg, that has to install it, does not.
    """
    name = chance.choice(later * 2 + VIRTUAL)
    qualifier = chance.choice(["", "", "", "", ":any", ":i386", ":amd64"])
    versions = [""] if name in VIRTUAL and qualifier else ["", "", "", " (>= 1)", " (= 1)"]
    return name + qualifier + chance.choice(versions)


def make_stanzas(chance: random.Random) -> list[str]:
    """Return the stanzas of random packages of two arches."""
    stanzas = []
    for number, name in enumerate(NAMES):
        version, kind = chance.choice("1112"), chance.choice(["both", "both", *ARCHES])
        multi_arch = chance.choice(["no", "foreign", "foreign", "allowed", "foreign" if kind == "all" else "same"])
        for arch in ARCHES[kind]:
            clauses = [
                " | ".join(make_alternative(chance, NAMES[number + 1 :]) for _ in range(chance.choice([1, 1, 1, 2])))
                for _ in range(chance.choice([0, 1, 2]))
            ]
            fields = {"Depends": ", ".join(clauses), "Provides": chance.choice(PROVIDES)}
            filled = {key: value for key, value in fields.items() if value}
            stanzas.append(make_stanza(name, version, arch, Multi_Arch=multi_arch, **filled))
    return stanzas


def make_world(stanzas: Iterable[str]) -> World:
    every = tuple(stanzas)
    foreign = Universe([make_listing(*every, arch="i386")], "i386", native=False)
    return World(Universe([make_listing(*every)], "amd64"), [foreign])


def list_installed(config: Path, seed: str) -> set[Row] | None:
    """Return the name, version and arch of what apt would install; None if it would not."""
    env = {"APT_CONFIG": str(config), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    ended = subprocess.run(["apt-get", "-s", "install", seed], env=env, capture_output=True, text=True, check=False)
    return set(INSTALLED.findall(ended.stdout)) if ended.returncode == 0 else None


def clash(chosen: Iterable[Package]) -> bool:
    """Return whether a package is chosen for two arches that cannot both be installed, which matters to apt alone."""
    packages = list(chosen)
    counts = Counter(package.name for package in packages)
    return any(counts[package.name] > 1 and package.column("Multi-Arch") != "same" for package in packages)


def has_choice(chosen: Iterable[Package], world: World) -> bool:
    """Return whether packages of several names satisfy some clause: apt then decides by the order of its cache."""
    for package in chosen:
        arch = world.arch_of(package)
        for clause in package.relations("Depends"):
            options = [(*world.find_named(item, arch), *world.find_providers(item, arch)) for item in clause]
            if len({option.name for options_of_item in options for option in options_of_item}) > 1:
                return True
    return False


def compare_with_apt(number: int, folder: Path) -> Counter[str]:
    """Compare what is chosen for each package of random archives; return how often that is the same, or refused by both."""
    counts: Counter[str] = Counter()
    stanzas = make_stanzas(random.Random(number))  # noqa: S311 - the same archives each time
    config, world = set_up_apt(folder, "\n".join(stanzas).encode(), '"i386";'), make_world(stanzas)
    for package in [package for universe in world.universes("amd64") for package in universe.packages()]:
        seed = package.name if package.architecture == "all" else f"{package.name}:{package.architecture}"
        theirs = list_installed(config, seed)
        wish = Wish(Seed(seed, Origin("c.yaml", 1, 1)), "packages")
        closure = compute_closure(world, Rules(), start_with([resolve_wish(wish, world, "amd64")]))
        chosen = {(package.name, package.version, package.architecture) for package in closure.chosen}
        ours = None if closure.failures else chosen
        if ours == theirs:
            counts["refused" if ours is None else "same"] += 1
        elif ours is not None and clash(closure.chosen):
            counts["clash"] += 1
        else:
            assert None not in {ours and 1, theirs and 1}, (number, seed, ours, theirs)
            assert has_choice(closure.chosen, world), (number, seed, ours, theirs)
            counts["choice"] += 1
    return counts


@pytest.mark.parametrize("number", FEW)
def test_packages_of_two_arches_are_chosen_as_apt_chooses_them(number: int, tmp_path: Path) -> None:
    compare_with_apt(number, tmp_path / "apt")


@pytest.mark.slow
def test_packages_of_two_arches_are_chosen_as_apt_chooses_them_in_many_archives(tmp_path: Path) -> None:
    counts: Counter[str] = Counter()
    for number in range(150):
        counts += compare_with_apt(number, tmp_path / str(number))
    print(dict(counts))
    assert counts["same"] > 10 * counts["choice"]
