"""Pins mean what apt's preferences mean, as this machine's apt says.

Also covers: composelib.model.pin.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from composelib.archive.choose.closure import compute_closure
from composelib.archive.choose.need import Wish
from composelib.archive.choose.rules import Rules
from composelib.archive.choose.seeds import resolve_wish, start_with
from composelib.model.origin import Origin, Seed
from tests.kit.pinned_archives import NAMES, PinnedArchives, make_pinned_archives

FEW = 8  # of the random sets, how many each run of the fast tests tries


def rank(archives: PinnedArchives) -> dict[str, tuple[str, dict[str, int]]]:
    """Return what `PinnedApt.read_policy` returns, as we see it."""
    world = archives.make_world()
    policy = {}
    for universe in world.universes("amd64"):
        for name in NAMES:
            rows = universe.list_all(name)
            if rows and universe.pins:
                ranks = universe.pins.rank(rows)
                candidate = universe.candidate(name)
                key = name if universe is world.native else f"{name}:i386"
                table = {package.version: priority for package, (priority, _) in ranks.items()}
                policy[key] = (candidate.version if candidate else "", table)
    return policy


def check_policy(seed: int, folder: Path) -> None:
    archives = make_pinned_archives(random.Random(seed))  # noqa: S311 - the same archives each time
    theirs = archives.set_up_apt(folder).read_policy()
    ours = rank(archives)
    assert ours == {name: policy for name, policy in theirs.items() if policy[1]}, (archives.pins, seed)


@pytest.mark.parametrize("seed", range(FEW))
def test_each_version_has_the_priority_that_apt_gives_it(seed: int, tmp_path: Path) -> None:
    check_policy(seed, tmp_path / "apt")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(FEW, 100))
def test_each_version_has_the_priority_that_apt_gives_it_in_many_sets(seed: int, tmp_path: Path) -> None:
    check_policy(seed, tmp_path / "apt")


def choose(archives: PinnedArchives, *names: str) -> tuple[set[tuple[str, str, str]] | None, bool]:
    """Return what we choose, None if that fails; and whether all of it are candidates, which alone apt takes."""
    world = archives.make_world()
    wishes = [Wish(Seed(name, Origin("c.yaml", 1, 1)), "packages") for name in names]
    closure = compute_closure(world, Rules(), start_with([resolve_wish(wish, world, "amd64") for wish in wishes]))
    chosen = {(package.name, package.version, package.architecture) for package in closure.chosen}
    of_candidates = all(
        (world.universe(world.arch_of(package)) or world.native).candidate(package.name) is package
        for package in closure.chosen
    )
    return None if closure.failures else chosen, of_candidates


@pytest.mark.slow
def test_a_set_is_chosen_as_apt_chooses_it_with_the_same_preferences(tmp_path: Path) -> None:
    same = refused = others = 0
    for seed in range(100):
        archives = make_pinned_archives(random.Random(1000 + seed), relations=True)  # noqa: S311 - the same each time
        apt = archives.set_up_apt(tmp_path / str(seed))
        for names in [NAMES[:1], NAMES[1:3]]:
            theirs, (ours, of_candidates) = apt.list_installed(*names), choose(archives, *names)
            if ours is not None and not of_candidates:
                others += 1  # the rule takes another version than the candidate where a relation accepts no other
                continue
            assert ours == theirs, (seed, names, archives.pins)
            same += ours is not None
            refused += ours is None
    print(f"{same} the same, {refused} refused by both, {others} with a version that is no candidate")
    assert same > 40
