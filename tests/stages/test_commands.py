"""Commands files: from an archive's verified ones to a repository's.

Also covers: composelib.archive.format.commands_file.
"""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.variant import Addon
from composelib.stages import commands, createrepo, descriptions, inrelease, key, release
from tests.kit.client_apt import make_apt
from tests.kit.gathered_variant import NOWHERE, choose, compose, list_tasks, run_stages, variant
from tests.kit.tiny_archive import TinyArchive

HEADER = "suite: {suite}\ncomponent: {component}\narch: amd64\n"
STANZA = "name: {name}\nversion: {version}\ncommands: {name},{name}-more\n"
TARGET = (
    'Acquire::IndexTargets::deb::CNF { MetaKey "$(COMPONENT)/cnf/Commands-$(NATIVE_ARCHITECTURE)"; '
    'ShortDescription "Commands"; Description "Commands"; };\n'
)
"""As command-not-found configures apt."""


@pytest.fixture
def demo(archive: TinyArchive, tmp_path: Path) -> Compose:
    rows = (("unwanted", "1.0"), ("zz", "1.0"), ("other", "0.9"), ("aa", "1.0"), ("extra", "1.0"))
    stanzas = [HEADER.format(suite="stable", component="main"), *(STANZA.format(name=a, version=b) for a, b in rows)]
    path = archive.root / "dists/stable/main/cnf/Commands-amd64"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(stanzas))
    path.with_suffix(".xz").write_bytes(lzma.compress(path.read_bytes()))
    archive.listed += ["main/cnf/Commands-amd64", "main/cnf/Commands-amd64.xz"]
    for name, _ in rows:
        archive.add(name)
    archive.publish()
    server = variant(indices=("commands",), addons=(Addon("HA", ()),))
    origin = Archive("tiny", NOWHERE, archive.uri, ("stable",), ("main",), archive.key.public)
    demo = compose(tmp_path / "build", server, archives=(origin,))
    choose(demo, "Server", "amd64", archive, ["aa", "zz", "other", "extra"], {"extra": "HA"})
    run_stages(demo, inrelease, descriptions, commands)
    return demo


def test_each_component_has_the_commands_of_its_packages_in_their_versions(demo: Compose) -> None:
    for component, names in {"main": ("aa", "zz"), "HA": ("extra",)}.items():
        path = demo.paths.suite("Server") / component / "cnf/Commands-amd64"
        stanzas = (
            HEADER.format(suite="bookworm", component=component),
            *(STANZA.format(name=name, version="1.0") for name in names),
        )
        assert path.read_text() == "".join(f"{stanza}\n" for stanza in stanzas)
        assert lzma.decompress(path.with_suffix(".xz").read_bytes()) == path.read_bytes()


def test_apt_fetches_them_for_command_not_found(demo: Compose, tmp_path: Path) -> None:
    run_stages(demo, key, createrepo, release)
    uri = f"file:{demo.paths.repository('Server').absolute()}"
    line = f"deb [signed-by={demo.paths.archive_key.absolute()}] {uri} bookworm main\n"
    machine = make_apt(tmp_path / "apt", line, options=TARGET)
    assert machine.run("apt-get", "update").stderr == ""
    listed = machine.run("apt-get", "indextargets", "--format", "$(FILENAME)", "Created-By: CNF").stdout.strip()
    assert "commands: aa,aa-more" in machine.run("/usr/lib/apt/apt-helper", "cat-file", listed).stdout


def test_none_are_made_unasked(tmp_path: Path) -> None:
    assert not list_tasks(compose(tmp_path / "build", variant(indices=("contents",))), commands)
