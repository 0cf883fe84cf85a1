"""Small published trees with a signed repository, one after another, to move channels to."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from composelib.commands.shared.channel_move import publish_tree
from composelib.commands.shared.destination import Destination
from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.stages import createrepo, release
from composelib.stages import key as key_stage
from tests.kit.client_apt import ClientApt, make_apt
from tests.kit.gathered_variant import choose, compose, run_stages, variant
from tests.kit.tiny_archive import DATE, Key, TinyArchive


@dataclass(frozen=True)
class ChannelTrees:
    """A compose whose tree is made anew with another version of its package, and is then published."""

    compose: Compose
    key: Key

    def make_tree(self, number: int) -> Path:
        """Make the published tree of a version; return it."""
        archive = TinyArchive(self.compose.build.parent / f"archive{number}", self.key)
        archive.add("tool", f"{number}.0", files={"usr/bin/tool": b"%d" % number})
        choose(self.compose, "Server", "amd64", archive, ["tool"])
        self.compose.paths.epoch.write_text(f"{DATE + 60 * number}\n")
        shutil.rmtree(self.compose.paths.repository("Server") / "pool", ignore_errors=True)  # a run's sweep does that
        run_stages(self.compose, key_stage, createrepo, release)
        name = f"demo-12-20231114.d.{number}"
        tree = self.compose.paths.published / name
        shutil.copytree(self.compose.paths.tree, tree)
        for path, content in list_metadata(name, DATE + 60 * number):
            write_file(tree / path, json.dumps(content))
        write_file(tree / f"Server/amd64/images/disk-{number}.qcow2", b"%d" % number)
        return tree

    def publish(self, number: int, destination: Destination, channel: str = "nightly") -> str:
        """Make the tree of a version and publish it; return the line for the user."""
        return publish_tree(self.compose, destination, channel, self.make_tree(number))

    def make_client(self, root: Path, url: str) -> ClientApt:
        """Return an apt that reads a channel at a URL."""
        return make_apt(root, f"deb [signed-by={self.compose.paths.archive_key}] {url}/Server/repo bookworm main\n")


def make_trees(folder: Path, key: Key) -> ChannelTrees:
    """Return a compose that has no tree yet."""
    return ChannelTrees(compose(folder / "build", variant()), key)


def list_metadata(name: str, date: int) -> list[tuple[str, object]]:
    """Return the metadata that a stream is made of."""
    release_row = {"name": "Demo", "short": "demo", "version": "12", "codename": "bookworm"}
    row = {"variant": "Server", "arch": "amd64", "name": "disk", "kind": "disk", "size": 1, "sha256": "0" * 64}
    path = f"Server/amd64/images/disk-{name.rpartition('.')[2]}.qcow2"
    server = {"repository": "Server/repo", "components": ["main"], "arches": ["amd64"], "sources": False}
    info = {"id": name, "label": None, "date": date, "release": release_row, "key": "archive-key.asc"}
    return [
        ("metadata/composeinfo.json", info | {"variants": {"Server": server}}),
        ("metadata/images.json", {"images": [row | {"path": path}]}),
    ]
