"""The closure on a real archive, against apt's solver and dose's."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from composelib.archive.choose.closure import Closure, compute_closure
from composelib.archive.choose.need import Wish
from composelib.archive.choose.packages.index import Index
from composelib.archive.choose.packages.index_build import build_index
from composelib.archive.choose.packages.package import Package, PackageListing
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World
from composelib.archive.choose.rules import Rules
from composelib.archive.choose.seeds import resolve_wish, start_with
from composelib.model.origin import Origin, Seed
from tests.kit.stanzas import make_listing, make_stanza

SETS = 200
SIZES = (1, 8)  # packages in a set
URI = re.compile(r"^'[^']*' ([^_]+)_", re.MULTILINE)


@dataclass(frozen=True)
class Machine:
    """This machine's archives, read by us, and an apt of its own that knows the same."""

    world: World
    config: Path

    def list_installed(self, names: Iterable[str]) -> set[str] | None:
        """Return the names of what apt would install on an empty system; None if it would not."""
        command = ["apt-get", "-qq", "--print-uris", "install", *names]
        env = {"APT_CONFIG": str(self.config), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        return set(URI.findall(done.stdout)) if done.returncode == 0 else None

    def compute(self, names: Iterable[str], **rules: bool) -> Closure:
        """Return our choice."""
        wishes = [Wish(Seed(name, Origin("test", 1, 1)), "packages") for name in names]
        start = start_with([resolve_wish(wish, self.world, "amd64") for wish in wishes])
        return compute_closure(self.world, Rules(**rules), start)  # type: ignore[arg-type]


CONFIG = """
Dir "{0}/";
Dir::State "{0}/"; Dir::State::lists "{0}/lists"; Dir::State::status "{0}/status";
Dir::Cache "{0}/cache"; Dir::Etc "{0}/etc"; Dir::Etc::sourcelist "{0}/sources.list";
APT::Architecture "amd64"; APT::Architectures {{ "amd64"; {1} }}; APT::Install-Recommends "false";
Acquire::Languages "none"; APT::Sandbox::User "root";
"""


def set_up_apt(folder: Path, packages: bytes, foreign: str = "") -> Path:
    """Make an apt that knows these packages and nothing else; return its configuration."""
    for name in ("lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d", "repo"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(f"deb [trusted=yes] file:{folder}/repo ./\n")
    (folder / "repo" / "Packages").write_bytes(packages)
    config = folder / "apt.conf"
    config.write_text(CONFIG.format(folder, foreign))
    env = {"APT_CONFIG": str(config), "PATH": "/usr/bin:/bin"}
    subprocess.run(["apt-get", "-qq", "update"], env=env, check=True, capture_output=True)
    return config


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    targets = ["apt-get", "indextargets", "--format", "$(FILENAME)", "Created-By: Packages", "Architecture: amd64"]
    listed = subprocess.run(targets, capture_output=True, text=True, check=True).stdout.split()
    if not listed:
        pytest.skip("apt has no package lists: apt-get update")
    texts = [
        subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", file], capture_output=True, check=True).stdout
        for file in listed
    ]
    config = set_up_apt(tmp_path_factory.mktemp("apt"), b"\n".join(text.rstrip(b"\n") + b"\n" for text in texts))
    listings = [
        PackageListing(f"archive{n}", text, Index(build_index(text, "amd64", f"{n}"))) for n, text in enumerate(texts)
    ]
    return Machine(World(Universe(listings, "amd64")), config)


@pytest.fixture(scope="module")
def sets(machine: Machine) -> list[list[str]]:
    chance = random.Random(20)  # noqa: S311 - the same sets each time
    names = list(machine.world.native.names())
    return [chance.sample(names, chance.randint(*SIZES)) for _ in range(SETS)]


def find_unexplained(closure: Closure, theirs: set[str], world: World) -> tuple[set[str], dict[str, str]]:
    """Return the differences of two solutions that are no choice of alternatives or providers, and the reasons of the rest."""
    mine = set(closure.chosen)
    apts_choice = {package for name in theirs if (package := world.native.candidate(name))}
    reasons: dict[str, str] = {}
    for ours, apts in ((mine, apts_choice), (apts_choice, mine)):
        satisfied = DifferenceExplainer(ours, apts, world)
        for package in sorted(ours & apts, key=lambda package: package.name):
            satisfied.explain(package, free=False)
        while satisfied.waiting:
            satisfied.explain(satisfied.waiting.pop(), free=True)
        reasons |= satisfied.reasons
    return {package.name for package in mine ^ apts_choice} - reasons.keys(), reasons


class DifferenceExplainer:
    """Finds, from what two solutions share, why one of them has more."""

    def __init__(self, ours: set[Package], theirs: set[Package], world: World) -> None:
        self.ours, self.theirs, self.world = ours, theirs, world
        self.reasons: dict[str, str] = {}
        self.waiting: list[Package] = []

    def explain(self, package: Package, *, free: bool) -> None:
        """Explain what satisfies a package's clauses in one solution alone: as a choice, or as needed by a choice."""
        for field in ("Pre-Depends", "Depends"):
            for alternatives in package.relations(field):
                options = {
                    candidate
                    for item in alternatives
                    for candidate in (*self.world.find_named(item, "amd64"), *self.world.find_providers(item, "amd64"))
                }
                several = len({option.name for option in options}) > 1
                for option in (options & self.ours) - self.theirs:
                    if (free or several) and option.name not in self.reasons:
                        text = " | ".join(map(str, alternatives))
                        self.reasons[option.name] = f"{package.name} {field}: {text}"
                        self.waiting.append(option)


@pytest.mark.slow
def test_what_differs_from_apts_solution_is_a_choice_that_the_rule_makes_otherwise(
    machine: Machine, sets: list[list[str]]
) -> None:
    same = different = refused = 0
    for names in sets:
        theirs = machine.list_installed(names)
        closure = machine.compute(names)
        if theirs is None:
            refused += 1
            continue
        assert not closure.failures, (names, closure.failures)
        odd, reasons = find_unexplained(closure, theirs, machine.world)
        mine = {package.name for package in closure.chosen}
        assert not odd, (names, odd)
        same += mine == theirs
        different += mine != theirs
        for name in sorted(mine ^ theirs):
            print(f"{' '.join(names)}: {'we' if name in mine else 'apt'} alone: {name}, for {reasons[name]}")
    print(f"{same} sets the same, {different} with another choice, {refused} that apt does not install")
    assert same > 3 * different


def run_dose(packages: Iterable[Package], folder: Path) -> str:
    """Return what dose finds broken in a set of packages."""
    path = folder / "Packages"
    path.write_bytes(b"\n\n".join(package.stanza for package in packages) + b"\n")
    command = ["dose-debcheck", "--failures", "--explain", "--deb-native-arch=amd64", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@pytest.mark.slow
@pytest.mark.parametrize("recommends", [False, True])
def test_the_closure_is_self_contained_as_dose_sees_it(
    machine: Machine, sets: list[list[str]], tmp_path: Path, recommends: bool
) -> None:
    checked = 0
    for names in sets[:: 4 if recommends else 1]:
        closure = machine.compute(names, recommends=recommends)
        if closure.failures:
            continue
        report = run_dose(closure.chosen, tmp_path)
        assert "total-packages" in report
        assert "missing:" not in report, (names, report[:2000])
        checked += 1
    assert checked > len(sets) // 5


KINDS = {
    "plain": make_stanza("plain"),
    "foreign": make_stanza("foreign", Multi_Arch="foreign"),
    "same": make_stanza("same", Multi_Arch="same"),
    "allowed": make_stanza("allowed", Multi_Arch="allowed"),
    "all": make_stanza("all", arch="all"),
    "all-foreign": make_stanza("all-foreign", arch="all", Multi_Arch="foreign"),
    "other": make_stanza("other", arch="i386"),
    "other-foreign": make_stanza("other-foreign", arch="i386", Multi_Arch="foreign"),
    "other-allowed": make_stanza("other-allowed", arch="i386", Multi_Arch="allowed"),
    "virtual": make_stanza("provider", Provides="virtual", Multi_Arch="allowed"),
    "virtual-plain": make_stanza("plain-provider", Provides="virtual-plain"),
}


@pytest.mark.slow
def test_multi_arch_means_what_it_means_to_apt(tmp_path: Path) -> None:
    asking = {
        f"asks-{name}{suffix}-{arch}": make_stanza(f"asks-{name}{suffix}-{arch}", arch=arch, Depends=name + qualifier)
        for name in KINDS
        for suffix, qualifier in (("", ""), ("-any", ":any"), ("-newer", ":any (>= 2)"))
        for arch in ("amd64", "i386")
    }
    every = [*KINDS.values(), *asking.values()]
    machine_of_two = Machine(
        World(
            Universe([make_listing(*every)], "amd64"),
            [Universe([make_listing(*every, arch="i386")], "i386", native=False)],
        ),
        set_up_apt(tmp_path / "apt", "\n".join(every).encode(), '"i386";'),
    )
    for name in asking:
        seed = f"{name}:{name.rpartition('-')[2]}"
        assert (machine_of_two.list_installed([seed]) is None) == bool(machine_of_two.compute([seed]).failures), name
