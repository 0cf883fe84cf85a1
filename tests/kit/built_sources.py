"""A compose that builds source packages, and the stages up to them, run one after another as the engine would."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from composelib.config import load
from composelib.engine.ownership import claim_folder
from composelib.model.build_paths import locate_source_package, locate_source_record
from composelib.model.compose import Compose
from composelib.stages import inrelease, pkgset, source
from tests.kit.tiny_archive import TinyArchive

CONFIG = """\
release: {{name: Acme, short: acme, version: "12", codename: stable}}
type: test
arches: [amd64]
archives:
  tiny: {{uri: "{uri}", suites: [stable], components: [main], signed-by: {key}}}
  ours:
    build:
      - {entry}
    {keys}
variants: {{Server: {{packages: [greeter]}}}}
"""
LINE = 8
"""The line of the entry in the config."""


@dataclass
class BuiltSources:
    """A checkout whose one compose builds one source package."""

    folder: Path
    archive: TinyArchive

    def load(self, entry: str, monkeypatch: pytest.MonkeyPatch, folder: str = "", keys: str = "") -> Compose:
        """Return the compose with this entry, and with further keys of the archive."""
        checkout = self.folder / folder
        (checkout / "composes").mkdir(parents=True, exist_ok=True)
        config = CONFIG.format(uri=self.archive.uri, key=self.archive.key.public, entry=entry, keys=keys)
        (checkout / "composes/acme.yaml").write_text(config)
        monkeypatch.chdir(checkout)
        compose = load(Path("composes/acme.yaml"))
        claim_folder(compose)
        return compose


def run_sources(compose: Compose) -> None:
    """Read the archives and make the source packages."""
    for stage in (inrelease, pkgset, source):
        for task in stage.tasks(compose):
            if not task.name.startswith("ours:amd64"):
                task.run()


def read_record(compose: Compose, name: str = "greeter") -> dict[str, Any]:
    """Return what is recorded of a source package."""
    record: dict[str, Any] = json.loads(locate_source_record(compose.paths, "ours", name).read_text())
    return record


def read_files(compose: Compose, name: str = "greeter") -> dict[str, bytes]:
    """Return the files of a source package, by name."""
    folder = locate_source_package(compose.paths, "ours", name)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def unpack(compose: Compose, target: Path, name: str = "greeter") -> Path:
    """Unpack a source package as anybody would and return the tree."""
    folder = locate_source_package(compose.paths, "ours", name)
    (dsc,) = folder.glob("*.dsc")
    subprocess.run(["dpkg-source", "--extract", dsc, target], check=True, capture_output=True)
    return target
