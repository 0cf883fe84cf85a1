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
INDENTED = re.compile(r"\n\n {4}\S")
"""A block without fences, which cannot say what it is."""
CLIENT = "runs on another machine, which a compose was installed on"
NOT_RUN = {
    ("nightly", "sudo adduser --system --group --home /srv/deb-compose compose"): "would run the machine's services",
    ("ostree-appliance", "ostree admin status"): CLIENT,
    ("ostree-appliance", "ostree admin undeploy 0"): CLIENT,
    ("publishing", "curl -O https://…/demo-archive-keyring.deb -O https://…/demo.sources"): CLIENT,
    ("debug-a-root", "tar -tvf build/acme/work/rootfs/Server/amd64-cloud.tar ./etc"): "needs a root of real packages",
    ("debug-a-root", "cd build/acme/compose/Server/amd64/images"): "does not end by itself",
    (
        "patched-packages",
        "podman run --rm oci-archive:build/acme/compose/Acme/amd64/images/acme-1-Acme-greet-amd64.oci.tar",
    ): "does not end by itself",
    ("patched-packages", "apt-get source hello"): "is done in an editor",
    (
        "tutorial",
        "sudo install -m 644 build/mine/published/latest/archive-key.asc /etc/apt/keyrings/mine.asc",
    ): "would change the machine's archives",
}
BARE = "test_debian_13.py::test_the_demo_is_made"
CHECKS = "test_debian_13.py::test_the_fast_tests_pass"
RUN_ELSEWHERE = {
    (
        "README",
        "./setup demo        # set up, then make the demo compose from the mirror this machine's apt uses",
    ): BARE,
    ("tutorial", "./setup demo"): BARE,
    ("CONTRIBUTING", "./setup             # Debian packages, and a virtual environment in .venv"): CHECKS,
    (
        "CONTRIBUTING",
        "./setup test        # everything that continuous integration runs (.ci/run); it installs more Debian packages",
    ): CHECKS,
    ("CONTRIBUTING", "ruff check . && ruff format . && mypy"): CHECKS,
    (
        "building",
        "doit reproduce --buildinfo=greeter_1.0-1+acme1_amd64.buildinfo",
    ): "building/test_builds.py::test_a_build_is_made_again_with_exactly_the_packages_that_its_buildinfo_records",
    (
        "rebuilds",
        "doit reproduce                        # all that is released",
    ): "commands/test_reproduce.py::test_all_that_is_released_is_the_same_when_built_elsewhere_and_the_compose_is_untouched",
    (
        "debug-a-root",
        "deb-compose compose=acme rootfs:Server:amd64:cloud",
    ): "commands/test_reproduce_kinds.py::test_every_kind_of_image_is_made_once_and_is_the_same_elsewhere_to_the_bit",
    (
        "debug-a-root",
        "deb-compose reproduce compose=acme rootfs:Server:amd64:cloud",
    ): "commands/test_reproduce_kinds.py::test_every_kind_of_image_is_made_once_and_is_the_same_elsewhere_to_the_bit",
    (
        "media",
        "doit boot live",
    ): "commands/test_boot.py::test_a_disk_starts_on_this_terminal_is_quit_by_keys_and_stays_as_it_is",
    (
        "images",
        "ostree remote add --gpg-import=archive-key.asc --set=gpg-verify-summary=true demo https://…/ostree/repo",
    ): "stages/test_ostree.py::test_a_client_pulls_over_http_and_checks_signatures",
    (
        "publishing",
        "python3 - Server/amd64/iso/demo-13-Server-packages-amd64.intoto.json <<'END'",
    ): "verify/test_provenance.py::test_a_statement_is_signed_so_that_gpgv_alone_can_check_it",
}
"""Blocks that another test runs, as the page has them or on a compose of its own."""
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


def test_no_block_is_without_fences() -> None:
    assert [page.name for page in PAGES if INDENTED.search(BLOCK.sub("", page.read_text()))] == []


def test_what_is_not_run_is_there_and_little() -> None:
    blocks = {(page, text.splitlines()[0]) for page, text in list_blocks("sh")}
    assert NOT_RUN.keys() | RUN_ELSEWHERE.keys() <= blocks
    assert len(NOT_RUN) <= 10


@pytest.mark.parametrize("named", sorted(set(RUN_ELSEWHERE.values())))
def test_a_test_that_runs_a_block_is_there(named: str) -> None:
    path, _, name = named.partition("::")
    assert f"def {name}(" in (CHECKOUT / "tests" / path).read_text()


def list_commands(page: str) -> list[str]:
    """Return the blocks of a page that are run here."""
    return [
        text
        for name, text in list_blocks("sh")
        if name == page and (name, text.splitlines()[0]) not in {**NOT_RUN, **RUN_ELSEWHERE}
    ]


RUN = [page for page in sorted({page for page, _ in list_blocks("sh")}) if list_commands(page)]


PREPARE = """
set -eux
mkdir bin
ln -s /bin/true bin/editor
PATH="$PWD/bin:$PATH"
git init -q .
git config --global user.email acme@acme.example
git config --global user.name Acme
"""
MAKE = """
for name in acme demo; do cp tiny.yaml composes/$name.yaml; done
deb-compose -q compose=PROJECT
"""
PUBLISH = """
deb-compose publish
cp build/demo/compose/archive-key.asc kept.asc
"""
"""What the pages about a published compose begin with."""
INIT = """
cat > bin/deb-compose <<'END'
#!/bin/sh
"$PROGRAM" "$@" || exit
if [ "$1" = init ]; then cp "$TINY" composes/$2.yaml; fi
END
chmod +x bin/deb-compose
"""
"""Lets a first config be of the tiny archive: the machine's own would be downloaded for minutes."""


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN)
def test_the_commands_of_a_page_work_one_after_another(tmp_path: Path, key: Key, page: str) -> None:
    """Run them in a folder with a compose that was made, unless they begin with one of their own."""
    archive = TinyArchive(tmp_path / "archive", key)
    archive.add("redis-server")
    archive.add("hello")
    fill(archive)
    config = CONFIG.format(uri=archive.uri, key=key.public).replace(
        "      - mailer", "      - redis-server\n      - hello\n      - mailer"
    )
    (tmp_path / "composes").mkdir()
    (tmp_path / "tiny.yaml").write_text(config.replace("sources: true", "sources: false"))
    (tmp_path / "dodo.py").write_text("from composelib.dodo import *\n")
    script = "\n".join(list_commands(page))
    begin = INIT if "init acme" in script else MAKE.replace("PROJECT", "demo" if "demo" in script else "acme")
    begin += PUBLISH if "published/latest" in script and "demo" in script else ""
    programs = CHECKOUT / ".venv/bin"
    environment = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "PROGRAM": str(programs / "deb-compose"),
        "TINY": str(tmp_path / "tiny.yaml"),
    }
    done = subprocess.run(
        ["sh", "-c", PREPARE + begin + script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
