"""A wrong call is one line with its cure, before anything is done.

Also covers: composelib.engine.doit_selection.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.demo_compose import Demo, make_demo
from tests.kit.tiny_archive import Key, TinyArchive


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, key: Key) -> Demo:
    """Make the demo's config and archive."""
    folder = tmp_path_factory.mktemp("calls")
    return make_demo(folder, TinyArchive(folder / "archive", key))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["-q", "publish"], "publish: a command has to come before options and tasks; `doit publish …`"),
        (["plan", "--foo"], "doit plan: --foo: there is no such option; `doit help plan` lists its options"),
        (
            ["reset-dep", "--foo"],
            "doit reset-dep: --foo: there is no such option; `doit help reset-dep` lists its options",
        ),
        (["help", "--foo"], "doit help: --foo: there is no such option; `doit help help` lists its options"),
        (["-n"], "doit run: -n: a value has to follow; `doit help run` lists its options"),
        (["prune", "--keep=x"], "doit prune: --keep: 'x' is no whole number; `doit help prune` lists its options"),
        (["help", "run", "plan"], "doit help: plan: it takes one command or task; `doit help run`"),
        (["forget", "nosuch"], "'nosuch' is not a task; see `doit list --all`"),
        (["ignore"], "doit ignore: it takes the names of tasks; see `doit list --all`"),
        (["arches="], "arches=: it has no value; give it one, or leave it out"),
    ],
)
def test_a_wrong_call_is_told_with_its_cure(demo: Demo, words: list[str], line: str) -> None:
    ran = demo.doit(*words)
    assert (ran.status, ran.err) == (2, f"error: {line}\n")
    assert not demo.root.exists()


def test_a_lock_that_is_not_there_is_told_before_anything_runs(demo: Demo) -> None:
    ran = demo.doit("locked=1")
    lock = Path(demo.config).with_suffix(".lock")
    assert (ran.status, ran.err) == (
        2,
        f"error: locked=1: there is no {lock}; `{demo.call} lock` records the archives' states\n",
    )
