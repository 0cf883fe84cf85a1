"""The modules that count as a stage's own source, and when they make a task run again."""

from __future__ import annotations

import json
import os
import pkgutil
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import composelib.stages
from composelib.engine import own_source
from composelib.engine.digests import Digests
from composelib.engine.doit_state import State
from composelib.engine.own_source import OwnSource
from composelib.image.root import builders
from composelib.model.image import DiskImage
from composelib.task import as_doit
from tests.kit.committed_image import ORIGIN, make_compose
from tests.kit.demo_compose import CHECKOUT, Demo
from tests.kit.task_world import World

PACKAGE = {
    "__init__": "",
    "stages/__init__": "",
    "stages/disc": "from fake.tools import burn\nfrom fake.limits import SPEED\n",
    "tools/__init__": "READY = True\n",
    "tools/burn": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import fake.kinds\n"
    "def burn():\n    from fake.tools import slow\n",
    "tools/slow": "",
    "limits": "SPEED = 8\n",
    "kinds": "",
    "engine": "",
}
LOADED = """
import dis, importlib, json, os, sys, types
from importlib.machinery import SourceFileLoader
from pathlib import Path
import doit, yaml, xxhash, composelib

ROOT = Path(composelib.__file__).parents[1]
PATHS = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "composelib").rglob("*.py"))
}

def nested(code):
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from nested(constant)

def ours():
    return {name for name in sys.modules if name.partition(".")[0] == "composelib"}

def names(module):
    for code in nested(SourceFileLoader(module, str(PATHS[module])).get_code(module)):
        for instruction in dis.get_instructions(code):
            if instruction.opname == "IMPORT_NAME":
                yield (base := instruction.argval)
            elif instruction.opname == "IMPORT_FROM":
                yield f"{base}.{instruction.argval}"

INSIDE = {module: [name for name in names(module) if name in PATHS] for module in PATHS}

def load(stage):
    importlib.import_module(stage)
    seen = set()
    while waiting := ours() - seen:
        seen |= waiting
        for module in waiting:
            for name in INSIDE[module]:
                importlib.import_module(name)
    return sorted(ours())

for stage in sys.argv[1:]:
    sys.stdout.flush()
    if not (child := os.fork()):
        print(json.dumps([stage, load(stage)]))
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    for name, text in PACKAGE.items():
        write(tmp_path, name, text)
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    path = folder / "fake" / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (1, 1))


def described(folder: Path, digests: Digests | None = None) -> str:
    source = OwnSource(digests or Digests({}))
    source.add("fake", folder)
    return source.describe("fake.stages.disc")


def test_the_source_is_what_is_imported_and_the_packages_it_lies_in(program: Path) -> None:
    assert [line.split()[0] for line in described(program).splitlines()] == [
        "fake/__init__.py",
        "fake/limits.py",
        "fake/stages/__init__.py",
        "fake/stages/disc.py",
        "fake/tools/__init__.py",
        "fake/tools/burn.py",
        "fake/tools/slow.py",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("limits", "SPEED = 16\n"),
        ("tools/__init__", "READY = False\n"),
        ("tools/slow", "from fake import engine\n"),
        ("tools/slow", "import fake.engine\n"),
        ("tools/burn/__init__", ""),
    ],
)
def test_what_changes_it(program: Path, name: str, text: str) -> None:
    before = described(program)
    write(program, name, text)
    assert described(program) != before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("limits", '"""Say what holds."""\nSPEED = 8  # times\n'),
        ("engine", "CHANGED = 1\n"),
        ("kinds", "CHANGED = 1\n"),
        ("tools/other", "NEW = 1\n"),
    ],
)
def test_what_does_not(program: Path, name: str, text: str) -> None:
    before = described(program)
    write(program, name, text)
    assert described(program) == before


def test_a_module_that_a_stage_loads_by_name_counts_with_it(program: Path) -> None:
    source = OwnSource(Digests({}))
    source.add("fake", program)
    both = source.describe("fake.stages.disc", "fake.engine").splitlines()
    assert [line for line in both if line not in source.describe("fake.stages.disc").splitlines()] == [
        source.lines["fake.engine"]
    ]


@pytest.mark.parametrize("builder", ["native", "kiwi"])
def test_the_builder_of_a_root_counts_as_its_source_and_no_other_does(builder: str, tmp_path: Path) -> None:
    image = DiskImage("disk", ORIGIN, ("amd64",), builder=builder)
    compose = make_compose(tmp_path)
    compose = replace(compose, variants=(replace(compose.variants[0], images=(image,)),))
    (stage,) = (stage for stage in composelib.stages.stages(compose) if stage.name == "rootfs")
    state = State(None, str(tmp_path / "state.sqlite"))
    state.source_of(SimpleNamespace(meta=as_doit(stage, stage.tasks[0])["meta"]))
    counted = {name.rpartition(".")[2] for name in state.own_source.codes if name.startswith(f"{builders.__name__}.")}
    assert counted == {builders.load(builder).build.__module__.rpartition(".")[2]}


def test_it_is_the_same_wherever_the_program_lies(program: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "deeper"
    shutil.copytree(program, other)
    assert described(other) == described(program)


def test_a_module_is_parsed_once_for_as_long_as_its_file_stays(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composelib.engine.digests.SETTLED", -1)
    digests = Digests({})
    before = described(program, digests)
    monkeypatch.setattr(own_source, "read_code", None)
    assert described(program, Digests(digests.entries)) == before


def test_it_is_all_that_python_loads_and_no_more() -> None:
    stages = [f"composelib.stages.{stage.name}" for stage in pkgutil.iter_modules(composelib.stages.__path__)]
    ran = subprocess.run([sys.executable, "-c", LOADED, *stages], capture_output=True, text=True, check=True)
    source = OwnSource(Digests({}))
    for line in ran.stdout.splitlines():
        stage, modules = json.loads(line)
        paths = [text.split()[0] for text in source.describe(stage).splitlines()]
        assert sorted(own_source.name_module(path) for path in paths) == modules, stage
    assert len(ran.stdout.splitlines()) == len(stages)


# a run


def earlier(path: Path) -> None:
    """Make a state file as the program wrote it when each record had the bytes' digests of its stage's files."""
    with closing(sqlite3.connect(path)) as state, state:
        for name, text in state.execute("SELECT name, record FROM task").fetchall():
            record = json.loads(text)
            del record["seen"]["source"]
            record["seen"]["sources"] = {"composelib/task.py": "1", "work.py": None}
            state.execute("UPDATE task SET record = ? WHERE name = ?", (json.dumps(record), name))
        state.execute("DROP TABLE source")


def test_the_records_of_an_earlier_program_are_read_and_its_tasks_run(chain: World) -> None:
    earlier(chain.path("compose/../state.sqlite"))
    ended = chain.run("-n1")
    assert (ended.status, ended.err, sorted(ended.ran)) == (0, "", ["a", "b", "c", "d"])
    reason = "the program's own source changed: an earlier version recorded it differently"
    assert chain.report()["copy:a"]["why"] == [reason]
    assert chain.run("-n1").ran == []


def test_a_source_that_no_record_names_is_forgotten(chain: World) -> None:
    for word in ("ONE", "TWO"):
        chain.write("work.py", f"{chain.read('work.py')}{word} = 1\n")
        chain.run("-n1")
    with closing(sqlite3.connect(chain.path("compose/../state.sqlite"))) as state:
        assert state.execute("SELECT count(*) FROM source").fetchone() == (1,)


def run_copy(checkout: Path, demo: Demo, *words: str) -> list[str]:
    command = [sys.executable, "-m", "doit", *words, f"compose={demo.config}", f"build={demo.folder / 'build'}"]
    ran = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
    return ran.stdout.splitlines()


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def test_only_code_of_the_program_that_a_stage_imports_runs_its_tasks(demo: Demo, tmp_path: Path) -> None:
    checkout = tmp_path / "other"
    shutil.copytree(CHECKOUT / "composelib", checkout / "composelib", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dodo.py", "pyproject.toml"):
        shutil.copy(CHECKOUT / name, checkout)
    append(checkout / "composelib/model/compose.py", "# a comment\n")
    append(checkout / "composelib/image/media/disc.py", '"""A text."""\n')
    append(checkout / "composelib/engine/schedule.py", "ADDED = 1\n")
    (last,) = run_copy(checkout, demo, "plan")
    assert last.startswith("0 will run, 0 may follow")
    append(checkout / "composelib/image/media/disc.py", "ADDED = 1\n")
    append(checkout / "composelib/image/media/identifiers.py", "ADDED = 1\n")
    plan = run_copy(checkout, demo, "plan")
    assert plan[0] == "createiso:Server:amd64:dvd will run"
    assert [line for line in plan if "source" in line] == [
        "    the program's own source changed: composelib/image/media/disc.py and 1 more"
    ]
