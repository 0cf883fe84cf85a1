"""Any single damage to a file at rest is repaired by the next run, or named by it; no run ends with 0 and wrong bytes.

Two composes of one build folder share the store. After each damage both run. What is right is known from before: the same
bytes and modes, which an independent walk over signatures and hashes found right.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from composelib.files import discard
from tests.kit import damages
from tests.kit.damages import DAMAGES, Damage
from tests.kit.demo_compose import Demo, Ran, make_demo
from tests.kit.hash_walk import find_wrong, sha256
from tests.kit.tiny_archive import DATE, Key, TinyArchive

SEED = 9
SAMPLE = 8
"""How many damages continuous integration tries."""
KIND = re.compile(r"[0-9a-f]{64}|/[0-9a-f]{2}(?=/)|Base|Server|(?<=pool/main/).*/|(?<=/)[^/]*_")
"""What does not tell one kind of file from another in its path."""


class SecondDemo(Demo):
    """Another compose of the same archive and build folder."""

    @property
    def config(self) -> Path:
        """The config file."""
        return self.folder / "second.yaml"

    @property
    def root(self) -> Path:
        """The compose's folder."""
        return self.folder / "build" / "second"


@dataclass
class Patient:
    """The composes, and what their trees are when nothing is wrong."""

    demos: tuple[Demo, ...]
    right: tuple[dict[str, tuple[str, int]], ...] = ()

    def run(self) -> list[Ran]:
        """Run all."""
        return [demo.doit() for demo in self.demos]

    def compare(self, number: int) -> list[str]:
        """Return the files of a tree that are not as they were."""
        differing = self.right[number].items() ^ read_tree(self.demos[number].tree).items()
        return sorted({name for name, _ in differing})

    def list_kinds(self) -> list[Path]:
        """Return one file of each kind."""
        build = self.demos[0].folder / "build"
        folders = (build / "tiny/compose", build / "tiny/work", build / "store")
        files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
        files += [build / "tiny/state.sqlite", build / "tiny/run.json"]
        return list({KIND.sub("-", str(path.relative_to(build))): path for path in files}.values())

    def harm(self, path: Path, damage: Damage) -> list[str]:
        """Damage a file and run all; return what is wrong although a run ended with 0, and what was not named.

        A run that fails names the file; the cure that it names is to run again, or first to move a folder away.
        """
        name, digest = path.name, sha256(path)
        damage(path)
        problems = []
        for number, ran in enumerate(self.run()):
            if ran.status == 0:
                problems += [f"0, but wrong: {file}" for file in self.compare(number)]
                continue
            if name not in ran.out + ran.err and digest not in ran.out + ran.err:
                problems.append(f"{ran.status}, but not named: {ran.err or ran.out}")
            if "move it away" in ran.out + ran.err:
                discard(path)
            again = self.demos[number].doit()
            problems += [f"still {again.status}: {again.err or again.out}"] if again.status else []
            problems += [f"not healed: {file}" for file in self.compare(number)]
        return problems


def read_tree(tree: Path) -> dict[str, tuple[str, int]]:
    """Return SHA256 and mode of each file of a tree."""
    paths = (path for path in sorted(tree.rglob("*")) if path.is_symlink() or not path.is_dir())
    return {str(path.relative_to(tree)): (sha256(path), path.lstat().st_mode) for path in paths}


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory, key: Key) -> Patient:
    folder = tmp_path_factory.mktemp("rest")
    demo = make_demo(folder, TinyArchive(folder / "archive", key))
    second = SecondDemo(folder, demo.archive)
    second.config.write_text(demo.config.read_text().replace("short: tiny", "short: second"))
    patient = Patient((demo, second))
    assert [ran.status for ran in patient.run()] == [0, 0]
    patient.right = tuple(read_tree(demo.tree) for demo in patient.demos)
    assert [find_wrong(demo.tree) for demo in patient.demos] == [[], []]
    return patient


def test_damages_chosen_at_random_are_repaired_or_named(patient: Patient) -> None:
    cases = random.Random(SEED).sample(list(product(patient.list_kinds(), DAMAGES)), SAMPLE)  # noqa: S311 - a sample
    assert try_all(patient, cases) == {}


def test_a_pool_file_edited_through_its_link_is_fetched_again_by_both(patient: Patient) -> None:
    (pool,) = patient.demos[0].tree.rglob("mailer*.deb")
    assert patient.harm(pool, damages.flip) == []


def test_a_file_and_the_records_damaged_together_are_repaired(patient: Patient) -> None:
    (pool,) = patient.demos[0].tree.rglob("mailer*.deb")
    damages.flip(pool)
    assert patient.harm(patient.demos[0].root / "state.sqlite", damages.truncate) == []


def test_a_backup_of_hard_links_stays_as_it_was(demo: Demo, tmp_path: Path) -> None:
    (demo.root / "lock").write_text("a run that was killed")
    backup = tmp_path / "backup"
    shutil.copytree(demo.folder / "build", backup, symlinks=True, copy_function=os.link)
    right = read_tree(backup)
    demo.archive.add("postman", "2.0")
    demo.archive.add_source("postman", "2.0")
    demo.archive.publish(date=DATE + 3600)
    for words in ((), ("publish",)):
        assert demo.doit(*words).status == 0
    assert sorted(name for name, _ in right.items() ^ read_tree(backup).items()) == []


@pytest.mark.longest
def test_every_damage_of_every_kind_of_file_is_repaired_or_named(patient: Patient) -> None:
    assert try_all(patient, list(product(patient.list_kinds(), DAMAGES))) == {}


@pytest.mark.longest
def test_every_damage_together_with_one_of_the_records_is_repaired_or_named(patient: Patient) -> None:
    problems = {}
    records = patient.demos[0].root / "state.sqlite"
    for number, path in enumerate(patient.list_kinds()):
        if path != records:
            damages.flip(path)
            problems[str(path)] = patient.harm(records, DAMAGES[number % len(DAMAGES)])
    assert {path: lines for path, lines in problems.items() if lines} == {}


def try_all(patient: Patient, cases: list[tuple[Path, Damage]]) -> dict[str, list[str]]:
    """Try damages one after another; return the problems by damage and file."""
    problems = {}
    for path, damage in cases:
        lines = patient.harm(path, damage) if path.is_file() else []
        if lines:
            problems[f"{damage.__name__} {path}"] = lines
    return problems
