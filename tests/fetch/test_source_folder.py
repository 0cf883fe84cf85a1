"""The source packages of a folder of packages."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from composelib.errors import TrustError
from composelib.fetch import source_folder
from tests.kit.client_apt import make_apt, serve
from tests.kit.demo_compose import Demo, make_demo
from tests.kit.tiny_archive import Key, TinyArchive, deb, gpg, paragraph

CHANGELOG = "tool (1.0) stable; urgency=low\n\n  * First.\n\n -- T <t@example.org>  Tue, 14 Nov 2023 22:13:20 +0000\n"
CONTROL = (
    "Source: tool\nMaintainer: T <t@example.org>\nStandards-Version: 4.6.2\nBuild-Depends: debhelper-compat (= 13)\n\n"
    "Package: tool\nArchitecture: any\nDescription: a tool\n"
)


def put_source(folder: Path, tree: Path) -> Path:
    """Let dpkg-source make a source package in a folder; return its .dsc."""
    for name, text in (
        ("changelog", CHANGELOG),
        ("control", CONTROL),
        ("source/format", "3.0 (native)\n"),
        ("rules", "#!/usr/bin/make -f\n"),
    ):
        path = tree / "debian" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    folder.mkdir(exist_ok=True)
    subprocess.run(["dpkg-source", "-b", str(tree)], cwd=folder, check=True, capture_output=True)
    return folder / "tool_1.0.dsc"


@pytest.fixture
def dsc(tmp_path: Path) -> Path:
    """Make a folder of packages with one source package."""
    return put_source(tmp_path / "packages", tmp_path / "tool-1.0")


def test_a_stanza_has_the_fields_of_the_dsc_and_the_dsc_among_its_files(dsc: Path, key: Key) -> None:
    dsc.write_bytes(gpg(key.home, "-u", key.fingerprint, "--clear-sign", data=dsc.read_bytes()))
    (stanza,) = source_folder.read_source_stanzas(dsc.parent)
    text = stanza.decode()
    assert text.startswith("Package: tool\nFormat: 3.0 (native)\n")
    assert "\nBuild-Depends: debhelper-compat (= 13)\n" in text
    assert text.endswith(f" {dsc.stat().st_size} tool_1.0.dsc\nDirectory: .\n")
    assert text.count("tool_1.0.tar.xz") == text.count("tool_1.0.dsc") == 2
    assert "Sha1" not in text
    assert "PGP" not in text


def test_a_file_that_belongs_to_a_dsc_is_checked(dsc: Path) -> None:
    tar = dsc.with_name("tool_1.0.tar.xz")
    tar.write_bytes(tar.read_bytes()[:-1] + b"x")
    with pytest.raises(TrustError, match=r"tool_1\.0\.tar\.xz: is not the file that tool_1\.0\.dsc lists"):
        list(source_folder.read_source_stanzas(dsc.parent))
    tar.unlink()
    with pytest.raises(TrustError, match=r"tool_1\.0\.tar\.xz: is missing; tool_1\.0\.dsc lists it"):
        list(source_folder.read_source_stanzas(dsc.parent))
    tar.symlink_to("/proc/version")
    with pytest.raises(TrustError, match="leads outside of its archive"):
        list(source_folder.read_source_stanzas(dsc.parent))


@pytest.mark.parametrize(
    "text", ["", "Source: a\nno field\n", "Source: a\n", "Package: a\nSource: a\nChecksums-Sha256: x y z\n"]
)
def test_what_is_no_dsc_is_named(dsc: Path, text: str) -> None:
    dsc.write_text(text)
    with pytest.raises(TrustError, match=r"packages/tool_1\.0\.dsc: .*; mend or remove it"):
        list(source_folder.read_source_stanzas(dsc.parent))


def test_a_file_beside_a_dsc_that_changes_changes_the_state(dsc: Path) -> None:
    states = [source_folder.describe_source_state(dsc.parent)]
    (dsc.parent / "other.deb").touch()
    states.append(source_folder.describe_source_state(dsc.parent))
    dsc.with_name("tool_1.0.tar.xz").write_bytes(b"x")
    states.append(source_folder.describe_source_state(dsc.parent))
    assert states[0] == states[1] != states[2]
    assert source_folder.describe_source_state(dsc.parent / "absent") == "no such folder"


def put_tool(demo: Demo, archive: str) -> None:
    """Put a binary package into the demo's folder of packages, and ask for it and for an addon."""
    control = {"Package": "tool", "Version": "1.0", "Architecture": "amd64", "Description": "a tool"}
    control |= {"Maintainer": "T <t@example.org>", "Built-Using": "gone (= 3)"}
    (demo.folder / "packages").mkdir(exist_ok=True)
    (demo.folder / "packages/tool.deb").write_bytes(deb(paragraph(control), {}))
    demo.edit("archives:\n", f"archives:\n  ours: {{debs: packages{archive}}}\n")
    demo.edit('      - "@web"\n', '      - "@web"\n      - tool\n')
    demo.edit("    sources: true\n", "    sources: true\n    addons: {Extra: {packages: [postman]}}\n")


def test_apt_gets_the_sources_of_a_folder_and_of_an_addon(archive: TinyArchive, tmp_path: Path) -> None:
    put_source(tmp_path / "packages", tmp_path / "tool-1.0")
    demo = make_demo(tmp_path, archive)
    put_tool(demo, "")
    refused = demo.doit("gather")
    assert refused.status == 1
    assert "source gone 3 of tool (Built-Using) is not in any archive; `missing-sources: [gone (= 3)]`" in refused.out
    demo.edit("    sources: true\n", "    sources: true\n    missing-sources: [gone (= 3), idle]\n")
    done = demo.doit("checksum")
    assert done.status == 0, done.err
    (omitted,) = demo.json("metadata/debs.json")["omitted_sources"]["Server"]
    assert (omitted["source"], omitted["package"], omitted["relation"]) == ("gone", "tool", "Built-Using")
    assert omitted["cause"] == "variants.Server.missing-sources: [gone (= 3)]"
    assert "'idle' is not missing, or not needed" in (demo.root / "logs/gather/Server-source.log").read_text()
    assert (demo.tree / "Server/repo/pool/Extra/p/postman/postman_1.0.dsc").is_file()
    with serve(demo.tree / "Server/repo") as (url, _):
        key = demo.tree / "archive-key.asc"
        client = make_apt(tmp_path / "client", f"deb-src [signed-by={key}] {url} tinysuite main Extra\n")
        assert client.run("apt-get", "update").stderr == ""
        client.run("apt-get", "--download-only", "source", "tool", "postman")
    subprocess.run(["dpkg-source", "-x", "tool_1.0.dsc"], cwd=client.root, capture_output=True, check=True)
    assert (client.root / "tool-1.0/debian/changelog").read_text() == CHANGELOG
    assert (client.root / "postman_1.0.tar.gz").is_file()


def test_an_archive_without_sources_is_asked_for_none_and_debs_json_says_so(
    archive: TinyArchive, tmp_path: Path
) -> None:
    demo = make_demo(tmp_path, archive)
    put_tool(demo, ", sources: false")
    assert demo.doit("checksum").status == 0
    omitted = demo.json("metadata/debs.json")["omitted_sources"]["Server"]
    assert [(row["source"], row["cause"]) for row in omitted] == [
        ("gone", "archives.ours.sources: false"),
        ("tool", "archives.ours.sources: false"),
    ]
    assert demo.json("metadata/composeinfo.json")["archives"]["ours"]["sources"] is False
