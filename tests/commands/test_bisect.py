"""The change between two published composes that makes a command fail is found.

Also covers: composelib.commands.shared.composition, composelib.commands.shared.published_config
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.kit.demo_compose import CHECKOUT, Demo, make_demo
from tests.kit.tiny_archive import DATE, Key, TinyArchive
from tests.kit.warm_doit import Call, run_doit

NAMES = [f"app{number:02}" for number in range(30)]
GOOD, BAD = "tiny-1.10-20231114.n.0", "tiny-1.10-20231114.n.1"


@pytest.fixture
def published(tmp_path: Path, key: Key) -> Demo:
    """Return a demo with two published composes: 29 packages are newer in the second, and a line of the config is new."""
    archive = TinyArchive(tmp_path / "archive", key)
    for name in NAMES:
        archive.add(name, Depends="libapp" if name == "app07" else "")
    archive.add("libapp")
    demo = make_demo(tmp_path, archive)
    demo.edit("    sources: true\n", "")
    demo.edit("      - mailer | postman", "\n".join(f"      - {name}" for name in NAMES))
    assert demo.doit().status == 0
    assert demo.doit("publish").status == 0
    for name in NAMES[1:]:
        archive.add(name, "2.0", Depends="libapp (>= 2.0)" if name == "app07" else "")
    archive.add("libapp", "2.0")
    archive.publish(date=DATE + 3600)
    demo.edit("      - app00\n", "      - app00\n      - postman\n")
    assert demo.doit().status == 0
    assert demo.doit("publish").status == 0
    return demo


def bisect(demo: Demo, script: str) -> tuple[int, list[str], int]:
    """Return the exit status, the lines after `the first bad change`, and how often the command was run."""
    words = ("bisect", GOOD, BAD, "--make=createrepo", f"compose={demo.config}", f"build={demo.folder / 'build'}")
    ran = run_doit(Call((*words, "--", "sh", "-c", script), CHECKOUT, dict(os.environ), ()))
    print(ran.stdout, ran.stderr)
    lines = ran.stdout.partition("the first bad change")[2].splitlines()[1:]
    return ran.returncode, [line.strip() for line in lines], ran.stdout.count("\ntry ") + ran.stdout.startswith("try ")


@pytest.mark.slow
def test_a_package_among_thirty_changes_is_found_in_six_tries(published: Demo) -> None:
    status, lines, tries = bisect(
        published, 'test ! -e "$COMPOSE_TREE"/Server/repo/pool/main/a/app21/app21_2.0_amd64.deb'
    )
    assert (status, lines) == (0, ["app21 1.0 -> 2.0"])
    assert tries <= 6
    assert not (published.folder / "build/tiny-bisect").exists()


@pytest.mark.slow
def test_a_line_of_the_config_is_found(published: Demo) -> None:
    status, lines, _ = bisect(published, 'test ! -e "$COMPOSE_TREE"/Server/repo/pool/main/p/postman')
    assert (status, lines) == (0, ["variants.Server.packages: postman added"])
