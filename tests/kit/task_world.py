"""A small world for the engine's tests: a folder with inputs, a graph of copies, and doit run on it as a user does.

The graph runs on our engine or, as plain dicts, on stock doit with its own runner and records.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kit.warm_doit import VARIABLES, Call, run_doit

OURS = """
import atexit
import gc
gc.disable()
atexit.register(gc.freeze)
import json
from functools import partial
from pathlib import Path
import work
from composelib.engine.doit_state import install
from composelib.model.compose import Compose
from composelib.model.release import Release
from composelib.task import Stage, Task, as_doit, as_doit_group

compose = Compose("demo", Path("x.yaml"), (), Release("Demo", "demo", "1", "sid"), "test", ("amd64",), (), (),
                  notify=tuple(json.loads(Path("notify").read_text())))
install(compose)
DOIT_CONFIG = {"dep_file": str(compose.paths.root / "state.sqlite"), "verbosity": 0}

def paths(names):
    return tuple(Path(name) if "/" not in name else compose.paths.root / name for name in names)

def probe(name):
    with open("asked", "a") as asked:
        asked.write(name + "\\n")
    return Path(name).read_text()

def tasks():
    for name, spec in json.loads(Path("graph").read_text()).items():
        outputs = paths(spec["outputs"])
        yield Task(
            name, f"make {name}",
            partial(getattr(work, spec["how"]), paths((*spec["inputs"], *spec["optional"], *spec["order_only"])), outputs,
                    name, **spec["extra"]),
            paths(spec["inputs"]), outputs, spec["uses"], optional=paths(spec["optional"]),
            order_only=paths(spec["order_only"]), trees=paths(spec["trees"]), tools=tuple(spec["tools"]),
            probe=partial(probe, spec["probe"]) if spec["probe"] else None, failable=spec["failable"], pool=spec["pool"],
            quick=spec["quick"], listed_inputs=paths([spec["listed"]])[0] if spec["listed"] else None,
            listed_by=spec["listed_by"], memory=paths([spec["memory"]])[0] if spec["memory"] else None)

def task_compose():
    stage = Stage("copy", "copies things", tuple(tasks()), work.__name__)
    yield as_doit_group(stage)
    for task in stage.tasks:
        yield as_doit(stage, task)
"""

STOCK = """
import json
from pathlib import Path
import work
DOIT_CONFIG = json.loads(Path("config").read_text())

def paths(names):
    return [Path(name) if "/" not in name else Path("build/demo") / name for name in names]

def task_copy():
    for name, spec in json.loads(Path("graph").read_text()).items():
        inputs = paths((*spec["inputs"], *spec["order_only"]))
        yield {"name": name,
               "actions": [(getattr(work, spec["how"]), (inputs, paths(spec["outputs"]), name), spec["extra"])],
               "file_dep": inputs, "targets": paths(spec["outputs"]), "clean": True}
"""

WORK = '''
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from composelib.errors import ComposeError, MachineError
from composelib.files import write_file, written_aside
from composelib.progress import report_progress
from composelib.tools.run import run
from composelib.tree_list import write_tree_list

def text(inputs):
    return "".join(path.read_text() for path in inputs if path.exists())

def note(name):
    with open("ran", "a") as ran:
        ran.write(name + "\\n")

def copy(inputs, outputs, name, seconds=0, word=""):
    """Write all inputs and a word to each output, after some seconds."""
    note(name)
    content = text(inputs)
    time.sleep(seconds)
    for output in outputs:
        write_file(output, content + word)

def slowly(inputs, outputs, name, seconds=0):
    """Make the output under its own name in two halves, as a careless program does."""
    note(name)
    content = text(inputs)
    Path(outputs[0]).parent.mkdir(parents=True, exist_ok=True)
    with open(outputs[0], "w") as stream:
        stream.write(content[: len(content) // 2])
        stream.flush()
        Path("half").touch()
        wait = Path("wait")
        while wait.exists():
            time.sleep(0.01)
        stream.write(content[len(content) // 2 :])

def fail(inputs, outputs, name, when="fail", message="it is broken"):
    """Make the output, then fail if a file is there."""
    copy(inputs, outputs, name)
    if Path(when).exists():
        print("some words")
        raise ComposeError(message, "mend it")

def shell(inputs, outputs, name, script="", timeout=60):
    """Run a shell script, with the first output's path as its $1."""
    note(name)
    outputs[0].parent.mkdir(parents=True, exist_ok=True)
    run(["sh", "-c", script, "sh", str(outputs[0])], timeout=timeout)

def tool(inputs, outputs, name, program="", arguments=()):
    """Let a program write the output through a temporary file."""
    note(name)
    with written_aside(outputs[0]) as aside:
        run([program, *arguments, aside])

def die(inputs, outputs, name, number=9, when="fail"):
    """Make the output; if a file is there, die first."""
    if Path(when).exists():
        os.kill(os.getpid(), number)
    copy(inputs, outputs, name)

def crash(inputs, outputs, name):
    note(name)
    raise RuntimeError("a bug")

def tree(inputs, outputs, name, members=()):
    """Make files and the list of them."""
    note(name)
    write_tree_list(Path("build/demo"), outputs[0], [Path("build/demo", member) for member in members])
    for member in members:
        write_file(Path("build/demo", member), text(inputs) + member)

def count(inputs, outputs, name):
    """Add one to the number that the task remembers."""
    note(name)
    memory = Path("build/demo/work/number")
    number = int(memory.read_text()) + 1 if memory.exists() else 1
    write_file(memory, str(number))
    for word, number_of_signal in (("fail", 0), ("kill", 9)):
        if Path(word).exists():
            os.kill(os.getppid(), number_of_signal)
            raise ComposeError("it is broken", "mend it")
    write_file(outputs[0], str(number))

def nothing(inputs, outputs, name):
    note(name)

def show_progress(inputs, outputs, name):
    report_progress("half way")
    copy(inputs, outputs, name, 0.3)

def surroundings(inputs, outputs, name):
    note(name)
    here = {"session": os.getsid(0) == os.getpid(), "TZ": os.environ["TZ"], "LC_ALL": os.environ["LC_ALL"]}
    Path(os.environ["TMPDIR"], "left").touch()
    write_file(outputs[0], str(here))
'''


HEARING = ("env", "--default-signal=INT,HUP")  # a shell's background jobs, and nohup, ignore these


@dataclass
class Ended:
    """The result of a run: its exit status, its output, and the tasks whose action began, in order."""

    status: int
    out: str
    err: str
    ran: list[str]


@dataclass
class World:
    """A folder with inputs and a graph; `run` is `doit` typed in it."""

    folder: Path
    stock: bool = False
    graph: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.write("dodo.py", STOCK if self.stock else OURS)
        self.write("work.py", WORK)
        self.write("notify", "[]")
        self.write("config", json.dumps({"verbosity": 0}))
        commands = "run = 'composelib.engine.run:Run'\n" + "".join(
            f"{name} = 'composelib.commands.{module}:{kind}'\n"
            for name, module, kind in (
                ("plan", "plan", "PlanCommand"),
                ("info", "info", "InfoCommand"),
                ("clean", "clean", "CleanCommand"),
                ("list", "list", "ListCommand"),
                ("forget", "forget", "ForgetCommand"),
                ("ignore", "ignore", "IgnoreCommand"),
                ("reset-dep", "reset_dep", "ResetDepCommand"),
            )
        )
        self.write("pyproject.toml", "" if self.stock else f"[tool.doit.plugins.command]\n{commands}")

    # files

    def path(self, name: str) -> Path:
        """Return the path of an input or of an output, as the graph names them."""
        return self.folder / "build" / "demo" / name if "/" in name else self.folder / name

    def write(self, name: str, content: str) -> Path:
        """Write an input, or overwrite an output."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    def read(self, name: str) -> str:
        """Read an input or an output."""
        return self.path(name).read_text()

    def tree(self) -> dict[str, bytes]:
        """Return every released file but STATUS, by its path."""
        root = self.folder / "build" / "demo" / "compose"
        return {
            str(path.relative_to(root)): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and path.name != "STATUS"
        }

    def snapshot(self) -> dict[str, tuple[int, ...]]:
        """Return the stat of every file and folder below build/."""
        states: dict[str, tuple[int, ...]] = {}
        for path in [self.folder / "build", *(self.folder / "build").rglob("*")]:
            status = path.lstat()
            states[str(path)] = (status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return states

    # the graph

    def task(
        self,
        name: str,
        inputs: list[str],
        output: str | list[str],
        how: str = "copy",
        *,
        uses: Any = None,
        optional: list[str] | None = None,
        order_only: list[str] | None = None,
        trees: list[str] | None = None,
        tools: list[str] | None = None,
        probe: str = "",
        failable: bool = False,
        pool: str = "",
        quick: bool = False,
        memory: str = "",
        listed: str = "",
        listed_by: str = "",
        **extra: Any,
    ) -> None:
        """Add a task, or change it."""
        self.graph[name] = {
            "inputs": inputs,
            "outputs": [output] if isinstance(output, str) else output,
            "how": how,
            "uses": uses or {},
            "optional": optional or [],
            "order_only": order_only or [],
            "trees": trees or [],
            "tools": tools or [],
            "probe": probe,
            "failable": failable,
            "pool": pool,
            "quick": quick,
            "memory": memory,
            "listed": listed,
            "listed_by": listed_by,
            "extra": extra,
        }

    def drop(self, name: str) -> None:
        """Take a task out of the graph."""
        del self.graph[name]

    # running

    def run(self, *arguments: str, timeout: float = 60, starter: tuple[str, ...] = ()) -> Ended:
        """Type `doit ARGUMENTS`, after a program that starts it, and wait for its end."""
        self.prepare()
        process = run_doit(Call(arguments, self.folder, dict(os.environ), starter), timeout)
        return Ended(process.returncode, process.stdout, process.stderr, self.ran())

    def prepare(self) -> None:
        """Write the graph, and forget what ran before."""
        self.write("graph", json.dumps(self.graph))
        self.path("ran").unlink(missing_ok=True)

    def ran(self) -> list[str]:
        """Return the tasks whose action began in the last run, in order."""
        return self.read("ran").split() if self.path("ran").exists() else []

    @contextmanager
    def started(
        self, *arguments: str, hearing: tuple[str, ...] = HEARING, **options: Any
    ) -> Iterator[subprocess.Popen[str]]:
        """Type `doit ARGUMENTS` and go on; the run, as a process group of its own, is killed with the block."""
        self.prepare()
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        process = subprocess.Popen(
            [*hearing, *self.command(*arguments)],
            cwd=self.folder,
            env=self.environment(),
            text=True,
            process_group=0,
            **options,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream:
                    stream.close()

    def command(self, *arguments: str) -> list[str]:
        """Return the command for `doit ARGUMENTS`."""
        return [sys.executable, "-m", "doit", *arguments]

    def environment(self) -> dict[str, str]:
        """Return the environment doit is run in."""
        return os.environ | VARIABLES

    def wait_for(self, name: str, seconds: float = 20) -> None:
        """Wait until a file is there."""
        until(lambda: self.path(name).exists(), seconds)

    def status(self) -> str:
        """Return the word in STATUS."""
        return self.read("compose/STATUS").strip()

    def report(self) -> dict[str, Any]:
        """Return run.json's tasks by name, and the whole as ``""``."""
        report = json.loads((self.folder / "build" / "demo" / "run.json").read_text())
        return {entry["name"]: entry for entry in report["tasks"]} | {"": report}

    def alive(self) -> dict[int, str]:
        """Return the IDs and command lines of processes that work in this world."""
        commands = {}
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if process.joinpath("cwd").readlink().is_relative_to(self.folder.resolve()):
                    commands[int(process.name)] = process.joinpath("cmdline").read_text().replace("\0", " ")
        return commands

    def end(self) -> None:
        """Kill all processes that work in this world."""
        for pid in self.alive():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def until(true: Any, seconds: float = 20) -> None:
    """Wait until `true` returns a true value; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not true after {seconds} seconds"
        time.sleep(0.01)
