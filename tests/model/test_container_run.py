"""How a container is run is read from the config as it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from composelib.config import load
from composelib.errors import ConfigError
from composelib.model.image import ContainerImage

CONFIG = """\
release: {{name: Demo, short: demo, version: "12", codename: bookworm}}
arches: [amd64]
archives: {{debian: {{uri: host, suites: [bookworm], trusted: true}}}}
variants:
  Base:
    packages: [bash]
    images:
      app: {{kind: container, {keys}}}
"""


def read(tmp_path: Path, keys: str) -> ContainerImage:
    config = tmp_path / "demo.yaml"
    config.write_text(CONFIG.format(keys=keys))
    (image,) = load(config).variants[0].images
    assert isinstance(image, ContainerImage)
    return image


def test_a_word_may_be_there_twice_and_be_empty(tmp_path: Path) -> None:
    assert read(tmp_path, 'entrypoint: [tar, -C, /a, -C, ""]').entrypoint == ("tar", "-C", "/a", "-C", "")


def test_variables_are_texts_by_name(tmp_path: Path) -> None:
    assert read(tmp_path, 'env: {B: 1.10, A: "", C: no}').env == (("A", ""), ("B", "1.10"), ("C", "no"))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("env: {A-B: x}", "'A-B' cannot be the name of a variable"),
        ("env: [A=1]", "expected a mapping of variable names to texts"),
        ("ports: [http]", "a port such as 80 or 53/udp"),
        ("workdir: srv", "an absolute path"),
        ("user: 'Www Data'", "USER or USER:GROUP"),
    ],
)
def test_what_no_container_can_have_is_refused_at_its_place(tmp_path: Path, keys: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, keys)
    assert message in str(error.value)
    assert "demo.yaml:8:" in str(error.value)
