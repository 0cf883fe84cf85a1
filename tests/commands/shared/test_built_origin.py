from __future__ import annotations

from pathlib import Path

import pytest

from composelib.archive.explain.manifest_reader import GatheredPackage, parse_rows
from composelib.commands.shared.built_origin import explain_build
from tests.kit.built_sources import LINE, BuiltSources
from tests.kit.tiny_archive import TinyArchive


def gathered(archive: str) -> GatheredPackage:
    """Return a row of a manifest."""
    texts = {
        "package": "greet-tools",
        "version": "1",
        "architecture": "amd64",
        "source": "greeter",
        "source_version": "1",
    }
    row = {**texts, "component": "main", "filename": "x", "size": 1, "sha256": "", "archive": archive, "why": {}}
    return parse_rows([row])[0]


def test_a_package_that_is_built_is_led_back_to_the_lines_of_its_patches(
    tmp_path: Path, archive: TinyArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = BuiltSources(tmp_path, archive)
    (tmp_path / "patches").mkdir()
    patch = "Description: greet\n--- a/greet\n+++ b/greet\n@@ -1 +1 @@\n-a\n+b\n--- a/po/x\n+++ b/po/x\n@@ -1 +1 @@\n-a\n+b\n"
    (tmp_path / "patches/new.patch").write_text(patch)
    compose = built.load("{dsc: greeter, patches: ../patches, suffix: +acme1}", monkeypatch)
    answer, lines = explain_build(compose, gathered("ours"))
    assert lines == [
        f"    composes/acme.yaml:{LINE}:9: built from the source package greeter, with +acme1",
        "      patches/new.patch:3: changes greet",
        "      patches/new.patch:8: changes po/x",
    ]
    assert answer["built"]["patches"] == [line.strip() for line in lines[1:]]
    assert explain_build(compose, gathered("tiny")) == ({}, [])


def test_a_package_out_of_git_is_led_back_to_its_commit(
    tmp_path: Path, archive: TinyArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose = BuiltSources(tmp_path, archive).load("{git: 'https://example.org/greeter.git', ref: main}", monkeypatch)
    assert explain_build(compose, gathered("ours"))[1] == [
        f"    composes/acme.yaml:{LINE}:9: built from https://example.org/greeter.git at main"
    ]
    origins = tmp_path / "build/acme/work/source/ours/greeter.origins.json"
    origins.parent.mkdir(parents=True)
    origins.write_text('{"commit": "0123"}')
    assert "greeter.git at 0123" in explain_build(compose, gathered("ours"))[1][0]
