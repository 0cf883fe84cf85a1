"""Which packages can be installed beside others of two arches: ours against dose's, on random archives."""

from __future__ import annotations

import random
import re
import subprocess
from pathlib import Path

import pytest

from composelib.archive.choose.closure import compute_closure
from composelib.archive.choose.need import Wish
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World
from composelib.archive.choose.rules import Rules
from composelib.archive.choose.seeds import resolve_wish, start_with
from composelib.model.origin import Origin, Seed
from tests.kit.stanzas import make_listing, make_stanza

NAMES = [f"p{number}" for number in range(9)]
QUALIFIED = NAMES[:4]
MULTI_ARCH = ("", "same", "foreign", "allowed")
BROKEN = re.compile(r"package: (\S+)\n\s*version: \S+\n\s*architecture: (\S+)\n((?:(?! -\n).*\n)*)")


def make_clause(chance: random.Random, excluded: str) -> str:
    """Return alternatives with versions, qualifiers, names that are only provided, and names that nothing has.

    Left out is what dose sees differently from dpkg (test_against_apt has it): `:any`, which it takes for any package of the
    native arch; `:ARCH` of `Multi-Arch: foreign` packages; whether a package satisfies its own relations.
    """
    names = [*(name for name in NAMES if name != excluded), "v0", "v1", "gone"]
    alternatives = []
    for _ in range(chance.choice([1, 1, 2])):
        name = chance.choice(names)
        qualifier = ":i386" if name in QUALIFIED and chance.random() < 0.4 else ""
        alternatives.append(name + qualifier + chance.choice(["", "", " (>= 2)", " (<< 2)", " (= 1)"]))
    return " | ".join(alternatives)


def make_archive(chance: random.Random) -> tuple[list[str], list[str]]:
    """Return the stanzas of amd64 and all, and those of i386: the same names, each in one version."""
    native: list[str] = []
    foreign: list[str] = []
    for name in NAMES:
        version = chance.choice("12")
        multi_arch = chance.choice([value for value in MULTI_ARCH if value != "foreign" or name not in QUALIFIED])
        both = name in QUALIFIED or chance.random() < 0.7
        for arch, stanzas in (("amd64", native), ("i386", foreign)) if both else (("all", native),):
            fields = {
                "Depends": ", ".join(make_clause(chance, name) for _ in range(chance.choice([0, 1, 2]))),
                "Provides": chance.choice(["", "v0", "v1 (= 1)", "v0 (= 2)"]),
                "Multi_Arch": multi_arch if both or multi_arch == "foreign" else "",
            }
            stanzas.append(make_stanza(name, version, arch, **{key: value for key, value in fields.items() if value}))
    return native, foreign


def find_broken(native: list[str], foreign: list[str]) -> set[tuple[str, str]]:
    world = World(
        Universe([make_listing(*native)], "amd64"),
        [Universe([make_listing(*foreign, arch="i386")], "i386", native=False)],
    )
    broken = set()
    for universe in world.universes("amd64"):
        for package in universe.packages():
            wish = Wish(Seed(f"{package.name}:{universe.arch}", Origin("f", 1, 1)), "packages")
            if compute_closure(world, Rules(), start_with([resolve_wish(wish, world, "amd64")])).failures:
                broken.add((package.name, package.architecture))
    return broken


def find_broken_with_dose(stanzas: list[str], folder: Path) -> dict[tuple[str, str], str]:
    path = folder / "Packages"
    path.write_text("\n".join(stanzas))
    command = [
        "dose-debcheck",
        "--failures",
        "--explain",
        "--deb-native-arch=amd64",
        "--deb-foreign-archs=i386",
        str(path),
    ]
    printed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert "total-packages" in printed
    return {(name, arch): why for name, arch, why in BROKEN.findall(printed)}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_what_can_be_installed_is_what_dose_says(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same archives each time
    native, foreign = make_archive(chance)
    ours, theirs = find_broken(native, foreign), find_broken_with_dose(native + foreign, tmp_path)
    assert ours <= theirs.keys(), "\n".join(native + foreign)
    for package in theirs.keys() - ours:
        assert "conflict:" in theirs[package], (package, theirs[package], "\n".join(native + foreign))
