"""Each YAML block of the docs is read by the reader of configs; the demo's config and the schema by any reader of YAML and JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import indent

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.config.conftest import HEAD, Loads
from tests.kit.demo_compose import CHECKOUT
from tests.kit.source_packages import TinySource

BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = [
    pytest.param(block, id=f"{path.relative_to(CHECKOUT)}-{number}")
    for path in (*sorted(CHECKOUT.glob("docs/**/*.md")), CHECKOUT / "README.md")
    for number, block in enumerate(BLOCK.findall(path.read_text()))
]
FILES = (
    "composes/preseed.cfg",
    "composes/README.html",
    "patches/hello/fix.patch",
    "composes/acme/hello/greeting.patch",
    "composes/wired.nmconnection",
    "composes/10-net.yaml",
    "composes/wg0.netdev",
)
BACKPORTS = "  backports: {uri: host, suites: [bookworm-backports, bookworm-proposed], trusted: true}\n"
VARIANT = "variants:\n  Server:\n    packages: [bash, linux-image-amd64, linux-image-cloud-amd64]\n"


def complete(block: str) -> str:
    """Return a whole config with a block of a few keys, which may be those of a variant."""
    keys = set(yaml.safe_load(block))
    if "release" in keys:
        return block
    if keys & {"images", "pin", "extra-files"}:
        return f"{HEAD}{BACKPORTS}{VARIANT}{indent(block, '    ')}"
    head = HEAD.partition("archives:")[0] if "archives" in keys else HEAD
    return f"{head}{block}" if "variants" in keys else f"{head}{block}{VARIANT}"


@pytest.mark.parametrize("block", BLOCKS)
def test_each_yaml_block_of_the_docs_is_a_config(block: str, loads: Loads, checkout: Path) -> None:
    for name in FILES:
        path = checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    TinySource().put_tree(checkout / "hello-ours")
    assert loads(complete(block)).variants


def test_the_demos_config_is_yaml_for_every_reader_and_as_its_schema_says() -> None:
    schema = json.loads((CHECKOUT / "composes/schema.json").read_text())
    config = yaml.load((CHECKOUT / "composes/demo.yaml").read_text(), yaml.BaseLoader)  # noqa: S506 - it makes texts only
    assert [
        error.message for error in Draft202012Validator(schema).iter_errors(yaml.safe_load(yaml.safe_dump(config)))
    ] == []
