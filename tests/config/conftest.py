"""Fixtures for the tests of the config: a config that is right, and ways to make it wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from composelib.config import load
from composelib.config.checks import compose
from composelib.errors import ConfigError
from composelib.model.compose import Compose
from composelib.model.image_traits import Image
from composelib.model.variant import Variant

STAGES = (
    "autopkgtest", "build", "buildinstall", "container", "createiso", "extra_files", "image_build", "image_format", "jigdo", "lint", "live_media", "netboot", "ostree",
    "ostree_container", "ostree_disk", "ostree_installer", "ostree_refs", "rootfs", "solve", "test",
)  # fmt: skip
HEAD = """\
release: {name: Demo, short: demo, version: "12", codename: bookworm}
arches: [amd64, arm64]
archives:
  debian: {uri: host, suites: [bookworm], trusted: true}
"""
BODY = """\
variants:
  Base:
    packages: [bash]
"""
Checkout = Path
Loads = Callable[..., Compose]
ImageT = TypeVar("ImageT", bound=Image)
Faults = Callable[..., str]


def image_of(variant: Variant, name: str, kind: type[ImageT]) -> ImageT:
    """Return an image of a variant, which must be of a kind."""
    (image,) = (image for image in variant.images if image.name == name)
    assert isinstance(image, kind)
    return image


@pytest.fixture(autouse=True)
def all_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every stage exist, so that these tests are about the config alone."""
    monkeypatch.setattr(compose, "list_stage_names", lambda: frozenset(STAGES))


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty checkout, which is the working directory."""
    folder = tmp_path / "checkout"
    (folder / "composes").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def loads(checkout: Path) -> Loads:
    """Return a function that loads a config's text."""

    def loads(text: str | bytes, **options: object) -> Compose:
        content = text.encode() if isinstance(text, str) else text
        (checkout / "composes" / "test.yaml").write_bytes(content)
        return load(Path("composes/test.yaml"), **options)  # type: ignore[arg-type] # a test's own options

    return loads


@pytest.fixture
def faults(loads: Loads) -> Faults:
    """Return a function that returns the errors of a config's text."""

    def faults(text: str | bytes, **options: object) -> str:
        with pytest.raises(ConfigError) as raised:
            loads(text, **options)
        return str(raised.value)

    return faults
