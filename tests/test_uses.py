"""Whatever of the config a task reads while it runs is what it says it uses, or changes what it needs and makes."""

from __future__ import annotations

import contextlib
import io
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from composelib import model
from composelib.config import load
from composelib.image.filesystems.traits import TRAITS
from composelib.image.root.builders import list_builders
from composelib.model.build_limits import BuildLimits
from composelib.model.compose import Compose
from composelib.stages import stages
from composelib.task import Task
from tests.config.test_any_config import EVERYTHING
from tests.kit.demo_compose import make_demo
from tests.kit.tiny_archive import TinyArchive

MODEL = tuple(
    value
    for module in pkgutil.iter_modules(model.__path__)
    for value in vars(import_module(f"{model.__name__}.{module.name}")).values()
    if is_dataclass(value) and isinstance(value, type) and value.__module__.endswith(f".{module.name}")
)
ELSEWHERE = {"origin", "config", "files", "digest", "build", "offline", "locked", "selection"}
"""What says where something is, or how it is asked for, and decides no result."""
NO_MATTER = {
    ("gather", "dependents"): "what builds on a variant is chosen only to tell its errors with the variant's own",
    **{
        ("build", field.name): "a build that keeps its limits comes out the same whatever these are"
        for field in fields(BuildLimits)
    },
    ("fetch", "name"): "which archive a package is of stands in the list of what is chosen",
    ("fetch", "debs"): "where a file comes from does not change its SHA256",
}
"""By stage and field or argument, why it is no part of what decides the result."""
EDITS = (
    ("type: nightly", 'type: nightly\nbase-url: "https://example.org/"'),
    ("    lookaside: [Base]", "    lookaside: [Base]\n    addons: {Extra: {packages: [nicety], exclude: [unused]}}"),
    ("{kind: iso}", "{kind: iso, max-size: 1GB, split: true}\n      src: {kind: iso, source: true, failable: true}"),
)

Place = tuple[str | int, ...]
"""The way from a compose to a value in it: names of fields, numbers in tuples."""


@dataclass(frozen=True)
class Read:
    """A value of the config that a task read, by its place."""

    task: str
    place: Place


def leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Give every value in a compose that is no record and no tuple of them."""
    if isinstance(value, MODEL):
        for field in fields(value):
            if field.name not in ELSEWHERE:
                yield from leaves(getattr(value, field.name), (*place, field.name))
    elif isinstance(value, tuple) and any(isinstance(one, (*MODEL, tuple)) for one in value):
        for number, one in enumerate(value):
            yield from leaves(one, (*place, number))
    else:
        yield place, value


def records(value: Any, place: Place = ()) -> Iterator[tuple[int, Place]]:
    """Give every record in a compose, by its identity."""
    if isinstance(value, MODEL):
        yield id(value), place
        for field in fields(value):
            yield from records(getattr(value, field.name), (*place, field.name))
    elif isinstance(value, tuple):
        for number, one in enumerate(value):
            yield from records(one, (*place, number))


CHOICES = (("sbuild", "native"), tuple(list_builders()), tuple(TRAITS))
"""Words of which only another one can stand for a word."""
HINTS = {kind: get_type_hints(kind) for kind in MODEL}


def other(value: Any, hint: Any) -> Any:
    """Give another value of a field."""
    if get_origin(hint) is Literal:
        return next(one for one in get_args(hint) if one != value)
    new: Any = None
    match value:
        case bool():
            new = not value
        case int():
            new = value + 1
        case str():
            new = next((word for words in CHOICES if value in words for word in words if word != value), f"{value}x")
        case Path():
            new = value / "x"
        case (*_, _):
            new = value[:-1] or None
    return new


def edited(value: Any, place: Place, hint: Any = None) -> Any:
    """Give a compose in which one value is another; None if there is no other that could stand there."""
    if not place:
        return other(value, hint)
    step, *rest = place
    if isinstance(step, int):
        new = edited(value[step], tuple(rest))
        return None if new is None else (*value[:step], new, *value[step + 1 :])
    new = edited(getattr(value, step), tuple(rest), HINTS[type(value)][step])
    return None if new is None else replace(value, **{step: new})


def declared(task: Task) -> tuple[Any, ...]:
    """Give what the engine compares of a task."""
    files = (task.inputs, task.optional, task.order_only, task.outputs, task.trees)
    return (dict(task.uses), files, task.tools)


def plain(value: Any) -> Any:
    """Give what a task was handed, but for the records of the model, of which it may read anything."""
    if isinstance(value, (*MODEL, Callable)):  # type: ignore[arg-type] # a protocol
        return None
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (tuple, list, set, frozenset)):
        return [plain(one) for one in value]
    if is_dataclass(value):
        return [plain(getattr(value, field.name)) for field in fields(value)]
    return value


def by_name(compose: Compose) -> dict[str, Task]:
    """Give all tasks of a compose."""
    return {f"{stage.name}:{task.name}": task for stage in stages(compose) for task in stage.tasks}


@contextlib.contextmanager
def watched(compose: Compose) -> Iterator[set[Place]]:
    """Give the places of the values of a compose that are read within the block."""
    at = dict(records(compose))
    places: set[Place] = set()
    own = object.__getattribute__

    def look(record: Any, name: str) -> Any:
        if id(record) in at and not name.startswith("_"):
            places.add((*at[id(record)], name))
        return own(record, name)

    with pytest.MonkeyPatch.context() as patch:
        for kind in MODEL:
            patch.setattr(kind, "__getattribute__", look, raising=False)
        yield places


def in_order(tasks: dict[str, Task]) -> Iterator[tuple[str, Task]]:
    """Give tasks so that each comes after those that make what it needs."""
    makers = {path: name for name, task in tasks.items() for path in task.outputs}
    done: set[str] = set()

    def visit(name: str) -> Iterator[tuple[str, Task]]:
        if name not in done:
            done.add(name)
            task = tasks[name]
            for path in (*task.inputs, *task.optional, *task.order_only):
                if path in makers:
                    yield from visit(makers[path])
            yield name, task

    for name in tasks:
        yield from visit(name)


@pytest.fixture
def rich(tmp_path: Path, archive: TinyArchive, monkeypatch: pytest.MonkeyPatch) -> Compose:
    """Give a compose that has a little of everything, made in the working directory."""
    demo = make_demo(tmp_path, archive)
    for before, after in EDITS:
        demo.edit(before, after)
    monkeypatch.chdir(tmp_path)
    return load(demo.config, build=Path("build"))


@pytest.fixture
def everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compose:
    """Return a compose that uses every key of what it builds."""
    monkeypatch.chdir(tmp_path)
    Path("everything.yaml").write_text(EVERYTHING)
    return load(Path("everything.yaml"), build=tmp_path.with_name(f"{tmp_path.name}-build"))


def changes(compose: Compose, places: Iterable[Place]) -> Iterator[tuple[Place, dict[str, Task]]]:
    """Change each of some values of a compose in turn, and give the tasks that are then declared as they were before."""
    before = {name: declared(task) for name, task in by_name(compose).items()}
    for place in places:
        new = edited(compose, place)
        after: dict[str, Task] = {}
        with contextlib.suppress(RuntimeError):  # an image is of another that has no longer the same name
            after = by_name(new) if new else {}
        yield (
            place,
            {name: after[name] for name in sorted(before.keys() & after) if before[name] == declared(after[name])},
        )


def results(task: Task) -> list[bytes]:
    """Run a task and give what it made."""
    with contextlib.redirect_stdout(io.StringIO()):
        task.run()
    return [path.read_bytes() for path in task.outputs]


def handed(stage: str, task: Task) -> Any:
    """Give the values that a task's function is handed."""
    named = {name: value for name, value in task.run.keywords.items() if (stage, name) not in NO_MATTER}
    return plain([task.run.args, named])


def test_what_a_task_is_handed_of_the_config_is_what_it_uses(everything: Compose) -> None:
    before = {name: handed(name.partition(":")[0], task) for name, task in by_name(everything).items()}
    forgotten = [
        f"{name}: {'.'.join(map(str, place))}"
        for place, after in changes(everything, [place for place, _ in leaves(everything)])
        for name, task in after.items()
        for stage in [name.partition(":")[0]]
        if before[name] != handed(stage, task) and (stage, place[-1]) not in NO_MATTER
    ]
    assert not forgotten, "\n".join(forgotten)


def test_what_a_task_reads_of_the_config_makes_no_difference_or_is_what_it_uses(rich: Compose) -> None:
    made, read = {}, set[Read]()
    for name, task in in_order(by_name(rich)):
        with watched(rich) as places:
            made[name] = results(task)
        read |= {Read(name, place) for place in places}
    forgotten = [
        f"{name}: {'.'.join(map(str, place))}"
        for place, after in changes(
            rich, [place for place, _ in leaves(rich) if place in {value.place for value in read}]
        )
        for name, task in after.items()
        if Read(name, place) in read and made[name] != results(task)
    ]
    assert not forgotten, "\n".join(forgotten)
