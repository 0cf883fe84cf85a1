"""Every yaml block of the pages is read by the config reader, and every block of commands is run, or listed with a reason."""

from __future__ import annotations

import os
import re
import subprocess
import textwrap
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from composelib.config import load
from composelib.files import write_file
from composelib.model.variant import Variant
from tests.kit.demo_compose import CHECKOUT, CONFIG, fill
from tests.kit.tiny_archive import Key, TinyArchive

PAGES = [*sorted(CHECKOUT.glob("docs/**/*.md")), CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md"]
BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
FOREIGN = re.compile(r"# \.git")
"""The first line of a block that is for another program."""
LANGUAGES = {"", "yaml", "sh", "ini", "xml"}
ELSEWHERE = "runs on another machine, which a compose was installed on"
NOT_RUN = {
    ("nightly", "sudo systemctl enable --now acme-nightly.timer"): "would run the machine's services",
    ("publish-web", "REMOTE=bucket:acme/latest"): "needs a bucket",
    ("ostree-appliance", "ostree admin status"): ELSEWHERE,
    ("ostree-appliance", "ostree admin undeploy 0"): ELSEWHERE,
    ("debug-a-root", "tar -tvf build/acme/work/rootfs/Server/amd64-cloud.tar ./etc"): "needs a root of real packages",
    ("debug-a-root", "deb-compose compose=acme rootfs:Server:amd64:cloud"): "needs a root of real packages",
    ("debug-a-root", "deb-compose reproduce compose=acme rootfs:Server:amd64:cloud"): "needs a root of real packages",
    ("debug-a-root", "cd build/acme/compose/Server/amd64/images"): "does not end by itself",
    (
        "publishing",
        "python3 - Server/amd64/iso/demo-13-Server-packages-amd64.intoto.json <<'END'",
    ): "names the demo's image, and so is run with it (tests/verify/test_provenance.py)",
    ("release-day", "ln -sfn acme-1-20261120.0 build/acme/published/latest"): "names a compose that has to be there",
}
BASE = """\
release: {name: Demo, short: demo, version: "1", codename: trixie}
type: development
arches: [amd64]
archives:
  debian: {uri: "https://archive.example", suites: [bookworm], signed-by: key.gpg}
  backports: {uri: "https://backports.example", suites: [bookworm-proposed], signed-by: key.gpg}
variants:
  Demo: {packages: [apt, linux-image-amd64, initramfs-tools, locales, tzdata, sudo, keyboard-configuration, console-setup]}
"""
CHANGELOG = "{} (1.0) unstable; urgency=low\n\n  * One.\n\n -- A <a@b.example>  Sat, 01 Aug 2026 12:00:00 +0000\n"
NAMING = {"file", "preseed", "dir", "debs", "patches", "scripts", "notify"}
"""The keys whose values are files."""
VARIANT_KEYS = {field.name.replace("_", "-") for field in fields(Variant)}


def list_blocks(language: str) -> list[tuple[str, str]]:
    """Return the blocks of a language, each after the name of its page."""
    return [
        (page.stem, match["text"])
        for page in PAGES
        for match in BLOCK.finditer(page.read_text())
        if match["language"] == language
    ]


def wrap_fragment(text: str) -> str:
    """Return a config that has a fragment of one where it belongs: at the top, or in a variant."""
    if set(yaml.safe_load(text)) <= VARIANT_KEYS:
        text = f"variants:\n  Demo:\n{textwrap.indent(text, '    ')}"
    return f"include: [base.yaml]\n{text}"


def put_named_files(folder: Path, value: Any) -> None:
    """Make the files and folders that a fragment names."""
    if isinstance(value, dict):
        for name in NAMING & value.keys():
            for text in value[name] if isinstance(value[name], list) else [value[name]]:
                put_named_file(folder / text, name)
        for item in value.values():
            put_named_files(folder, item)
    for item in value if isinstance(value, list) else ():
        put_named_files(folder, item)


def put_named_file(path: Path, key: str) -> None:
    """Make a file, or what else a key of the config names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if key == "dir":
        write_file(path / "debian/changelog", CHANGELOG.format(path.name))
        write_file(path / "debian/control", f"Source: {path.name}\n\nPackage: {path.name}\nArchitecture: all\n")
    elif key == "debs":
        path.mkdir()
    else:
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)


@pytest.mark.parametrize(("page", "text"), list_blocks("yaml"))
def test_each_yaml_block_is_read_by_the_config_reader(tmp_path: Path, page: str, text: str) -> None:
    if FOREIGN.match(text):
        assert yaml.safe_load(text)
        return
    folder = tmp_path / "composes"
    folder.mkdir()
    (folder / "base.yaml").write_text(BASE)
    (folder / "key.gpg").touch()
    (folder / f"{page}.yaml").write_text(wrap_fragment(text))
    put_named_files(folder, yaml.safe_load(text))
    assert load(folder / f"{page}.yaml").variants


def test_each_block_says_what_it_is() -> None:
    languages = {match["language"] for page in PAGES for match in BLOCK.finditer(page.read_text())}
    assert languages <= LANGUAGES


def test_what_is_not_run_is_there_and_little() -> None:
    blocks = {(page, text.splitlines()[0]) for page, text in list_blocks("sh")}
    assert NOT_RUN.keys() <= blocks
    assert len(NOT_RUN) <= 10


RUN = sorted({page for page, text in list_blocks("sh") if (page, text.splitlines()[0]) not in NOT_RUN})


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN)
def test_the_commands_of_a_page_work_one_after_another(tmp_path: Path, key: Key, name: str) -> None:
    """Run them in a folder with the compose `acme`, which was made once."""
    archive = TinyArchive(tmp_path / "archive", key)
    fill(archive)
    (tmp_path / "composes").mkdir()
    (tmp_path / "composes/acme.yaml").write_text(CONFIG.format(uri=archive.uri, key=key.public))
    texts = [text for page, text in list_blocks("sh") if page == name and (page, text.splitlines()[0]) not in NOT_RUN]
    script = "\n".join(["set -eux", "git init -q .", "deb-compose -q compose=acme", *texts])
    path = f"{CHECKOUT / '.venv/bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "HOME": str(tmp_path)}
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
