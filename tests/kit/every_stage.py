"""A compose with a task of every stage, of packages without content."""

from __future__ import annotations

import subprocess
from pathlib import Path

from composelib.archive.choose.debian_installer import UDEBS
from composelib.archive.format.pdiff import SUFFIX, IndexPatch, PatchIndex, format_patch_index, name_patch, sum_up
from composelib.config import load
from composelib.engine.ownership import claim_folder
from composelib.text.packed_file import compress_as
from tests.kit.demo_compose import Demo
from tests.kit.foreign_builder import PACKAGES as DISK_PACKAGES
from tests.kit.source_packages import TinySource
from tests.kit.stub_installer import INSTALLER, PACKAGES, add_images
from tests.kit.tiny_archive import Key, TinyArchive, deb, gpg, paragraph

CONFIG = """\
release: {{name: Tiny, short: tiny, version: "1.10", codename: tinysuite, valid-until: 4w, keyring-package: true}}
type: test
arches: [amd64]
gate: no-worse
archives:
  tiny: {{uri: "{uri}", suites: [stable], components: [main], signed-by: {key}}}
  local: {{debs: debs}}
  ours: {{builder: native, lint: true, test: reverse, build: [{{dir: greeter}}]}}
variants:
  Extra: {{lookaside: [Server], packages: [local-tool, greeter], extra-files: [{{deb: local-tool, path: usr/bin/tool, to: /}}]}}
  Server:
    indices: [contents, translations, appstream, commands, diffs]
    compress: [zstd]
    packages: [?essential, linux-image-amd64, apt, initramfs-tools, live-boot, ostree, dracut, tzdata]
    sources: true
    extra-files:
      - {{deb: base-files, path: usr/share/common-licenses/GPL-3, to: /}}
      - {{file: note.txt, to: /}}
      - {{git: "file://{folder}/files", ref: master, path: note.txt, to: /from-git/}}
    images:
      packages: {{kind: iso, jigdo: true, split: true, max-size: 600MB}}
      source: {{kind: iso, source: true}}
      installer: {{kind: iso, installer: true}}
      netboot: {{kind: netboot}}
      live: {{kind: live}}
      disk: {{kind: disk}}
      root: {{kind: root, customize: {{timezone: Europe/Oslo}}}}
      tool: {{kind: container, push: "{registry}/{{image}}"}}
      edge: {{kind: ostree, files: [{{file: note.txt, to: /etc/}}]}}
      edge-disk: {{kind: disk, from: edge}}
      edge-container: {{kind: container, from: edge, bootc: true}}
      edge-installer: {{kind: ostree-installer, from: edge}}
"""
REAL_CONFIG = """\
release: {{name: Tiny, short: tiny, version: "12", codename: bookworm}}
type: test
arches: [amd64]
archives:
  debian:
    uri: host
    suites: [bookworm]
    components: [main]
    signed-by: /usr/share/keyrings/debian-archive-keyring.gpg
variants:
  Server:
    packages: [?essential, apt, usr-is-merged]
    images:
      {image}
"""
REAL_IMAGES = {
    "native": "tool: {kind: container, packages: [?essential, apt, usr-is-merged]}",
    "kiwi": f"disk: {{kind: disk, builder: kiwi, packages: [{', '.join(dict.fromkeys(('?essential', *DISK_PACKAGES)))}]}}",
}
"""An image of each builder that makes roots of Debian's packages."""
FORMER = "tiny-1.10-20231101.t.0"
"""The ID of a compose that was published before."""
STANZA = f"""\
Package: gone
Version: 1.0
Architecture: amd64
Filename: pool/gone_1.0_amd64.deb
Size: 1
SHA256: {"0" * 64}
"""
INDICES = "Server/repo/dists/tinysuite/main/binary-amd64"
SCRIPT = b"1d\n"
"""A patch to its index, for ed(1)."""
GIT = ("git", "-c", "user.name=Tiny", "-c", "user.email=tiny@example.org")
LIVE = ("live-boot", "ostree", "dracut")
COMPILER = ("build-essential", "fakeroot")


def make_every_stage(folder: Path, key: Key, registry: str) -> Demo:
    """Write the config, and publish what it asks for; its container goes to a registry at `HOST:PORT`."""
    archive = TinyArchive(folder / "archive", key)
    archive.components = ("main", INSTALLER)
    licence = {"usr/share/common-licenses/GPL-3": b"licence"}
    archive.add("base-files", Essential="yes", files=licence)
    archive.add_source("tzdata")
    archive.add("tzdata", files={"usr/share/zoneinfo/Europe/Oslo": b"time"})
    for name in (*PACKAGES, *LIVE, *UDEBS, *COMPILER):
        archive.add_source(name)
        if name != "base-files" and name not in UDEBS:
            archive.add(name)
    for name in UDEBS:
        archive.add(name, component=INSTALLER)
    add_images(archive)
    archive.listed = ["main/installer-amd64/current/images/SHA256SUMS"]
    archive.publish()
    put_local(folder / "debs")
    TinySource(form="3.0 (native)", version="1.0").put_tree(folder / "greeter")
    (folder / "note.txt").write_text("note\n")
    (folder / "files").mkdir()
    (folder / "files/note.txt").write_text("note from git\n")
    for words in (("init", "-q", "-b", "master"), ("add", "note.txt"), ("commit", "-q", "-m", "note")):
        subprocess.run([*GIT, *words], cwd=folder / "files", check=True)
    demo = Demo(folder, archive)
    demo.config.write_text(CONFIG.format(uri=archive.uri, key=key.public, folder=folder, registry=registry))
    claim_folder(load(demo.config, build=folder / "build"))
    put_former(demo.root / "published", key)
    return demo


def make_real(folder: Path, key: Key, builder: str) -> Demo:
    """Write the config of a compose whose root is made of Debian's packages by a builder."""
    demo = Demo(folder, TinyArchive(folder / "archive", key))
    demo.config.write_text(REAL_CONFIG.format(image=REAL_IMAGES[builder]))
    claim_folder(load(demo.config, build=folder / "build"))
    return demo


def put_local(debs: Path) -> None:
    """Put a package into a folder of .debs."""
    debs.mkdir()
    fields = {"Package": "local-tool", "Version": "1.0", "Architecture": "amd64", "Depends": "apt"}
    control = paragraph({**fields, "Maintainer": "Tiny <tiny@example.org>", "Description": "a tool"})
    (debs / "local-tool_1.0_amd64.deb").write_bytes(deb(control, {"usr/bin/tool": b"tool"}))


def put_former(published: Path, key: Key) -> None:
    """Leave what is read of a compose that was published before, which had one package."""
    tree = published / FORMER
    current, plain, packed = (sum_up(content) for content in (STANZA.encode(), SCRIPT, compress_as(SCRIPT, SUFFIX)))
    patch = IndexPatch(name_patch((), plain), current, plain, packed)
    index = format_patch_index(PatchIndex(current, (patch,)))
    (tree / INDICES / "Packages.diff").mkdir(parents=True)
    (tree / INDICES / f"Packages.diff/{patch.name}{SUFFIX}").write_bytes(compress_as(SCRIPT, SUFFIX))
    listed = {"Packages": current, "Packages.diff/Index": sum_up(index.encode())}
    rows = "".join(f" {sums.sha256} {sums.size} main/binary-amd64/{name}\n" for name, sums in listed.items())
    release = f"Codename: tinysuite\nSHA256:\n{rows}"
    signature = gpg(key.home, "--armor", "--detach-sign", data=release.encode()).decode()
    for name, content in (
        ("metadata/debs.json", '{"version": 1, "variants": {}, "omitted_sources": {}}'),
        ("metadata/images.json", '{"version": 1, "images": []}'),
        (f"{INDICES}/Packages", STANZA),
        (f"{INDICES}/Packages.diff/Index", index),
        ("Server/repo/dists/tinysuite/Release", release),
        ("Server/repo/dists/tinysuite/Release.gpg", signature),
        ("archive-key.asc", gpg(key.home, "--armor", "--export", key.fingerprint).decode()),
        ("COMPOSE_ID", f"{FORMER}\n"),
    ):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(content)
    (published / "latest").symlink_to(FORMER)
