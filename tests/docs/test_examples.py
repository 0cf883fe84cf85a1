"""The examples are composes that are read, and made of a tiny archive that has the packages they name."""

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
    folder = shutil.copytree(CHECKOUT / "examples", tmp_path / "examples")
    config = folder / path.name
    tiny = f'{{uri: "{archive.uri}", suites: [stable], components: [main], signed-by: {key.public}}}'
    config.write_text(ARCHIVE.sub(tiny, config.read_text()))
    (folder / "derivative/debs/ours_1.0_amd64.deb").write_bytes(
        deb("Package: ours\nVersion: 1.0\nArchitecture: amd64\nMaintainer: A <a@b.example>\nDescription: ours\n", {})
    )
    part = [] if path.stem in WHOLE else ["source"] if path.stem in BUILT else ["release", "repoclosure"]
    command = [sys.executable, "-m", "doit", *part, f"compose={config}", f"build={tmp_path / 'build'}"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
