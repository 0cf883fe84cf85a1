"""What a task looks at below the build folder is what it declares: watched by strace, in a compose with every stage.

In the watched run each task also reads a file that it does not declare; that is all that may be found, and must be.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from composelib.config import load
from composelib.model.compose import Compose
from composelib.stages import stages
from composelib.verify.iso9660 import list_disc_files
from composelib.verify.media import SUMS
from composelib.verify.tree import verify_tree
from tests.kit.demo_compose import CHECKOUT, Demo
from tests.kit.every_stage import make_every_stage, make_real
from tests.kit.file_owners import find_misowned
from tests.kit.image_registry import serve_registry
from tests.kit.schemas import PATTERNS, list_faults, list_used
from tests.kit.task_watcher import find_undeclared, list_missed, read_trace, trace
from tests.kit.tiny_archive import DATE, Key
from tests.kit.watched_run import FOREIGN, OPENED, STUB_ROOTS

UNUSED = {"kept", "network_record", "progress", "stream"}
"""Schemas of files that the compose does not have: it is not pruned or at work, and no builder makes its roots."""
STAGES = sorted(path.stem for path in (CHECKOUT / "composelib/stages").glob("[a-z]*.py"))
able = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("docker-registry"), reason="needs root and the package docker-registry"
)


@dataclass(frozen=True)
class Watched:
    """A run of a compose, and what each of its tasks looked at without declaring it."""

    compose: Compose
    undeclared: dict[str, set[str]]
    missed: set[str]
    """What Python says that it opened and strace did not see."""

    @property
    def tasks(self) -> dict[str, str]:
        """The stage of each task, by the path of its log."""
        return {
            str(self.compose.paths.log(stage.name, task.name).relative_to(self.compose.paths.root / "logs"))[
                :-4
            ]: stage.name
            for stage in stages(self.compose)
            for task in stage.tasks
        }


def watch(demo: Demo, name: str = "first", **environment: str) -> Watched:
    """Make a compose, and watch its tasks; each of them also reads a file that nobody declares."""
    build, log, opened = demo.folder / "build", demo.folder / f"{name}.trace", demo.folder / f"{name}-opened"
    foreign = demo.root / "work/foreign"
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("of nobody\n")
    opened.mkdir()
    command = [sys.executable, "-m", "tests.kit.watched_run", f"compose={demo.config}", f"build={build}"]
    environment = {**os.environ, FOREIGN: str(foreign), OPENED: str(opened), **environment}
    ran = trace(command, log, cwd=CHECKOUT, env=environment)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    compose = load(demo.config, build=build)
    undeclared: dict[str, set[str]] = {}
    accesses = read_trace(log, demo.root)
    for task, path in find_undeclared(compose, accesses):
        undeclared.setdefault(task, set()).add(path)
    return Watched(compose, undeclared, list_missed(accesses, opened, build))


def check(watched: Watched) -> None:
    """Fail with each access that is not declared, but those which were added."""
    added = {"tiny/work/foreign", "? tiny/work/foreign"}
    lines = [f"{task}: {path}" for task, paths in sorted(watched.undeclared.items()) for path in sorted(paths - added)]
    lines += [f"strace missed {path}" for path in sorted(watched.missed)]
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, key: Key) -> Watched:
    folder = tmp_path_factory.mktemp("watched")
    with serve_registry(folder) as registry:
        return watch(make_every_stage(folder, key, f"{registry}/tiny"), **{STUB_ROOTS: "1"})


@able
@pytest.mark.slow
def test_no_task_looks_at_what_it_does_not_declare(watched: Watched) -> None:
    check(watched)


@able
@pytest.mark.slow
def test_every_file_of_it_is_one_tasks(watched: Watched) -> None:
    assert find_misowned(watched.compose) == []


@able
@pytest.mark.slow
def test_all_json_of_it_is_as_docs_schemas_say(watched: Watched) -> None:
    assert list_faults(watched.compose.build) == []
    assert set(PATTERNS.values()) - list_used(watched.compose.build) <= UNUSED


@able
@pytest.mark.slow
def test_each_medium_of_it_lists_the_sums_of_its_files(watched: Watched) -> None:
    images = sorted(watched.compose.paths.tree.rglob("*.iso"))
    assert len(images) == 6
    for image in images:
        with image.open("rb") as disc:
            assert SUMS in {file.path for file in list_disc_files(disc.fileno())}, image.name
    assert verify_tree(watched.compose.paths.tree) == []


@able
@pytest.mark.longest
def test_nor_does_any_in_a_second_run_of_another_state(tmp_path: Path, key: Key) -> None:
    with serve_registry(tmp_path) as registry:
        demo = make_every_stage(tmp_path, key, f"{registry}/tiny")
        watch(demo, **{STUB_ROOTS: "1"})
        demo.archive.add("apt", "2.0")
        demo.archive.add_source("apt", "2.0")
        demo.archive.publish(date=DATE + 3600)
        second = watch(demo, "second", **{STUB_ROOTS: "1"})
    assert len(second.undeclared) > len(second.tasks) / 2
    check(second)


@able
@pytest.mark.longest
@pytest.mark.parametrize("builder", ["native", "kiwi"])
def test_nor_does_any_that_makes_a_root_of_debians_packages(tmp_path: Path, key: Key, builder: str) -> None:
    check(watch(make_real(tmp_path, key, builder)))


@able
@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_a_read_that_is_added_to_a_stage_is_found(watched: Watched, stage: str) -> None:
    tasks = {task for task, name in watched.tasks.items() if name == stage}
    assert tasks
    assert {task for task in tasks if "tiny/work/foreign" in watched.undeclared.get(task, ())} == tasks


def test_no_scratch_folder_has_what_another_task_declares() -> None:
    tasks = {
        (stage.name, task.name): task for stage in stages(load(Path("docs/architecture.yaml"))) for task in stage.tasks
    }
    for name, task in tasks.items():
        for folder in task.scratch:
            inside = [
                other
                for other, theirs in tasks.items()
                for path in (*theirs.inputs, *theirs.outputs, *theirs.optional, *theirs.order_only, *theirs.consulted)
                if path.is_relative_to(folder) and other[0] != "materials"  # it verifies what it copies of downloads
            ]
            assert not inside, (name, folder)
            assert folder.parent.name != "work", (name, folder)
