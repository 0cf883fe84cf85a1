"""Each key of an image, changed alone, runs those tasks that must run, and no other; what follows them is cut off by their files.

Also covers: composelib.config.checks.image.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from composelib.config import load
from composelib.errors import ConfigError
from composelib.stages import stages
from composelib.task import Task

CONFIG = """\
release: {{name: Demo, short: demo, version: "12", codename: bookworm}}
arches: [amd64]
archives: {{debian: {{uri: host, suites: [bookworm], trusted: true}}}}
variants:
  Base:
    packages: [bash, linux-image-amd64]
    images:
      edge: {{kind: ostree, packages: [linux-image-amd64, bash]}}
      plain: {{kind: root, packages: [bash]}}
      it: {{{keys}}}
"""
FORMS = "checksum image_checksum metadata provenance"
"""The stages that take the files of an image one by one."""
ANY = {"failable: true": "checksum materials metadata"}
SIZE = {"max-size: 1GB": "test"}
FILES = {"files: [{file: script, to: /}]": "extra_files provenance rootfs solve"}
ROOT = {
    "packages: [linux-image-amd64, less]": "gather solve",
    "recommends: true": "gather solve",
    "exclude: [nano]": "solve",
    "scripts: [script]": "rootfs",
    "scripts: [script], network: true": "rootfs",
    "keep: [/etc/key]": "rootfs",
    "customize: {hostname: other}": "rootfs",
    "customize: {users: {ada: {}}}": "rootfs",
    "customize: {groups: {web: {}}}": "rootfs",
    "customize: {presets: [disable *]}": "rootfs",
    "customize: {exclude-paths: [docs]}": "rootfs",
    "customize: {first-boot-wizard: true}": "rootfs",
    "customize: {locale: de_DE.UTF-8}": "rootfs solve",
    "customize: {timezone: Europe/Oslo}": "rootfs solve",
    "customize: {keyboard: {layout: de}}": "rootfs solve",
    "customize: {enable: [ssh]}": "rootfs solve",
    **FILES,
}
BOOT = {"boot: true": "test"}
RUN = (
    *("entrypoint: [/bin/a]", "cmd: [a]", "env: {A: b}", "user: nobody", "workdir: /x", "ports: [80]"),
    *("volumes: [/v]", "labels: {a: b}"),
)
PUSH = {"push: registry.example/x": "container_push", "push: registry.example/x, cosign-key: script": "container_push"}
MEDIUM = {**ANY, **SIZE, **BOOT}
REACH = {
    "kind: iso, installer: true": ANY
    | BOOT
    | {
        "max-size: 1GB": "createiso test",
        "files: [{file: script, to: /}]": "createiso extra_files provenance",
        "secure-boot: true": "createiso installable",
        "volume-id: OTHER": "createiso",
        "preseed: script": "createiso",
        "jigdo: true": f"jigdo {FORMS}",
    },
    "kind: live": MEDIUM
    | ROOT
    | {
        "customize: {kernel-append: quiet}": "live_media",
        "secure-boot: true": "live_media solve",
        "volume-id: OTHER": "live_media",
    },
    "kind: disk": MEDIUM
    | ROOT
    | {
        "formats: [raw, qcow2]": f"image_format:qcow2 test {FORMS}",
        "formats: [raw, tar.xz]": f"image_format:tar.xz test {FORMS}",
        "builder: mkosi": "rootfs",
        "customize: {kernel-append: quiet}": "image_build",
        "secure-boot: true": "image_build solve",
        "size: 9GB": "image_build",
        "grow: false": "image_build",
        "cloud-init: true": "image_build",
    },
    "kind: disk, from: edge": MEDIUM
    | {
        "formats: [raw, vmdk]": f"image_format:vmdk test {FORMS}",
        "size: 9GB": "ostree_disk",
        "grow: false": "ostree_disk",
    },
    "kind: ostree": ROOT
    | {
        "failable: true": "checksum materials metadata ostree_refs",
        "ref: other": "checksum ostree ostree_refs",
        "deltas: false": "ostree",
        "customize: {kernel-append: quiet}": "ostree",
    },
    "kind: container": ANY | SIZE | ROOT | PUSH | dict.fromkeys(RUN, "container"),
    "kind: container, packages: [bash]": {"distroless: true": "container sbom"},
    "kind: container, from: edge, bootc: true": ANY | SIZE | PUSH | dict.fromkeys(RUN, "ostree_container"),
    "kind: ostree-installer, from: edge": MEDIUM | {"volume-id: OTHER": "ostree_installer"},
    "kind: netboot": MEDIUM
    | {"failable: true": "checksum metadata", "volume-id: OTHER": "netboot", "preseed: script": "netboot"},
    "kind: root": ANY | SIZE | ROOT | {"formats: [tar, wsl]": f"image_format:wsl test {FORMS}"},
}
NO_EFFECT = {
    "kind: disk, from: edge, files: [{file: script, to: /}]": "files: has no effect: the image is made of 'edge'",
    "kind: netboot, files: [{file: script, to: /}]": "files: has no effect: all that it starts comes from the network",
    "kind: ostree, boot: true": "boot: has no effect: a commit is started from a disk that is made of it",
    "kind: ostree, max-size: 1GB": "max-size: has no effect: a commit is no file",
    "kind: container, customize: {kernel-append: quiet}": "kernel-append: has no effect: a container starts no kernel",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reach") / "composes"
    path.mkdir()
    (path / "script").write_text("#!/bin/sh\n")
    return path


def describe(task: Task) -> str:
    """Return all whose change runs a task again."""
    files = (task.inputs, task.optional, task.outputs, task.trees, task.managed, task.listed_inputs)
    return repr((task.uses, files, task.tools, task.probe))


def plan(folder: Path, keys: str) -> dict[str, str]:
    """Return the tasks of a compose by name, but for the one that names it, which depends on all of the config."""
    path = folder / "demo.yaml"
    path.write_text(CONFIG.format(keys=keys))
    compose = load(path, build=folder / "build")
    return {
        f"{stage.name}:{task.name}": describe(task)
        for stage in stages(compose)
        for task in stage.tasks
        if stage.name != "compose_id"
    }


@pytest.mark.parametrize("kind", REACH)
def test_a_key_runs_what_must_run_and_nothing_else(folder: Path, kind: str) -> None:
    plain = plan(folder, kind)
    for key, expected in REACH[kind].items():
        edited = plan(folder, f"{kind}, {key}")
        names = [name.split(":") for name in plain.keys() | edited.keys() if plain.get(name) != edited.get(name)]
        reached = {":".join((name[0], *name[4:])) for name in names}
        assert (key, reached) == (key, set(expected.split()))


@pytest.mark.parametrize("keys", NO_EFFECT)
def test_a_key_that_would_run_nothing_is_an_error(folder: Path, keys: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(folder, keys)
    assert NO_EFFECT[keys] in str(caught.value)
