from __future__ import annotations

import subprocess
import sys

import pytest

from composelib.image.root import builders

HEAVY = ("tarfile", "ctypes", "composelib.tools.run")


def test_every_module_is_a_builder_and_the_default_comes_first() -> None:
    assert builders.list_builders() == ("native", "kiwi", "mkosi")


@pytest.mark.parametrize("name", builders.list_builders())
def test_a_builder_is_known_by_its_own_name_and_says_which_programs_it_starts(name: str) -> None:
    assert builders.read_capabilities(name).name == name
    assert builders.read_capabilities(name).tools


def test_native_alone_installs_foreign_packages_and_serves_commits() -> None:
    able = [builders.read_capabilities(name) for name in builders.list_builders()]
    assert [(builder.name, builder.commits) for builder in able if builder.foreign] == [("native", True)]


def test_asking_what_builders_can_do_loads_nothing_that_only_work_needs() -> None:
    code = f"""
import sys
from composelib.image.root import builders
builders.list_builders()
print([name for name in {HEAVY} if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout == "[]\n"
