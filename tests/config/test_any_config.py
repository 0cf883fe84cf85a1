"""Whatever is done to a config that has every key, loading it gives a compose or a ConfigError, never anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composelib.config import load
from composelib.errors import ConfigError

EVERYTHING = """\
release: {name: Demo, short: demo, version: "12", codename: bookworm, base: {short: debian, version: "12"},
  identity: release, id: demo-os, urls: {home: "https://example.org/", support: "https://example.org/help", bugs: "https://example.org/bugs"},
  suite: stable, description: A demo, valid-until: 7d, changelogs: "https://example.org/@CHANGEPATH@", not-automatic: true, but-automatic-upgrades: true, signed-by: true, keyring-package: true}
type: production
label: RC-1.0
arches: [amd64, arm64]
gate: no-worse
base-url: https://example.org/compose
sign: {key: 0x0123456789012345678901234567890123456789}
archives:
  debian:
    uri: host
    suites: [bookworm, flat/]
    components: [main]
    trusted: true
    allow-expired: true
    snapshot: 20261101T000000Z
    lookaside: false
    priority: 500
    debug: {uri: host, suites: [bookworm-debug], components: [main]}
  ours: {build: [{dsc: hello (= 2.10-3), suffix: +a1, profiles: [nocheck]}, {git: 'https://example.org/x', name: xx}], lint: fatal, test: reverse, test-failures: report, limits: {time: 2h, processes: 100, memory: 1GiB, file: 1GB, disk: 2GB}}
  crossed: {builder: native, rebuild: on-dependency-change, build: [{dsc: hello, cross: true, failable: true}]}
  overlay: {debs: ., sources: false}
groups: {web: [nginx, @more], more: ["php-fpm [!arm64]"]}
variants:
  Base:
    packages:
      - ?priority(required)
      - linux-image-amd64 [amd64] | linux-image-arm64 [arm64]
      - standard^
      - @web
  Server:
    extends: Base
    arches: [amd64]
    exclude: [nano, ?section(games), "lib*-doc", foo:amd64]
    pinned: [busybox]
    recommends: yes
    method: nodeps
    alternatives: all
    fulltree: true
    empty: true
    selfhosting: true
    multiarch: {foreign: [i386], sets: [runtime, devel], include: [aa], exclude: [bb]}
    lookaside: [Base]
    sources: true
    missing-sources: [lost, "old (= 1:2.0-1)"]
    debug: true
    strict: lenient
    together: fatal
    indices: [contents, translations, appstream, commands, diffs]
    compress: [zstd]
    languages: [en, pt_BR]
    pin: [{packages: [linux-*, "src:x:any", /y/], version: 1*, priority: -1}, {archive: debian, suite: bookworm, priority: 9}]
    extra-files: [{url: 'http://x/y', sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, to: /}]
    optional: [aa, "@more"]
    addons: {HighAvailability: {packages: [pacemaker], exclude: [vim]}}
    images:
      dvd: {kind: iso, installer: true, max-size: 4.7GB, split: true, jigdo: true, extra-variants: [Base], boot: true}
      live: {kind: live, packages: [live-boot], exclude: [nano], scripts: [/etc/passwd], network: true, files: [{file: /etc/passwd, to: /etc, mode: "0600", owner: "me:me"}],
             customize: {users: {me: {groups: [sudo], uid: 1500, home: /srv/me, sudo: no-password, system: true}}, groups: {us: {gid: 990, system: true}},
               keyboard: {layout: de, variant: nodeadkeys, model: pc104, options: "compose:menu"}, presets: [enable ssh.service], exclude-paths: [docs, /usr/share/x/*], first-boot-wizard: true}}
      cloud: {kind: disk, builder: mkosi, formats: [qcow2, raw.xz], size: 4GB, failable: true, partitions: [{mount: /, fs: ext4}, {mount: /srv, size: 1GB, grow: true, label: data, options: [noatime]}, {fs: swap, size: 512MB}, {mount: /home, fs: btrfs, subvolumes: [/home/me]}]}
      edge: {kind: ostree, ref: "demo/{version}/{arch}/edge", deltas: false, failable: [amd64]}
      bootc: {kind: container, from: edge, bootc: true, push: "registry.example/demo/edge:{version}", cosign-key: /etc/passwd}
      tool: {kind: container, packages: [hello], distroless: true}
      setup: {kind: ostree-installer, from: edge}
"""
LINES = EVERYTHING.splitlines(keepends=True)
ODD = ["", "~", "[]", "{}", "[[]]", "{a: b}", "-1", "9" * 400, "é", "x" * 300, "'", "@web", "@", "?", "~n", "true", "..", "/",
       "*a", "&a x", "!x", "${HOME}", "${}", "\0", "{version}", "foo (= 1)", "[amd64, amd64]", "Base", "Server", "edge"]  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """Return the config with some lines left out, doubled, moved or with one of their words replaced."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "double", "move", "word", "cut"])):
            case "drop" if len(lines) > 1:
                del lines[at]
            case "double":
                lines.insert(at, lines[at])
            case "move":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(at))
            case "word":
                words = lines[at].split(" ")
                words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(ODD))
                lines[at] = " ".join(words).rstrip("\n") + "\n"
            case _:
                lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))] + "\n"
    return "".join(lines)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any") / "any.yaml"


def test_the_config_that_has_every_key_is_right(path: Path) -> None:
    path.write_text(EVERYTHING)
    assert len(load(path).variants[1].images) == 7


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=spoilt())
def test_a_spoilt_config_gives_a_compose_or_errors_with_their_places(path: Path, text: str) -> None:
    path.write_text(text)
    try:
        load(path)
    except ConfigError as error:
        message = str(error)
    else:
        return
    assert message.startswith(f"{path}:")
