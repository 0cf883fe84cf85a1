from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from composelib.config import load, read
from composelib.config.show import as_json, as_text, format_lines
from composelib.model.compose import Compose
from tests.config.conftest import BODY, HEAD, Loads
from tests.config.test_any_config import EVERYTHING


def shown(path: str = "composes/test.yaml") -> str:
    settings, _ = read(Path(path))
    return as_text(settings, Path(path).parent)


def without_places(compose: Compose) -> str:
    return re.sub(r"Origin\([^)]*\)", "", repr(replace(compose, digest="")))


def test_what_is_given_is_shown_with_its_line_and_defaults_without(loads: Loads) -> None:
    loads(HEAD + BODY)
    text = shown().splitlines()
    assert next(line for line in text if "bookworm" in line and "codename" in line).split() == [
        "codename:", "bookworm", "#", "composes/test.yaml:1",
    ]  # fmt: skip
    assert "    strict: fatal" in text
    assert "type: development" in text


def test_a_package_of_a_group_is_shown_with_the_line_in_the_group(loads: Loads) -> None:
    loads(HEAD + "groups:\n  web:\n    - nginx\nvariants: {Base: {packages: [@web]}}\n")
    line = next(line for line in shown().splitlines() if "nginx" in line)
    assert line.split() == ["-", "nginx", "#", "composes/test.yaml:7"]


def test_what_is_shown_of_a_config_that_has_every_key_means_the_same_config(loads: Loads, checkout: Path) -> None:
    first = loads(EVERYTHING)
    settings, _ = read(Path("composes/test.yaml"))
    text = "".join(
        f"{'  ' * level}{text}\n" for level, text, origin in format_lines(settings, Path("composes")) if origin
    )
    (checkout / "composes" / "test.yaml").write_text(text)
    second = load(Path("composes/test.yaml"))
    assert without_places(first) == without_places(second)


def test_json_has_the_values_and_their_places(loads: Loads) -> None:
    loads(HEAD + BODY)
    settings, _ = read(Path("composes/test.yaml"))
    document = as_json(settings, Path("composes"))
    assert document["values"]["variants"]["Base"]["packages"] == ["bash"]
    assert document["values"]["variants"]["Base"]["strict"] == "fatal"
    assert document["origins"]["variants.Base.packages[0]"] == "composes/test.yaml:7:16"
    assert "variants.Base.strict" not in document["origins"]
