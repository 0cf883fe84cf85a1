"""The examples are composes that are read, made of a tiny archive that has the packages they name, and whole of a real one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from composelib.config import load
from composelib.model.compose import Compose
from composelib.model.image_traits import RootedImage
from composelib.stages import stages
from tests.kit.demo_compose import CHECKOUT
from tests.kit.tiny_archive import Key, TinyArchive, deb

EXAMPLES = sorted((CHECKOUT / "examples").glob("*.yaml"))
ARCHIVE = re.compile(r"\{uri: host.*\}")
NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
WHOLE = {"minimal", "derivative", "layered"}
"""The examples without a root of real packages, which are made to their end; of the others the repositories are."""
BUILT = {"building"}
"""The examples whose packages are built, for which a real compiler is needed; of these the source package is made."""


def list_names(compose: Compose) -> set[str]:
    """Return the packages that a compose asks for by name."""
    seeds = [seed.text for variant in compose.variants for seed in variant.packages]
    seeds += [seed.text for variant in compose.variants for addon in variant.addons for seed in addon.packages]
    images = [image for variant in compose.variants for image in variant.images if isinstance(image, RootedImage)]
    seeds += [seed.text for image in images for seed in image.packages]
    return {text for text in seeds if NAME.fullmatch(text)}


def test_there_are_eight() -> None:
    assert len(EXAMPLES) == 8


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_read_and_has_tasks(path: Path) -> None:
    names = {stage.name for stage in stages(load(path)) if stage.tasks}
    assert {"gather", "createrepo", "release", "checksum"} <= names


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_made_of_a_tiny_archive(tmp_path: Path, key: Key, path: Path) -> None:
    archive = TinyArchive(tmp_path / "archive", key)
    archive.add("base-files", Essential="yes", Priority="required")
    archive.add_source("base-files")
    for name in sorted(list_names(load(path)) - {"base-files", "greeter"}):
        archive.add(name)
        archive.add_source(name)
    archive.publish()
    config = copy_example(tmp_path, path)
    tiny = f'{{uri: "{archive.uri}", suites: [stable], components: [main], signed-by: {key.public}}}'
    config.write_text(ARCHIVE.sub(tiny, config.read_text()))
    part = [] if path.stem in WHOLE else ["source"] if path.stem in BUILT else ["release", "repoclosure"]
    make(config, *part, seconds=200)


@pytest.mark.longest
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_made_whole_of_the_archive_of_this_machine(tmp_path: Path, path: Path) -> None:
    config = copy_example(tmp_path, path)
    config.write_text(config.read_text().replace("sources: true", "sources: false"))  # not every mirror has them all
    make(config, seconds=7200)


def copy_example(folder: Path, path: Path) -> Path:
    """Return the config of a copy of the examples, with the package that one of them takes from a folder."""
    examples = shutil.copytree(CHECKOUT / "examples", folder / "examples")
    (examples / "derivative/debs/ours_1.0_amd64.deb").write_bytes(
        deb("Package: ours\nVersion: 1.0\nArchitecture: amd64\nMaintainer: A <a@b.example>\nDescription: ours\n", {})
    )
    return examples / path.name


def make(config: Path, *part: str, seconds: float) -> None:
    """Make a compose beside its config's folder, or a part of it."""
    build = config.parents[1] / "build"
    command = [sys.executable, "-m", "doit", *part, f"compose={config}", f"build={build}"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=seconds)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
