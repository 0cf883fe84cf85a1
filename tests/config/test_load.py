"""What configs mean and what is said of wrong ones; tests of single parts stand in files of the parts' names.

Also covers: composelib.config, composelib.config.build_model, composelib.config.checks.compose,
composelib.config.checks.image, composelib.config.extends, composelib.config.groups.
"""

from __future__ import annotations

import json
import time
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from composelib.config import load
from composelib.errors import ConfigError
from composelib.model.customize import Customize, User
from composelib.model.image import ContainerImage, DiskImage, IsoImage, LiveImage, RootImage
from composelib.model.origin import Seed
from composelib.model.release import Base
from tests.config.conftest import BODY, HEAD, Faults, Loads, image_of
from tests.kit.source_packages import TinySource


def variant(keys: str) -> str:
    """Return a config whose one variant has these keys, each line indented already."""
    return HEAD + "variants:\n  Base:\n    packages: [bash, linux-image-amd64 ]\n" + keys


def texts(seeds: tuple[Seed, ...]) -> list[str]:
    return [seed.text for seed in seeds]


def test_a_small_config_has_the_documented_defaults(loads: Loads) -> None:
    compose = loads(HEAD + BODY)
    assert (compose.name, compose.type, compose.label, compose.sign) == ("test", "development", "", None)
    assert compose.config == Path("composes/test.yaml")
    (base,) = compose.variants
    assert (base.arches, base.strict, base.recommends, base.alternatives) == (
        ("amd64", "arm64"),
        "fatal",
        False,
        "first",
    )
    assert compose.archives[0].components == ("main",)


def test_the_compose_is_frozen(loads: Loads) -> None:
    with pytest.raises(FrozenInstanceError):
        loads(HEAD + BODY).name = "x"  # type: ignore[misc]


def test_strings_stay_as_written(loads: Loads) -> None:
    text = HEAD.replace('version: "12"', "version: 1.10").replace("name: Demo", "name: no") + BODY
    release = loads(text).release
    assert (release.version, release.name) == ("1.10", "no")


def test_the_words_of_the_model_are_plain_strings(loads: Loads) -> None:
    compose = loads(HEAD + BODY)
    words = (compose.type, compose.release.short, compose.arches[0], compose.variants[0].name, compose.archives[0].uri)
    assert {type(word) for word in words} == {str}


def test_a_seed_knows_where_it_stands(loads: Loads) -> None:
    compose = loads(HEAD + "variants:\n  Base:\n    packages:\n      - bash\n      - ?essential\n")
    assert [str(seed.origin) for seed in compose.variants[0].packages] == [
        "composes/test.yaml:8:9",
        "composes/test.yaml:9:9",
    ]


def test_a_group_gives_its_packages_with_their_own_places(loads: Loads) -> None:
    text = HEAD + "groups:\n  web: [nginx, @more]\n  more: [curl]\nvariants:\n  Base: {packages: [bash, @web, curl]}\n"
    seeds = loads(text).variants[0].packages
    assert texts(seeds) == ["bash", "nginx", "curl"]
    assert [seed.origin.line for seed in seeds] == [9, 6, 7]


def test_groups_work_in_every_list_of_packages(loads: Loads) -> None:
    text = HEAD + (
        "groups: {g: [nano]}\nvariants:\n  Base:\n    packages: [@g]\n    exclude: [@g]\n    pinned: [@g]\n"
        "    multiarch: {foreign: [i386], include: [@g], exclude: [@g]}\n    addons: {Extra: {packages: [@g]}}\n"
        "    images: {root: {kind: root, packages: [@g], exclude: [@g]}}\n"
    )
    base = loads(text).variants[0]
    assert base.multiarch
    lists = (base.packages, base.exclude, base.pinned, base.multiarch.include, base.multiarch.exclude)
    root = image_of(base, "root", RootImage)
    inner = (base.addons[0].packages, root.packages, root.exclude)
    assert [texts(seeds) for seeds in (*lists, *inner)] == [["nano"]] * 8


def test_extends_starts_from_the_keys_of_the_other_variant(loads: Loads) -> None:
    text = HEAD + (
        "variants:\n  Server:\n    extends: Base\n    packages: [nginx, bash]\n    arches: [amd64]\n"
        "    images: {dvd: {max-size: 1GB}, cd: {kind: iso}}\n"
        "  Base:\n    packages: [bash]\n    exclude: [nano]\n    recommends: true\n    images: {dvd: {kind: iso}}\n"
    )
    server = loads(text).variants[0]
    assert (texts(server.packages), texts(server.exclude)) == (["bash", "nginx"], ["nano"])
    assert (server.recommends, server.arches) == (True, ("amd64",))
    assert {(image.name, image.kind, image.max_size, image.arches) for image in server.images} == {
        ("dvd", "iso", 10**9, ("amd64",)),
        ("cd", "iso", 0, ("amd64",)),
    }


def test_extends_goes_through_several_variants_in_any_order(loads: Loads) -> None:
    text = HEAD + (
        "variants:\n  C: {extends: B, packages: [c]}\n  A: {packages: [a], sources: true}\n  B: {extends: A, sources: false}\n"
    ).replace("[c]", "[cc]").replace("[a]", "[aa]")
    first = loads(text).variants[0]
    assert (texts(first.packages), first.sources) == (["aa", "cc"], False)


def test_archives_of_all_sorts(loads: Loads, checkout: Path) -> None:
    (checkout / "incoming").mkdir()
    TinySource().put_tree(checkout / "hello")
    (checkout / "composes" / "key.gpg").touch()
    text = HEAD.replace("trusted: true", "signed-by: key.gpg") + (
        "  flat: {uri: file:/srv/flat, suites: [./], trusted: true, lookaside: true, priority: 10}\n"
        "  folder: {debs: ../incoming}\n"
        "  ours: {build: [{dsc: hello}, {dir: ../hello}, {git: 'https://example.org/xx.git', ref: main}]}\n"
        "  pinned:\n    uri: https://example.org/debian\n    suites: [a]\n    components: [main, contrib]\n    snapshot: 20261101T000000Z\n"
        "    signed-by: key.gpg\n    debug: {uri: https://example.org/debug, suites: [a-debug]}\n"
    )
    debian, flat, folder, ours, pinned = loads(text + BODY).archives
    assert (debian.uri, debian.signed_by) == ("host", Path("composes/key.gpg"))
    assert (flat.components, flat.lookaside, flat.priority, flat.trusted) == ((), True, 10, True)
    assert (folder.debs, folder.uri, folder.components) == (Path("incoming"), "", ())
    assert [(source.name, source.dsc, source.git, source.ref) for source in ours.build] == [
        ("hello", "hello", "", ""),
        ("greeter", None, "", ""),
        ("xx", None, "https://example.org/xx.git", "main"),
    ]
    assert ours.build[1].tree
    assert ours.build[1].tree.path == Path("hello")
    assert pinned.debug
    assert (pinned.debug.name, pinned.debug.components) == ("pinned-debug", ("main", "contrib"))
    assert (pinned.debug.signed_by, pinned.debug.snapshot) == (Path("composes/key.gpg"), "20261101T000000Z")


def test_images_of_all_kinds(loads: Loads, checkout: Path) -> None:
    (checkout / "composes" / "setup.sh").touch()
    text = variant(
        "    sources: true\n"
        "    images:\n"
        "      dvd: {kind: iso, installer: true, max-size: 4.7GB, split: true, jigdo: true, boot: true, files: [{file: setup.sh}]}\n"
        "      src: {kind: iso, source: true, arches: [amd64], failable: true}\n"
        "      live: {kind: live, arches: [amd64], packages: [linux-image-amd64], boot: 'ready here', scripts: [setup.sh]}\n"
        "      cloud: {kind: disk, arches: [amd64], formats: [qcow2, raw.xz], size: 4GiB, cloud-init: true, failable: [amd64]}\n"
        '      edge: {kind: ostree, arches: [amd64], ref: "demo/{version}/{arch}/edge"}\n'
        '      bootc: {kind: container, arches: [amd64], from: edge, bootc: true, push: "registry.example/demo:{version}"}\n'
        "      setup: {kind: ostree-installer, arches: [amd64], from: edge}\n"
        "      net: {kind: netboot}\n"
        "      app:\n        kind: container\n        packages: [nginx]\n        customize:\n          hostname: app\n"
        "          enable: [nginx.service]\n          users: {admin: {groups: [sudo], ssh-keys: [ssh-ed25519 AAAA me]}}\n"
    )
    (server,) = loads(text).variants
    dvd = image_of(server, "dvd", IsoImage)
    assert (dvd.max_size, dvd.split, dvd.boot) == (4_700_000_000, True, "login:")
    assert dvd.files[0].file == Path("composes/setup.sh")
    sources = image_of(server, "src", IsoImage)
    assert (sources.arches, sources.failable) == (("amd64",), ("amd64",))
    live = image_of(server, "live", LiveImage)
    assert (live.boot, live.scripts) == ("ready here", (Path("composes/setup.sh"),))
    cloud = image_of(server, "cloud", DiskImage)
    assert (cloud.formats, cloud.size) == (("qcow2", "raw.xz"), 4 << 30)
    bootc = image_of(server, "bootc", ContainerImage)
    assert (bootc.source_image, bootc.push) == ("edge", "registry.example/demo:{version}")
    user = User("admin", groups=("sudo",), ssh_keys=("ssh-ed25519 AAAA me",))
    customize = Customize(hostname="app", enable=("nginx.service",), users=(user,))
    assert image_of(server, "app", ContainerImage).customize == customize


def test_an_arch_specific_kernel_counts_for_its_arch(faults: Faults) -> None:
    text = variant("    images: {live: {kind: live}}\n").replace("linux-image-amd64 ", '"linux-image-amd64 [amd64]"')
    assert "variants.Base.images.live: boots, and has no kernel for arm64" in faults(text)


def test_a_layered_product_names_its_base(loads: Loads) -> None:
    text = HEAD.replace("codename: bookworm}", 'codename: bookworm, base: {short: debian, version: "12"}}') + BODY
    assert loads(text).release.base == Base("debian", "12")


def test_a_fingerprint_is_normalised(loads: Loads) -> None:
    assert loads(HEAD + "sign: {key: 0x" + "ab" * 20 + "}\n" + BODY).sign == "AB" * 20
    both = f"sign: {{keys: [0x{'ab' * 20}, {'cd' * 20}]}}\n"
    assert loads(HEAD + both + BODY).sign == f"{'AB' * 20} {'CD' * 20}"


def test_an_environment_variable_is_put_in(loads: Loads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHERE", "example.org")
    text = HEAD.replace("uri: host", "uri: 'http://${WHERE}/debian'") + BODY
    assert loads(text).archives[0].uri == "http://example.org/debian"


def test_the_digest_changes_with_any_byte_of_any_file(loads: Loads, checkout: Path) -> None:
    (checkout / "composes" / "common.yaml").write_text("label: RC-1.0\n")
    first = loads("include: [common.yaml]\n" + HEAD + BODY)
    (checkout / "composes" / "common.yaml").write_text("label: RC-1.0 #\n")
    second = loads("include: [common.yaml]\n" + HEAD + BODY)
    assert first.files == (Path("composes/test.yaml"), Path("composes/common.yaml"))
    assert first.digest != second.digest


def test_all_errors_are_told_at_once_each_with_its_line_and_a_caret(faults: Faults) -> None:
    text = HEAD + "varaints: {}\nlabel: ${X}\nvariants:\n  Base: {packages: [bash], arhces: [amd46]}\n"
    assert faults(text) == (
        "composes/test.yaml:5:1: varaints: unknown key; did you mean 'variants'?\n"
        "    varaints: {}\n"
        "    ^\n"
        "composes/test.yaml:6:8: label: ${X}: environment variables are not substituted here;"
        " they are only in 'uri', 'git', 'url', 'push' and 'base-url'\n"
        "    label: ${X}\n"
        "           ^\n"
        "composes/test.yaml:8:28: variants.Base.arhces: unknown key; did you mean 'arches'?\n"
        "      Base: {packages: [bash], arhces: [amd46]}\n"
        "                               ^"
    )


WRONG = {
    "release: {name: Demo}": "release: the key 'short' is missing",
    'version: "1-2"': "release.version: expected letters, digits and . + _, at most 32, got '1-2'",
    "short: a/b": "release.short: expected letters, digits",
    "short: ..": "release.short: expected letters, digits",
    "codename: ../x": "release.codename: expected letters, digits",
    "codename: [a]": "release.codename: expected letters, digits and . + _ -, at most 64, got a list",
    "arches: amd64": "arches: expected a list of arches, got 'amd64'; write [amd64]",
    "arches: []": "arches: expected a list of arches, got an empty one",
    "arches:": "arches: has no value",
    "arches: null": "arches: expected a list of arches, got 'null'",
    "arches: [x86_64]": "arches[0]: expected an architecture, got 'x86_64'; did you mean 'amd64'?",
    "arches: [amd64, arm46]": "arches[1]: expected an architecture, got 'arm46'; did you mean 'arm64'?",
    "arches: [amd64, amd64]": "arches[1]: 'amd64' is already in the list",
    "archives: {}": "archives: there is no archive",
    "archives: [x]": "archives: expected a mapping of archive names to their keys, got a list",
    "debian: {uri: host, suites: [a]}": "archives.debian: the key 'signed-by' is missing",
    "debian: {uri: host, trusted: true}": "archives.debian: the key 'suites' is missing",
    "debian: {uri: host, suites: [a], trusted: 1}": "archives.debian.trusted: expected true | false, got '1'",
    "debian: {trusted: true}": "archives.debian: has none of 'uri', 'debs', 'build'; write exactly one of",
    "debian: {uri: host, debs: ., suites: [a], trusted: true}": "archives.debian: has 'uri' and 'debs'; write exactly one of 'uri', 'debs', 'build'",
    "debian: {debs: ., suites: [a]}": "archives.debian.suites: has no effect without 'uri'; remove it",
    "debian: {debs: ../nowhere}": "archives.debian.debs: there is no folder nowhere",
    "debian: {uri: 'ftp://x', suites: [a], trusted: true}": "archives.debian.uri: expected `host`, http(s)",
    "debian: {uri: 'http://me:secret@x/', suites: [a], trusted: true}": "archives.debian.uri: a login in a URL: it would be in files, logs and what is released; logins belong in apt's auth.conf",
    "debian: {uri: 'http://127.0.0.1:99999/', suites: [a], trusted: true}": "archives.debian.uri: http://127.0.0.1:99999/: not a URL of a server: Port",
    "debian: {uri: 'http://[::1/x', suites: [a], trusted: true}": "archives.debian.uri: http://[::1/x: not a URL of a server",
    "base-url: 'https://a..b/x'": "base-url: https://a..b/x: not a URL of a server: it names no host",
    "debian: {uri: host, suites: [../a], trusted: true}": "archives.debian.suites[0]: expected a suite, got '../a'",
    "debian: {uri: host, suites: [./], components: [main], trusted: true}": "a flat repository (a suite that ends in '/')",
    "debian: {uri: host, suites: [a], signed-by: no.gpg}": "archives.debian.signed-by: there is no file composes/no.gpg",
    "debian: {uri: host, suites: [a], trusted: true, accept-origin: {b: Acme}}": "archives.debian.accept-origin: the archive has no suite 'b'",
    "debian: {uri: host, suites: [a], trusted: true, snapshot: 2026}": "archives.debian.snapshot: expected a time such as",
    "debian: {uri: host, suites: [a], trusted: true, priority: 99999}": "expected a whole number from 1 to 32767",
    "debian: {uri: host, suites: [a], trusted: true, priority: 1e3}": "expected a whole number from 1 to 32767",
    "ours: {build: [{dsc: a, git: b}]}": "archives.ours.build[0]: has 'dsc' and 'git'",
    "type: final": "type: expected production | nightly | test | ci | development, got 'final'",
    "type: nihgtly": "did you mean 'nightly'?",
    "type: production": "type: production needs a label",
    "label: RC1": "label: expected a label such as RC-1.0, got 'RC1'",
    "sign: {key: ABCD}": "sign.key: expected a fingerprint, got 'ABCD'; all 40 digits",
    "sign: {}": "sign: has none of 'key', 'keys'",
    "base-url: 'ftp://x'": "base-url: expected a URL",
    "notify: [tell]": "notify[0]: there is no file composes/tell",
    "include: common.yaml": "include: expected a list of files, got 'common.yaml'",
    "groups: {a: [@b]}": "groups.a: there is no group 'b'",
    "groups: {a: [@b], b: [@a]}": "contains itself: a -> b -> a",
}


@pytest.mark.parametrize(("line", "expected"), WRONG.items())
def test_a_wrong_value_is_told_with_its_path(line: str, expected: str, faults: Faults) -> None:
    name = line.partition(":")[0]
    lines = []
    for head in HEAD.splitlines():
        if head.partition(":")[0].strip() == name:
            lines.append(head[: len(head) - len(head.lstrip())] + line)
        elif name in {"version", "short", "codename"} and head.startswith("release"):
            old = {"version": 'version: "12"', "short": "short: demo", "codename": "codename: bookworm"}[name]
            lines.append(head.replace(old, line))
        elif not (name == "archives" and head.startswith("  debian")):
            lines.append(head)
    if name == "ours":
        lines.append(f"  {line}")
    elif not any(line in written for written in lines):
        lines.append(line)
    assert expected in faults("\n".join([*lines, BODY]))


WRONG_IN_VARIANT = {
    "    arches: [i386]": "variants.Base.arches: 'i386' is not an arch of the compose; the compose has amd64, arm64",
    "    arhces: [amd64]": "variants.Base.arhces: unknown key; did you mean 'arches'?",
    "    arches: [amd64, [x]]": "variants.Base.arches[1]: expected an architecture, got a list",
    "    recommends: maybe": "variants.Base.recommends: expected true | false, got 'maybe'",
    "    strict: fatale": "variants.Base.strict: expected off | lenient | fatal, got 'fatale'; did you mean 'fatal'?",
    "    extends: Bsae": "variants.Base.extends: there is no variant 'Bsae'; did you mean 'Base'?",
    "    extends: Base": "variants.Base.extends: 'Base' extends itself: Base -> Base",
    "    lookaside: [Server]": "variants.Base.lookaside: there is no variant 'Server'",
    "    lookaside: [Base]": "variants.Base.lookaside: Base builds on itself: Base -> Base",
    "    debug: true": "variants.Base.debug: no archive has -dbgsym packages",
    "    exclude: [nano, ?sectoin(games)]": "variants.Base.exclude[1]: ?sectoin is not a pattern; did you mean ?section?",
    "    exclude: ['nano (>= 1)']": "variants.Base.exclude[0]: 'nano (>= 1)' is not a name, a glob, a task or a pattern",
    "    exclude: ['lib* [amd46]']": "'amd46' is not an architecture of Debian; did you mean 'amd64'?",
    "    exclude: [@wbe]": "variants.Base.exclude: there is no group 'wbe'",
    "    exclude: ['@w b']": "variants.Base.exclude[0]: '@w b' cannot be the name of a group",
    "    addons: {main: {packages: [a2]}}": "variants.Base.addons: 'main' is one of the variant's own components",
    "    addons: {Optional: {packages: [a2]}}": "variants.Base.addons: 'Optional' is one of the variant's own components",
    "    addons: {X: {}}": "variants.Base.addons.X: the key 'packages' is missing",
    "    multiarch: {}": "variants.Base.multiarch: the key 'foreign' is missing",
    "    extra-files: [{file: a, url: 'http://x/'}]": "variants.Base.extra-files[0]: has 'file' and 'url'",
    "    extra-files: [{url: 'http://x/'}]": "variants.Base.extra-files[0]: the key 'sha256' is missing",
    "    extra-files: [{git: 'http://x/', path: ../y}]": "extra-files[0].path: expected a relative path, got '../y'",
    "    extra-files: [{git: 'http://x/', to: docs}]": "extra-files[0].to: expected an absolute path, got 'docs'",
    "    extra-files: [{git: 'http://x/', sha256: " + "0" * 64 + "}]": "has no effect without 'url'",
    "    extra-files: [{}]": "variants.Base.extra-files[0]: has none of 'file', 'git', 'url', 'deb'; write exactly one of",
    "    images: {x: {}}": "variants.Base.images.x: the key 'kind' is missing",
    "    images: {x: {kind: dvd}}": "variants.Base.images.x.kind: expected iso | live",
    "    images: {x: {kind: iso, builder: kiwi}}": "images.x.builder: an image of kind 'iso' has no 'builder'; only disk may have it",
    "    images: {x: {kind: iso, arches: [i386]}}": "variants.Base.images.x.arches: 'i386' is not an arch of the variant",
    "    images: {x: {kind: iso, arches: [amd64], failable: [arm64]}}": "images.x.failable: 'arm64' is not an arch of the image",
    "    images: {x: {kind: iso, failable: amd64}}": "failable: expected true, false or a list of arches, got 'amd64'",
    "    images: {x: {kind: iso, max-size: 650 MIB}}": "images.x.max-size: expected a size such as 650MiB or 4.7GB",
    "    images: {x: {kind: iso, max-size: 0}}": "images.x.max-size: expected a size such as",
    "    images: {x: {kind: iso, max-size: -1}}": "images.x.max-size: expected a size such as",
    "    images: {x: {kind: iso, split: true}}": "images.x.split: needs 'max-size'",
    "    images: {x: {kind: iso, source: true}}": "images.x.source: the variant has no source packages",
    "    sources: true\n    images: {x: {kind: iso, source: true, files: [{file: composes/a}]}}": "images.x.files: a medium of sources has no further",
    "    images: {x: {kind: iso, boot: true}}": "images.x.boot: nothing on it boots; add 'installer: true'",
    "    images: {x: {kind: container, packages: [bash*], distroless: true}}": "images.x.packages: 'bash*' names no package",
    "    images: {x: {kind: iso, volume-id: " + "v" * 33 + "}}": "images.x.volume-id: expected a volume ID",
    "    images: {x: {kind: iso, extra-variants: [Bse]}}": "there is no variant 'Bse'; did you mean 'Base'?",
    "    images: {x: {kind: iso, extra-variants: [Base]}}": "images.x.extra-variants: 'Base' is the image's own variant",
    "    images: {x: {kind: ostree, ref: 'a/{arch}'}, y: {kind: ostree, ref: 'a/{arch}'}}": "'a/amd64' is also the ref of Base.x",
    "    images: {x: {kind: ostree, ref: 'a/{vesrion}'}}": "unknown placeholder {vesrion}; did you mean 'version'?",
    "    images: {x: {kind: ostree, ref: 'a/{version'}}": "images.x.ref: a brace without its counterpart",
    "    images: {x: {kind: ostree, ref: {version}}}": "images.x.ref: expected a ref such as demo/{version}/{arch}/edge",
    "    images: {x: {kind: ostree-installer}}": "variants.Base.images.x: the key 'from' is missing",
    "    images: {x: {kind: container, bootc: true}}": "variants.Base.images.x: the key 'from' is missing",
    "    images: {x: {kind: container, from: y}}": "images.x.from: the variant has no image 'y'",
    "    images: {x: {kind: container, from: yy}, yy: {kind: iso}}": "'yy' is of kind 'iso', expected ostree or root",
    "    images: {x: {kind: container, from: y, recommends: true}, y: {kind: root}}": "images.x.recommends: has no effect: the image is made of 'y'; write it in 'y'",
    "    images: {x: {kind: container, from: y}, y: {kind: root, arches: [amd64]}}": "'y' is not made for arm64",
    "    images: {x: {kind: live, arches: [arm64], scripts: [a.sh]}}": "images.x.scripts[0]: there is no file composes/a.sh",
    "    images: {x: {kind: live, arches: [arm64]}}": "",
    "    images: {x: {kind: disk, formats: [qcow3]}}": "images.x.formats[0]: expected a disk format, got 'qcow3'",
    "    images: {x: {kind: root, customize: {users: {a: {password: secret}}}}}": "expected a crypt(5) hash",
    "    images: {x: {kind: root, customize: {hostnam: a}}}": "images.x.customize.hostnam: unknown key; did you mean 'hostname'?",
    "    images: {x: {kind: iso}, X: {kind: iso}}": "variants.Base.images: 'X' and 'x' on line 8 differ only in case",
    "    images: [{kind: iso}]": "variants.Base.images: expected a mapping of image names to their keys, got a list",
}
del WRONG_IN_VARIANT["    images: {x: {kind: live, arches: [arm64]}}"]


@pytest.mark.parametrize(("line", "expected"), WRONG_IN_VARIANT.items())
def test_a_wrong_value_in_a_variant_is_told_with_its_path(line: str, expected: str, faults: Faults) -> None:
    assert expected in faults(variant(line + "\n"))


@pytest.mark.parametrize("name", ["Bob's", "A & B", "a|b", "$5", '"'])
def test_a_name_that_would_break_the_menu_of_deployments_is_told(name: str, faults: Faults, loads: Loads) -> None:
    text = variant("    images: {x: {kind: ostree}}\n").replace("name: Demo", f"name: {json.dumps(name)}")
    assert "release.name: GRUB cannot read" in faults(text)
    loads(text.replace("kind: ostree", "kind: live"))
    loads(text.replace("name:", "identity: debian, name:", 1))


@pytest.mark.parametrize(
    ("entry", "column", "expected"),
    [
        ("openssh-server (>= 1:9", 27, "does not belong in a relation"),
        ("bash (>> )", 17, "does not belong"),
        ("linux-image-amd64 [amd46]", 31, "'amd46' is not an architecture of Debian; did you mean 'amd64'?"),
        ("bash, dash", 16, "is 2 relations; write an entry for each"),
        ("?priority(requird)", 22, "'requird' is not a priority; did you mean required?"),
        ("?installed", 12, "?installed is not supported"),
        ("foo bar", 16, "does not belong in a relation"),
        ("{a: b}", 12, "expected a package, pattern, task or @group, got a mapping"),
    ],
)
def test_a_wrong_entry_is_told_with_its_column(entry: str, column: int, expected: str, faults: Faults) -> None:
    message = faults(HEAD + f"variants:\n  Base:\n    packages:\n         - {entry}\n")
    assert expected in message
    assert message.startswith(f"composes/test.yaml:8:{column}: variants.Base.packages[0]: ")


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "''", ".", "..", "-rf", "'a b'", "a:b", "ä", "a" * 65, "a*", "'~'", "CON", "nul.x", "Com1"]
)
def test_an_odd_name_is_refused(name: str, faults: Faults) -> None:
    text = HEAD + BODY.replace("Base", name)
    assert "cannot be the name of a variant; letters, digits and . + _ - after a letter or digit" in faults(text)


@pytest.mark.parametrize("name", ["ostree", "Metadata", "STATUS", "SHA256SUMS", "report.html"])
def test_a_name_that_something_else_in_the_tree_has_is_refused(name: str, faults: Faults) -> None:
    assert "is the name of another file or folder of the compose" in faults(HEAD + BODY.replace("Base", name))


def test_names_that_differ_only_in_case_are_refused(faults: Faults) -> None:
    text = HEAD + "variants: {Base: {packages: [a2]}, base: {packages: [a2]}}\n"
    assert "variants: 'base' and 'Base' on line 5 differ only in case; rename one" in faults(text)


@pytest.mark.parametrize("version", ["1-", "99999999999:1"])
def test_an_awaited_version_that_none_can_be_is_refused(version: str, faults: Faults) -> None:
    text = HEAD.replace("trusted: true", f"trusted: true, wait: {{packages: [bash, 'hello (>= {version})']}}")
    assert f"archives.debian.wait.packages: 'hello (>= {version})': '{version}' is not a version" in faults(text + BODY)


def test_an_archive_must_not_have_the_name_of_a_debug_archive(faults: Faults) -> None:
    debug = "debug: {uri: host, suites: [x]}"
    text = HEAD.replace("trusted: true", f"trusted: true, {debug}") + "  debian-debug: {debs: .}\n" + BODY
    assert "the name 'debian-debug' is that of the debug archive of 'debian'" in faults(text)


def test_lookaside_variants_that_build_on_each_other_are_refused(faults: Faults) -> None:
    text = (
        HEAD
        + "variants:\n"
        + "".join(
            f"  {name}: {{packages: [a2], lookaside: [{base}]}}\n"
            for name, base in (("A", "B"), ("B", "C"), ("C", "A"))
        )
    )
    assert "A builds on itself: A -> B -> C -> A" in faults(text)


def test_a_lookaside_variant_has_to_have_the_arches(faults: Faults) -> None:
    text = HEAD + "variants:\n  A: {packages: [a2], arches: [amd64]}\n  B: {packages: [b2], lookaside: [A]}\n"
    assert "variants.B.lookaside: 'A' is not made for arm64" in faults(text)


def test_variants_that_extend_each_other_are_refused(faults: Faults) -> None:
    text = HEAD + "variants:\n  A: {packages: [a2], extends: B}\n  B: {extends: A}\n"
    assert "extends itself: A -> B -> A" in faults(text)


def test_an_error_in_an_extended_variant_is_told_once(faults: Faults) -> None:
    text = (
        HEAD
        + "variants:\n  A:\n    packages: [a2]\n    images: {x: {kind: ostree-installer}}\n  B: {extends: A}\n  C: {extends: B}\n"
    )
    assert faults(text).count("the key 'from' is missing") == 1


def test_an_unset_environment_variable_is_an_error(faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOWHERE", raising=False)
    monkeypatch.setenv("EMPTY", "")
    text = HEAD.replace("uri: host", "uri: 'http://${NOWHERE}/${EMPTY}'") + BODY
    message = faults(text)
    assert "archives.debian.uri: the environment variable 'NOWHERE' is unset or empty; export NOWHERE=…" in message
    assert "'EMPTY' is unset or empty" in message


def test_a_feature_whose_stage_is_yet_to_come_is_not_passed_over(
    faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composelib.config.checks.compose.list_stage_names", lambda: frozenset({"createiso"}))
    text = variant("    images: {a: {kind: live, arches: [amd64]}, b: {kind: iso, installer: true}, c: {kind: iso}}\n")
    message = faults(text)
    assert "variants.Base.images.a.kind: 'live' is not supported yet" in message
    assert "variants.Base.images.b.installer: not supported yet" in message
    assert "images.c" not in message


def test_a_config_that_is_not_there_is_told_with_its_neighbours(checkout: Path) -> None:
    (checkout / "composes" / "demo.yaml").touch()
    with pytest.raises(ConfigError, match=r"composes/dmeo.yaml: no such file or directory; did you mean 'demo.yaml'\?"):
        load(Path("composes/dmeo.yaml"))


@pytest.mark.parametrize("name", ["store.yaml", "keys.yaml", ".yaml", "a b.yaml"])
def test_a_compose_is_not_named_as_what_stands_beside_it(name: str) -> None:
    with pytest.raises(ConfigError, match="a compose cannot be named"):
        load(Path(name))


def test_twenty_thousand_packages_are_read_in_seconds(loads: Loads) -> None:
    text = HEAD + "variants:\n  Base:\n    packages:\n" + "".join(f"      - package-{n}\n" for n in range(20_000))
    start = time.process_time()
    assert len(loads(text).variants[0].packages) == 20_000
    assert time.process_time() - start < 7


@pytest.mark.parametrize("epoch", ["", "-1", "now", "1e9", str(1 << 32), "9" * 400])
def test_a_date_of_the_environment_that_is_none_is_refused(
    epoch: str, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    assert "not a number of seconds since 1970" in faults(HEAD + BODY)


@pytest.mark.parametrize(
    "entry", ["nano", "nano:amd64", "lib*-doc", "lib[ab]", "nano [!arm64]", "lib* [amd64]", "?section(x)", "a^"]
)
def test_an_entry_that_takes_packages_away_is_accepted(entry: str, loads: Loads) -> None:
    assert texts(loads(variant(f"    exclude: ['{entry}']\n")).variants[0].exclude) == [entry]


def test_what_is_optional_is_an_addon_after_the_others(loads: Loads) -> None:
    keys = "    optional: [a, b]\n    addons: {HA: {packages: [c]}}\n  Other: {extends: Base, optional: [d]}\n"
    base, extending = loads(variant(keys)).variants
    assert [(addon.name, texts(addon.packages)) for addon in base.addons] == [("HA", ["c"]), ("optional", ["a", "b"])]
    assert texts(extending.addons[-1].packages) == ["a", "b", "d"]
    assert base.components("amd64") == ("main", "HA", "optional")
    assert base.image_components("amd64") == ("main", "HA")
    assert base.image_components("amd64", optional=True) == ("main", "HA", "optional")


def test_an_archives_arches_are_its_debug_archives_too(loads: Loads) -> None:
    lines = "  ours: {uri: file:/x, suites: [s], trusted: true, arches: [amd64], debug: {uri: file:/y, suites: [d]}}\n"
    ours = loads(HEAD.replace("archives:\n", f"archives:\n{lines}") + BODY).archives[0]
    assert (ours.arches, ours.debug and ours.debug.arches) == (("amd64",), ("amd64",))
    assert [ours.has_packages_for(arch) for arch in ("amd64", "arm64", "amd64-udeb", "arm64-udeb", "source")] == [
        True, False, True, False, True,
    ]  # fmt: skip


def test_a_misspelt_key_is_told_alone_and_not_as_missing_too(faults: Faults) -> None:
    text = HEAD.replace("suites:", "suits:").replace("trusted:", "trsuted:") + BODY.replace("packages:", "pakages:")
    blocks = [line for line in faults(text).splitlines() if line.startswith("composes/")]
    assert [line.partition(": ")[2] for line in blocks] == [
        "archives.debian.suits: unknown key; did you mean 'suites'?",
        "archives.debian.trsuted: unknown key; did you mean 'trusted'?",
        "variants.Base.pakages: unknown key; did you mean 'packages'?",
    ]


def test_a_dash_that_is_missing_in_a_list_is_the_cure(faults: Faults) -> None:
    text = HEAD + "variants:\n  Base:\n    packages:\n      bash\n      - hello\n"
    assert "got 'bash - hello'; begin each entry with '- ', the first one too\n" in faults(text)
    text = HEAD + "variants:\n  Base:\n    packages:\n      - bash\n      hello\n"
    assert faults(text).startswith("composes/test.yaml:9:7: not YAML: ")
    assert "is a '- ' missing at its beginning, or a ':'?" in faults(text)
