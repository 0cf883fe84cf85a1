"""Also covers: composelib.archive.choose.chooser, composelib.archive.choose.failures,
composelib.archive.choose.fulltree, composelib.archive.choose.lookaside, composelib.archive.choose.manifest, composelib.archive.choose.multiarch,
composelib.archive.choose.order, composelib.archive.choose.packages.source_package,
composelib.archive.choose.recommends, composelib.archive.choose.selfhosting, composelib.archive.choose.sources, composelib.archive.choose.empty_choice.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composelib.archive.choose.packages.index_build import build_index
from composelib.errors import ComposeError, TrustError
from composelib.model.arch import SOURCE
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.image import DiskImage, IsoImage, LiveImage
from composelib.model.origin import Origin, Seed
from composelib.model.pin import Pin
from composelib.model.release import Release
from composelib.model.variant import Addon, Multiarch, Variant
from composelib.stages import gather
from tests.kit.stanzas import make_source, make_stanza

HERE = Origin("compose.yaml", 1, 1)
KEYRING = Seed("keyring", HERE, implied=True)


def seeds(*texts: str, line: int = 10) -> tuple[Seed, ...]:
    return tuple(Seed(text, Origin("compose.yaml", line + number, 7)) for number, text in enumerate(texts))


class World:
    """A compose whose archives are indexed already, and which can gather."""

    def __init__(self, folder: Path, archives: tuple[str, ...] = ("main",), **settings: Any) -> None:
        self.folder = folder
        self.settings = settings
        self.archives = tuple(Archive(name, HERE, **settings.get(name, {})) for name in archives)
        for archive in self.archives:
            for arch in ("amd64", "i386", "amd64-udeb", SOURCE):
                self.fill(archive.name, arch=arch)

    def compose(self, *variants: Variant) -> Compose:
        release = Release("Demo", "demo", "12", "demo")
        arches = ("amd64",)
        return Compose("demo", Path("c.yaml"), (), release, "test", arches, self.archives, variants, build=self.folder)

    def fill(self, archive: str, *stanzas: str, arch: str = "amd64") -> None:
        text = "\n".join(stanzas).encode()
        compose = self.compose()
        holder = Archive(archive, HERE)
        for path, content in (
            (compose.paths.pkgset(holder, arch), text),
            (compose.paths.pkgset_index(holder, arch), build_index(text, arch.removesuffix("-udeb"), archive)),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def gather(self, *variants: Variant, task: str = "Server:amd64") -> None:
        by_name = {planned.name: planned for planned in gather.tasks(self.compose(*variants))}
        run = by_name[task].run
        run()

    def rows(self, *variants: Variant, task: str = "Server:amd64") -> list[dict[str, Any]]:
        self.gather(*variants, task=task)
        variant, arch = task.split(":")
        manifest = json.loads(self.compose().paths.manifest(variant, arch).read_text())
        assert manifest["version"] == 1
        rows = manifest["packages"]
        assert isinstance(rows, list)
        return rows

    def names(self, *variants: Variant, task: str = "Server:amd64") -> list[str]:
        return [row["package"] for row in self.rows(*variants, task=task)]

    def chosen(self, variant: str = "Server", arch: str = "amd64") -> str:
        return self.compose().paths.gathered_stanzas(variant, arch).read_text()


def server(*packages: str, **keys: Any) -> Variant:
    return Variant("Server", HERE, ("amd64",), packages=seeds(*packages), **keys)


def refusal(world: World, *variants: Variant, task: str = "Server:amd64") -> str:
    with pytest.raises(ComposeError) as caught:
        world.gather(*variants, task=task)
    return str(caught.value)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_row_has_all_that_the_format_says(world: World) -> None:
    world.fill("main", make_stanza("a", "2:1-1", Source="src (1-1)", Depends="b"), make_stanza("b", arch="all"))
    first, second = world.rows(server("a"))
    assert first == {
        "package": "a",
        "version": "2:1-1",
        "architecture": "amd64",
        "source": "src",
        "source_version": "1-1",
        "component": "main",
        "filename": "pool/main/a/a/a_2:1-1_amd64.deb",
        "size": 7,
        "sha256": first["sha256"],
        "archive": "main",
        "why": {"seed": "a", "line": 10, "file": "compose.yaml"},
    }
    assert second["why"] == {"package": "a", "relation": "Depends"}


def test_the_chosen_stanzas_are_the_archives_own_after_where_they_come_from(world: World) -> None:
    a, b = make_stanza("a", Depends="b"), make_stanza("b")
    world.fill("main", b, a)
    world.gather(server("a"))
    assert world.chosen() == f"Compose-Archive: main\n{a}\nCompose-Archive: main\n{b}"


def test_a_variant_of_images_alone_has_an_empty_list(world: World) -> None:
    assert world.rows(server(images=(IsoImage("dvd", HERE, ("amd64",)),))) == []
    assert world.chosen() == ""


@pytest.mark.parametrize(
    ("packages", "exclude", "place", "cause"),
    [
        ((), (), "1:1", "it asks for none"),
        (("a [i386]",), (), "10:7", "it asks for none"),
        (("a",), ("a",), "10:7", "all that it asks for is excluded (compose.yaml:20:7)"),
        (("a*", "b"), ("?name(^[ab]$)",), "10:7", "all that it asks for is excluded (compose.yaml:20:7)"),
    ],
)
def test_a_result_of_nothing_is_refused_with_its_line_and_cause(
    world: World, packages: tuple[str, ...], exclude: tuple[str, ...], place: str, cause: str
) -> None:
    world.fill("main", make_stanza("a"), make_stanza("b"))
    expected = (
        f"compose.yaml:{place}: variants.Server: no package is chosen for amd64: {cause}; 'empty: true' lets it be so"
    )
    assert refusal(world, server(*packages, exclude=seeds(*exclude, line=20))) == expected


@pytest.mark.parametrize(
    ("packages", "exclude", "cause"),
    [((), (), "it asks for none"), (("a",), ("a",), "all that it asks for is excluded (compose.yaml:20:7)")],
)
def test_a_result_of_the_keyring_package_alone_is_refused_as_one_of_nothing(
    world: World, packages: tuple[str, ...], exclude: tuple[str, ...], cause: str
) -> None:
    world.fill("main", make_stanza("a"), make_stanza("keyring"))
    alone = server(*packages, exclude=seeds(*exclude, line=20))
    alone = replace(alone, packages=(*alone.packages, KEYRING))
    assert refusal(world, alone).endswith(f"no package is chosen for amd64: {cause}; 'empty: true' lets it be so")


def test_a_variant_of_images_alone_may_leave_the_keyring_package_out(world: World) -> None:
    world.fill("main", make_stanza("keyring"))
    images = server(images=(IsoImage("dvd", HERE, ("amd64",)),), exclude=seeds("keyring"))
    assert world.rows(replace(images, packages=(KEYRING,))) == []


def test_a_variant_that_adds_nothing_to_what_it_builds_on_is_refused(world: World) -> None:
    world.fill("main", make_stanza("a"))
    base = replace(server("a"), name="Base")
    world.gather(base, task="Base:amd64")
    message = refusal(world, base, server("a", lookaside=("Base",)))
    cause = "Base, of which nothing is copied, has all that it asks for; 'empty: true' lets it be so"
    assert message.endswith(f"no package is chosen for amd64: {cause}")


def test_a_variant_may_be_empty_if_it_says_so(world: World) -> None:
    world.fill("main", make_stanza("a"))
    assert world.rows(server("a", exclude=seeds("a"), empty=True)) == []
    assert world.rows(server(empty=True)) == []


def test_a_variant_whose_image_asks_for_packages_may_not_be_empty(world: World) -> None:
    world.fill("main", make_stanza("a"))
    image = DiskImage("disk", HERE, ("amd64",), packages=seeds("a"))
    assert "all that it asks for is excluded" in refusal(world, server(images=(image,), exclude=seeds("a")))


def test_a_pattern_of_exclusions_that_matches_nothing_is_a_warning(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.fill("main", make_stanza("a"), make_stanza("b"), make_stanza("unused"))
    assert world.names(server("a", exclude=seeds("nothing*", "b*", "unuse?", "none* [i386]", line=20))) == ["a"]
    assert [line for line in capsys.readouterr().out.splitlines() if "warning" in line] == [
        "warning: compose.yaml:20:7: variants.Server: exclude: 'nothing*' matches no package (arch amd64)"
    ]


def test_every_fault_is_told_at_once_with_its_line(world: World) -> None:
    world.fill(
        "main",
        make_stanza("food", "1"),
        make_stanza("food", "2"),
        make_stanza("a", Depends="b"),
        make_stanza("b", Depends="c (>= 2)"),
    )
    message = refusal(world, server("foo", "food (= 3)", "a", "?section(none)", "(x"))
    assert message.splitlines()[:4] == [
        "compose.yaml:10:7: variants.Server.packages: 'foo' is not in any archive (arch amd64); did you mean 'food'?",
        (
            "compose.yaml:11:7: variants.Server.packages: 'food (= 3)': no archive has a version that fits (arch amd64);"
            " available: 2, 1"
        ),
        (
            "compose.yaml:12:7: variants.Server.packages: 'a' cannot be installed (arch amd64): a -> b -> c (>= 2):"
            " not in any archive"
        ),
        "compose.yaml:13:7: variants.Server.packages: '?section(none)' matches no package in any archive (arch amd64)",
    ]
    assert message.splitlines()[4].startswith("compose.yaml:14:7: variants.Server.packages: ")


def test_excluded_packages_are_left_out_and_their_seeds_with_them(world: World) -> None:
    world.fill(
        "main",
        make_stanza("a", Depends="x | y"),
        make_stanza("x"),
        make_stanza("y"),
        make_stanza("nano"),
        make_stanza("g", Section="games"),
    )
    assert world.names(server("a", "nano", "g", exclude=seeds("nano", "x", "?section(games)"))) == ["a", "y"]


def test_an_excluded_package_that_is_needed_is_a_fault_naming_the_chain_and_the_line(world: World) -> None:
    world.fill("main", make_stanza("a", Depends="b"), make_stanza("b", Depends="x"), make_stanza("x"))
    message = refusal(world, server("a", exclude=seeds("x", line=30)))
    assert message.endswith("'a' cannot be installed (arch amd64): a -> b -> x: x is excluded (compose.yaml:30:7)")


def test_an_excluded_name_that_is_no_package_is_a_fault(world: World) -> None:
    world.fill("main", make_stanza("a"), make_stanza("nano"))
    message = refusal(world, server("a", exclude=seeds("nanoo", "other:arm64", "none*")))
    assert message == (
        "compose.yaml:10:7: variants.Server.exclude: 'nanoo' is not in any archive (arch amd64); did you mean 'nano'?"
    )


def test_excludes_are_globs_names_of_an_arch_and_sources_too(world: World) -> None:
    world.fill(
        "main",
        make_stanza("x1"),
        make_stanza("x2"),
        make_stanza("y", arch="all"),
        make_stanza("z"),
        make_stanza("s", Source="src"),
        make_stanza("t"),
    )
    exclude = seeds("x*", "y:all", "z:i386", "?source-package(src)")
    assert world.names(server("x1", "x2", "y", "z", "s", "t", exclude=exclude)) == ["t", "z"]


def test_what_is_pinned_is_in_whatever_is_excluded(world: World) -> None:
    world.fill("main", make_stanza("busybox", Section="games"), make_stanza("nethack", Section="games"))
    variant = server("nethack", exclude=seeds("?section(games)"), pinned=seeds("busybox"))
    assert world.names(variant) == ["busybox"]


def test_what_a_lookaside_variant_has_is_not_repeated(world: World) -> None:
    world.fill("main", make_stanza("a", Depends="base, b"), make_stanza("b"), make_stanza("base", Priority="required"))
    base = Variant("Base", HERE, ("amd64",), packages=seeds("?priority(required)"))
    variant = server("a", "base", "?priority(required)", lookaside=("Base",))
    world.gather(base, variant, task="Base:amd64")
    assert world.names(base, variant) == ["a", "b"]
    task = next(task for task in gather.tasks(world.compose(base, variant)) if task.name == "Server:amd64")
    assert world.compose().paths.gathered_stanzas("Base", "amd64") in task.inputs


def test_lookasides_of_lookasides_count(world: World) -> None:
    world.fill("main", make_stanza("a", Depends="b"), make_stanza("b", Depends="c"), make_stanza("c"))
    core = Variant("Core", HERE, ("amd64",), packages=seeds("c"))
    base = Variant("Base", HERE, ("amd64",), packages=seeds("b"), lookaside=("Core",))
    variant = server("a", "c", lookaside=("Base",))
    world.gather(core, base, variant, task="Core:amd64")
    assert world.names(core, base, variant, task="Base:amd64") == ["b"]
    assert world.names(core, base, variant) == ["a"]


def test_a_lookaside_archive_satisfies_and_is_not_copied(tmp_path: Path) -> None:
    world = World(tmp_path, ("main", "aside"), aside={"lookaside": True})
    world.fill("main", make_stanza("a", Depends="b"), make_stanza("b"))
    world.fill("aside", make_stanza("b"))
    assert world.names(server("a")) == ["a"]


def test_a_newer_version_that_is_needed_comes_from_the_archive_beside_the_lookaside(tmp_path: Path) -> None:
    world = World(tmp_path, ("main", "aside"), aside={"lookaside": True})
    world.fill("main", make_stanza("a", Depends="b (>= 2)"), make_stanza("b", "2"))
    world.fill("aside", make_stanza("b", "1"))
    assert world.names(server("a")) == ["a", "b"]


def test_a_seed_is_taken_where_apt_would_take_it_though_a_lookaside_has_an_older_one(tmp_path: Path) -> None:
    world = World(tmp_path, ("ours", "aside"), ours={"priority": 900}, aside={"lookaside": True})
    world.fill("ours", make_stanza("hello", "99"), make_stanza("foo", Depends="hello"), make_stanza("same"))
    world.fill("aside", make_stanza("hello", "2.10"), make_stanza("same"))
    assert world.names(server("foo")) == ["foo"]
    assert world.names(server("foo", "hello")) == ["foo", "hello"]
    assert world.names(server("foo", "?name(^hello$)")) == ["foo", "hello"]


def test_a_seed_that_is_left_to_a_lookaside_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(tmp_path, ("main", "aside"), aside={"lookaside": True, "priority": 900})
    world.fill("main", make_stanza("hello", "99"), make_stanza("foo"))
    world.fill("aside", make_stanza("hello", "2.10"))
    assert world.names(server("foo", "hello")) == ["foo"]
    message = (
        "compose.yaml:11:7: variants.Server.packages: 'hello' is left to the lookaside aside, which has hello 2.10"
    )
    assert f"warning: {message}\n" in capsys.readouterr().out


def test_a_newer_version_in_a_lookaside_does_not_hide_the_older_one_that_is_needed(tmp_path: Path) -> None:
    world = World(tmp_path, ("main", "aside"), aside={"lookaside": True})
    world.fill("main", make_stanza("a", Depends="b (<< 2)"), make_stanza("b", "1"))
    world.fill("aside", make_stanza("b", "3"))
    assert world.names(server("a")) == ["a", "b"]


def test_different_files_of_one_version_are_refused_unless_priorities_settle_it(tmp_path: Path) -> None:
    for priority, wrong in ((500, True), (600, False)):
        world = World(tmp_path, ("main", "other"), other={"priority": priority})
        world.fill("main", make_stanza("a"))
        world.fill("other", make_stanza("a", SHA256="0" * 64))
        if wrong:
            with pytest.raises(TrustError, match="main and other"):
                world.gather(server("a"))
        else:
            assert [row["archive"] for row in world.rows(server("a"))] == ["other"]


def test_a_pin_decides_between_versions_and_is_in_the_list_with_its_line(tmp_path: Path) -> None:
    world = World(tmp_path, ("main", "other"))
    world.fill("main", make_stanza("a", "1"), make_stanza("b", "1"))
    world.fill("other", make_stanza("a", "2"), make_stanza("b", "2"))
    pin = Pin(Origin("compose.yaml", 50, 9), 990, ("a",), "main")
    rows = {row["package"]: row for row in world.rows(server("a", "b", pin=(pin,)))}
    assert (rows["a"]["version"], rows["b"]["version"]) == ("1", "2")
    why = {"seed": "a", "line": 10, "file": "compose.yaml", "pin": "compose.yaml:50:9", "priority": 990}
    assert (rows["a"]["why"], rows["b"]["why"]) == (why, {"seed": "b", "line": 11, "file": "compose.yaml"})


def test_what_is_pinned_below_0_is_never_taken_and_told_with_the_line_of_the_pin(world: World) -> None:
    below = Pin(Origin("compose.yaml", 50, 9), -1, ("b",))
    world.fill(
        "main", make_stanza("a", Depends="b | c"), make_stanza("b"), make_stanza("c"), make_stanza("d", Provides="v")
    )
    assert world.names(server("a", pin=(below,))) == ["a", "c"]
    message = refusal(
        world, server("a", "b", "v", "c (>= 2)", pin=(replace(below, packages=("b", "c", "d")),), exclude=seeds("b"))
    )
    assert message.splitlines() == [
        (
            "compose.yaml:10:7: variants.Server.packages: 'a' cannot be installed (arch amd64): a -> b | c:"
            " b 1.0 is pinned below 0 (compose.yaml:50:9); c 1.0 is pinned below 0 (compose.yaml:50:9)"
        ),
        "compose.yaml:11:7: variants.Server.packages: 'b': b 1.0 is pinned below 0 (compose.yaml:50:9)",
        "compose.yaml:12:7: variants.Server.packages: 'v': d 1.0 is pinned below 0 (compose.yaml:50:9)",
        "compose.yaml:13:7: variants.Server.packages: 'c (>= 2)': no archive has a version that fits (arch amd64); available: 1.0",
    ]


def test_a_pin_of_a_name_that_no_archive_has_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.fill("main", make_stanza("a", Source="src"))
    pins = tuple(Pin(Origin("compose.yaml", 50, 9), 9, (word,)) for word in ("a", "b", "b*", "a*", "src:src", "src:a"))
    world.gather(server("a", pin=pins))
    told = [line.rpartition(": ")[2] for line in capsys.readouterr().out.splitlines() if "compose.yaml:50:9" in line]
    assert told == [f"{word!r} matches no package in any archive" for word in ("b", "b*", "src:a")]


def test_an_addon_has_what_its_variant_has_not(world: World) -> None:
    world.fill(
        "main",
        make_stanza("a", Depends="b"),
        make_stanza("b"),
        make_stanza("pacemaker", Depends="b, c"),
        make_stanza("c"),
    )
    rows = world.rows(server("a", addons=(Addon("HA", seeds("pacemaker", "a")),)))
    components = {row["package"]: row["component"] for row in rows}
    assert components == {"a": "main", "b": "main", "c": "HA", "pacemaker": "HA"}
    assert "Compose-Archive: main\nCompose-Component: HA\nPackage: c\n" in world.chosen()


def test_what_two_addons_share_is_the_variants(world: World) -> None:
    world.fill("main", make_stanza("x", Depends="c"), make_stanza("y", Depends="c"), make_stanza("c"))
    rows = world.rows(server(addons=(Addon("X", seeds("x")), Addon("Y", seeds("y")))))
    assert {row["package"]: row["component"] for row in rows} == {"c": "main", "x": "X", "y": "Y"}


def test_what_is_optional_comes_with_all_it_needs_but_for_what_its_variant_has(world: World) -> None:
    world.fill(
        "main", make_stanza("a", Depends="b"), make_stanza("b"), make_stanza("extra", Depends="b, c"), make_stanza("c")
    )
    rows = world.rows(server("a", addons=(Addon("optional", seeds("extra")),)))
    components = {row["package"]: row["component"] for row in rows}
    assert components == {"a": "main", "b": "main", "c": "optional", "extra": "optional"}


def test_an_optional_package_that_is_not_there_is_told_with_its_key(world: World) -> None:
    message = refusal(world, server("a", addons=(Addon("optional", seeds("extra")),)))
    assert "compose.yaml:10:7: variants.Server.optional: 'extra' is not in any archive" in message


def test_siblings_of_an_addons_packages_go_into_the_variant(world: World) -> None:
    world.fill(
        "main",
        make_stanza("x", Source="src"),
        make_stanza("x-doc", Source="src"),
        make_stanza("x-old", Source="src (0.9)"),
    )
    rows = world.rows(server(fulltree=True, addons=(Addon("X", seeds("x")),)))
    assert {row["package"]: row["component"] for row in rows} == {"x": "X", "x-doc": "main"}
    assert rows[1]["why"] == {"package": "x", "relation": "Fulltree"}


def test_fulltree_takes_the_siblings_and_what_they_need(world: World) -> None:
    world.fill(
        "main",
        make_stanza("x"),
        make_stanza("x-doc", Source="x", Depends="y"),
        make_stanza("y"),
        make_stanza("y-doc", Source="y"),
    )
    assert world.names(server("x", fulltree=True)) == ["x", "x-doc", "y", "y-doc"]
    assert world.names(server("x", fulltree=True, exclude=seeds("x-doc"))) == ["x"]


def test_a_sibling_that_lacks_something_is_left_out_with_a_warning(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.fill(
        "main", make_stanza("x"), make_stanza("x-odd", Source="x", Depends="y"), make_stanza("y", Depends="gone")
    )
    assert world.names(server("x", fulltree=True)) == ["x"]
    assert "x 1.0 amd64 of archive main: Fulltree: fulltree: x-odd -> y -> gone" in capsys.readouterr().out


def test_a_pattern_that_selects_many_faulty_packages_tells_of_a_few(world: World) -> None:
    world.fill("main", *(make_stanza(f"p{number}", Depends="gone") for number in range(9)))
    lines = refusal(world, server("p*")).splitlines()
    assert len(lines) == 6
    assert lines[-1].endswith("'p*': 4 more problems with its packages")


def test_nodeps_takes_the_seeds_alone(world: World) -> None:
    world.fill("main", make_stanza("a", Depends="b"), make_stanza("b"))
    assert world.names(server("a", method="nodeps")) == ["a"]


def test_an_image_with_recommends_finds_them_in_its_variant(world: World) -> None:
    world.fill(
        "main",
        make_stanza("a", Depends="b"),
        make_stanza("b", Recommends="c, gone"),
        make_stanza("c", Depends="d", Recommends="e"),
        *map(make_stanza, "de"),
        make_stanza("f", Recommends="g"),
        *map(make_stanza, "gh"),
        make_stanza("essential", Essential="yes", Recommends="h"),
    )
    image = DiskImage("cloud", HERE, ("amd64",), packages=seeds("a"))
    assert world.names(server("f", images=(image,))) == ["a", "b", "f"]
    with_them = replace(image, recommends=True)
    assert world.names(server("f", images=(with_them,))) == ["a", "b", "c", "d", "e", "essential", "f", "h"]
    assert world.names(server("a", images=(replace(with_them, packages=()),))) == [*"abcde", "essential", "h"]


def test_recommends_are_followed_on_request(world: World) -> None:
    world.fill(
        "main", make_stanza("a", Recommends="b, missing, c | d"), make_stanza("b"), make_stanza("c"), make_stanza("d")
    )
    assert world.names(server("a")) == ["a"]
    assert world.names(server("a", "d", recommends=True)) == ["a", "b", "d"]


def test_selfhosting_takes_all_that_is_needed_to_build_what_is_in(world: World) -> None:
    essential = make_stanza("build-essential", Source="be")
    world.fill(
        "main",
        essential,
        make_stanza("a"),
        make_stanza("cc", Depends="as"),
        make_stanza("as"),
        make_stanza("doc"),
        make_stanza("no"),
    )
    world.fill(
        "main",
        make_source("a", Build_Depends="cc:native, no [i386], no <stage1>", Build_Depends_Indep="doc <!nodoc>"),
        *(make_source(name) for name in ("be", "cc", "as", "doc", "no")),
        arch=SOURCE,
    )
    rows = world.rows(server("a", selfhosting=True))
    assert [row["package"] for row in rows] == ["a", "as", "build-essential", "cc", "doc"]
    assert {row["package"]: row["why"] for row in rows}["doc"] == {"package": "a", "relation": "Build-Depends-Indep"}


def test_selfhosting_names_what_no_archive_has(world: World) -> None:
    world.fill("main", make_stanza("build-essential"), make_stanza("a"), make_stanza("b"))
    world.fill("main", make_source("build-essential"), make_source("a", Build_Depends="gone"), arch=SOURCE)
    message = refusal(world, server("a", "b", selfhosting=True))
    assert message.splitlines() == [
        (
            "compose.yaml:10:7: variants.Server.packages: 'a' cannot be built from source (arch amd64): a -> source a -> gone:"
            " not in any archive"
        ),
        (
            "compose.yaml:11:7: variants.Server.packages: 'b' cannot be built from source (arch amd64): b -> source b (= 1.0):"
            " not in any archive"
        ),
    ]


LIBRARY = {"Section": "libs", "Multi_Arch": "same"}


def test_foreign_libraries_come_beside_the_native_ones_with_what_they_need(world: World) -> None:
    shared = make_stanza("data", arch="all", Multi_Arch="foreign")
    both = [
        (
            make_stanza("lib", arch=arch, Depends="low, data, tool", **LIBRARY),
            make_stanza("low", arch=arch, Multi_Arch="same"),
        )
        for arch in ("amd64", "i386")
    ]
    tool = make_stanza("tool", Multi_Arch="foreign")
    header = make_stanza("lib-dev", Multi_Arch="same")
    world.fill("main", *both[0], shared, tool, header, make_stanza("app", Depends="lib, lib-dev"))
    world.fill("main", *both[1], shared, header.replace("amd64", "i386"), arch="i386")
    rows = world.rows(server("app", multiarch=Multiarch(("i386",))))
    assert [row["package"] for row in rows if row["architecture"] == "i386"] == ["lib", "low"]
    assert [row["package"] for row in rows].count("data") == 1
    devel = world.rows(server("app", multiarch=Multiarch(("i386",), ("devel",))))
    assert [row["package"] for row in devel if row["architecture"] == "i386"] == ["lib-dev"]


def test_foreign_packages_can_be_added_and_left_out(world: World) -> None:
    world.fill("main", make_stanza("lib", **LIBRARY), make_stanza("other", **LIBRARY))
    world.fill("main", *(make_stanza(name, arch="i386", **LIBRARY) for name in ("lib", "other", "wine32")), arch="i386")
    multiarch = Multiarch(("i386",), ("runtime",), include=seeds("wine32"), exclude=seeds("other"))
    rows = world.rows(server("lib", "other", multiarch=multiarch))
    packages = [(row["package"], row["architecture"]) for row in rows]
    assert packages == [("lib", "amd64"), ("lib", "i386"), ("other", "amd64"), ("wine32", "i386")]


def test_a_foreign_package_needs_the_native_one_that_serves_all_arches(world: World) -> None:
    foo = {"Multi_Arch": "foreign"}
    prov = make_stanza("prov", arch="all", Provides="bar:i386")
    world.fill("main", make_stanza("foo", **foo), make_stanza("bar"), prov)
    world.fill(
        "main",
        make_stanza("foo", arch="i386", **foo),
        make_stanza("cool", arch="i386", Depends="foo, bar"),
        arch="i386",
    )
    rows = world.rows(server(multiarch=Multiarch(("i386",), include=seeds("cool"))))
    names = [f"{row['package']}:{row['architecture']}" for row in rows]
    assert names == ["cool:i386", "foo:amd64", "prov:all"]


def test_a_foreign_library_of_another_version_stays_out(world: World) -> None:
    world.fill("main", make_stanza("lib", "1", **LIBRARY))
    world.fill("main", make_stanza("lib", "2", arch="i386", **LIBRARY), arch="i386")
    assert len(world.rows(server("lib", multiarch=Multiarch(("i386",))))) == 1


def test_an_arch_all_package_does_not_serve_a_foreign_one_unless_it_is_foreign(world: World) -> None:
    data = make_stanza("data", arch="all")
    world.fill("main", data, make_stanza("lib", **LIBRARY))
    world.fill("main", data, make_stanza("lib", arch="i386", Depends="data", **LIBRARY), arch="i386")
    message = refusal(world, server("lib", multiarch=Multiarch(("i386",))))
    assert (
        "lib -> multiarch: lib -> data: no package of this name can satisfy a relation of a package of i386" in message
    )


def test_a_foreign_package_that_is_excluded_and_needed_is_an_error_with_the_line_of_the_exclusion(world: World) -> None:
    for arch in ("amd64", "i386"):
        stanzas = (make_stanza("lib", arch=arch, Depends="base", **LIBRARY), make_stanza("base", arch=arch))
        world.fill("main", *stanzas, arch=arch)
    multiarch = Multiarch(("i386",), exclude=seeds("base", "bsae", line=40))
    message = refusal(world, server("lib", multiarch=multiarch))
    assert "lib -> multiarch: lib -> base: base is excluded (compose.yaml:40:7)" in message
    absent = "'bsae' is not in any archive (arch i386); did you mean 'base'?"
    assert f"compose.yaml:41:7: variants.Server.multiarch.exclude: {absent}" in message


def test_debug_packages_that_there_are_go_into_a_component_of_their_own(tmp_path: Path) -> None:
    debug = Archive("main-debug", HERE)
    world = World(tmp_path, ("main",), main={"debug": debug})
    world.fill("main", make_stanza("a"), make_stanza("b"), make_stanza("c", arch="all"))
    world.fill("main-debug", make_stanza("a-dbgsym"), make_stanza("b-dbgsym", "2.0"), make_stanza("x-dbgsym"))
    rows = world.rows(server("a", "b", "c", debug=True))
    assert [(row["package"], row["component"]) for row in rows if row["component"] != "main"] == [("a-dbgsym", "debug")]
    assert rows[1]["why"] == {"package": "a", "relation": "Debug"}
    assert rows[1]["archive"] == "main-debug"


def test_an_installers_image_brings_the_installers_packages(world: World) -> None:
    world.fill("main", make_stanza("a"))
    udebs = [
        make_stanza("net-udeb", Filename="pool/n.udeb"),
        make_stanza("odd-udeb", Filename="pool/o.udeb", Depends="gone"),
    ]
    world.fill("main", *udebs, arch="amd64-udeb")
    image = IsoImage("dvd", HERE, ("amd64",), installer=True)
    rows = world.rows(server("a", images=(image,), exclude=seeds("odd-udeb:amd64")))
    assert [(row["package"], row["component"]) for row in rows] == [
        ("a", "main"),
        ("net-udeb", "main/debian-installer"),
    ]


def test_an_installers_image_brings_the_system_it_installs(world: World) -> None:
    world.fill(
        "main",
        make_stanza("init", Priority="important", Depends="libc"),
        make_stanza("libc"),
        make_stanza("dpkg", Essential="yes"),
        make_stanza("linux-image-amd64", Depends="linux-image-6.1"),
        make_stanza("linux-image-6.1"),
        make_stanza("linux-image-cloud-amd64"),
        make_stanza("grub-pc"),
        make_stanza("grub-efi-amd64"),
        make_stanza("shim-signed", Depends="gone"),
        make_stanza("other", Priority="standard"),
    )
    dvd = IsoImage("dvd", Origin("compose.yaml", 40, 7), ("amd64",), installer=True)
    system = ["dpkg", "grub-pc", "init", "libc"]
    rows = world.rows(server(images=(dvd,), exclude=seeds("grub-efi-amd64")))
    assert [row["package"] for row in rows] == [*system, "linux-image-6.1", "linux-image-amd64"]
    assert rows[0]["why"] == {"seed": "?essential", "line": 40, "file": "compose.yaml"}
    cloud = world.names(server("linux-image-cloud-amd64", images=(dvd,), exclude=seeds("grub-efi-amd64")))
    assert cloud == [*system, "linux-image-cloud-amd64"]
    world.fill("main", make_stanza("linux-image-cloud-amd64"))
    (row,) = world.rows(server("linux-image-cloud-amd64", images=(dvd,)))
    assert row["why"]["seed"] == "linux-image-cloud-amd64"


def test_the_packages_of_images_are_in_the_repository(world: World) -> None:
    world.fill("main", make_stanza("a"), make_stanza("live-boot"))
    image = LiveImage("live", HERE, ("amd64",), packages=seeds("live-boot", line=50))
    assert world.names(server("a", images=(image,))) == ["a", "live-boot"]


def test_sources_of_all_that_is_in_and_of_what_is_built_into_it(world: World) -> None:
    using = {"Built_Using": "lib (= 2)", "Static_Built_Using": "crate (= 3), lib (= 2)"}
    world.fill("main", make_stanza("a", Source="src (1-1)", **using), make_stanza("b"))
    there = [
        make_source("src", "1-1"),
        make_source("src", "1-2"),
        make_source("lib", "2"),
        make_source("crate", "3"),
        make_source("b"),
    ]
    world.fill("main", *there, arch=SOURCE)
    variant = server("a", "b", sources=True)
    world.gather(variant)
    rows = world.rows(variant, task="Server:source")
    packages = [(row["package"], row["version"], row["why"]) for row in rows]
    assert packages == [
        ("b", "1.0", {"package": "b", "relation": "Source"}),
        ("crate", "3", {"package": "a", "relation": "Static-Built-Using"}),
        ("lib", "2", {"package": "a", "relation": "Built-Using"}),
        ("src", "1-1", {"package": "a", "relation": "Source"}),
    ]
    assert rows[0]["files"] == [{"filename": "pool/main/b/b/b_1.0.dsc", "size": 5, "sha256": rows[0]["sha256"]}]
    assert there[4] in world.chosen(arch=SOURCE)


def test_all_missing_sources_are_named(world: World) -> None:
    world.fill("main", make_stanza("a", Built_Using="lib (= 2)"), make_stanza("b"))
    world.fill("main", make_source("a", "2.0"), make_source("b"), arch=SOURCE)
    variant = server("a", "b", sources=True)
    world.gather(variant)
    assert refusal(world, variant, task="Server:source").splitlines() == [
        "compose.yaml:1:1: variants.Server.sources: source a 1.0 of a is not in any archive; available: 2.0",
        (
            "compose.yaml:1:1: variants.Server.sources: source lib 2 of a (Built-Using) is not in any archive; "
            "`missing-sources: [a (= 1.0), lib (= 2)]` of the variant leaves them out, which debs.json says; "
            "`sources: false` of an archive says that it has no sources"
        ),
    ]


def test_what_only_static_built_using_names_may_be_missing_when_repoclosure_is_not_fatal(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.fill("main", make_stanza("a", Static_Built_Using="crate (= 3)"))
    world.fill("main", make_source("a"), arch=SOURCE)
    world.gather(server("a", sources=True))
    expected = "source crate 3 of a (Static-Built-Using) is not in any archive"
    message = refusal(world, server("a", sources=True), task="Server:source")
    assert expected in message
    assert "with 'strict: lenient' it may be missing" in message
    lenient = server("a", sources=True, strict="lenient")
    assert world.names(lenient, task="Server:source") == ["a"]
    assert f"warning: {expected}" in capsys.readouterr().out


def test_what_built_using_names_is_never_missing(world: World) -> None:
    world.fill("main", make_stanza("a", Static_Built_Using="crate (= 3)", Built_Using="lib (= 2)"))
    world.fill("main", make_source("a"), arch=SOURCE)
    lenient = server("a", sources=True, strict="lenient")
    world.gather(lenient)
    assert "lib 2 of a (Built-Using)" in refusal(world, lenient, task="Server:source")


def test_what_lacks_something_is_taken_with_a_warning_when_repoclosure_is_not_fatal(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.fill("main", make_stanza("a", Depends="b"), make_stanza("b", Depends="gone"))
    assert world.names(server("a", strict="lenient")) == ["a", "b"]
    assert "warning: b 1.0 amd64 of archive main: Depends: gone: not in any archive" in capsys.readouterr().out
    assert "'nothing' is not in any archive" in refusal(world, server("nothing", strict="off"))


def test_tasks_depend_on_no_more_than_what_decides(world: World) -> None:
    def uses(*variants: Variant) -> dict[str, Any]:
        return {task.name: task.uses for task in gather.tasks(world.compose(*variants))}

    first = server("a")
    second = Variant("Other", HERE, ("amd64",), packages=seeds("b"))
    changed = Variant("Other", HERE, ("amd64",), packages=seeds("b", "c"))
    irrelevant = Variant("Other", Origin("x", 5, 5), ("amd64",), packages=seeds("b"), strict="fatal", sources=True)
    assert uses(first, second)["Server:amd64"] == uses(first, changed)["Server:amd64"]
    assert uses(first, second)["Other:amd64"] != uses(first, changed)["Other:amd64"]
    assert uses(first, second)["Other:amd64"] == uses(first, irrelevant)["Other:amd64"]


def test_a_stale_index_is_refused(world: World) -> None:
    world.fill("main", make_stanza("a"))
    path = world.compose().paths.pkgset(Archive("main", HERE), "amd64")
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(TrustError, match="not the index"):
        world.gather(server("a"))


def test_what_variants_cannot_have_that_build_on_a_failing_one_is_told_with_it(world: World) -> None:
    world.fill("main", make_stanza("a"), make_stanza("b", Depends="a, gone"), make_stanza("c", Depends="lost"))
    base = Variant("Base", HERE, ("amd64",), packages=seeds("a", "typo"))
    middle = Variant("Middle", HERE, ("amd64",), packages=seeds("b", line=20), lookaside=("Base",))
    top = Variant("Top", HERE, ("amd64",), packages=seeds("c", "a", line=30), lookaside=("Middle",))
    unrelated = Variant("Other", HERE, ("amd64",), packages=seeds("unknown", line=40))
    message = refusal(world, base, top, middle, unrelated, task="Base:amd64").splitlines()
    assert [line.partition(": ")[0] for line in message] == [
        "compose.yaml:11:7",
        "compose.yaml:20:7",
        "compose.yaml:30:7",
    ]
    assert "variants.Middle.packages: 'b' cannot be installed (arch amd64): b -> gone: not in any archive" in message[1]
    assert "variants.Top.packages: 'c' cannot be installed (arch amd64): c -> lost: not in any archive" in message[2]


def test_what_a_failing_variant_does_have_satisfies_those_that_build_on_it(world: World) -> None:
    world.fill("main", make_stanza("a"), make_stanza("b", Depends="a"))
    base = Variant("Base", HERE, ("amd64",), packages=seeds("a", "typo"))
    top = Variant("Top", HERE, ("amd64",), packages=seeds("b"), exclude=seeds("a"), lookaside=("Base",))
    assert refusal(world, base, top, task="Base:amd64").count("\n") == 0


def test_a_variant_is_foreseen_only_where_all_that_it_builds_on_is_known(world: World) -> None:
    world.fill("main", make_stanza("a"))
    base = Variant("Base", HERE, ("amd64",), packages=seeds("typo"))
    side = Variant("Side", HERE, ("amd64",), packages=seeds("a"))
    top = Variant("Top", HERE, ("amd64",), packages=seeds("gone", line=20), lookaside=("Base", "Side"))
    assert "gone" not in refusal(world, base, side, top, task="Base:amd64")
    world.gather(base, side, top, task="Side:amd64")
    assert "variants.Top.packages: 'gone'" in refusal(world, base, side, top, task="Base:amd64")


def test_an_archive_that_lacks_an_arch_is_left_out_on_that_one(tmp_path: Path) -> None:
    world = World(tmp_path, ("main", "other"), other={"arches": ("amd64",)})
    inputs = {
        task.name: [str(path) for path in task.inputs]
        for task in gather.tasks(
            world.compose(
                Variant("Server", HERE, ("amd64", "arm64"), packages=seeds("a"), multiarch=Multiarch(("i386",)))
            )
        )
    }
    assert any("other/amd64" in path for path in inputs["Server:amd64"])
    assert not any("other/i386" in path or "other/arm64" in path for path in inputs["Server:amd64"])
    assert not any("other" in path for path in inputs["Server:arm64"])
    world.fill("main", make_stanza("a"))
    world.fill("other", make_stanza("b"))
    assert world.names(server("a", "b", multiarch=Multiarch(("i386",)))) == ["a", "b"]


def test_a_task_takes_the_candidates_that_name_it_as_apt_does(world: World) -> None:
    world.fill(
        "main",
        make_stanza("a", "2", Task="web"),
        make_stanza("a", "1"),
        make_stanza("b", "2"),
        make_stanza("b", "1", Task="web"),
        make_stanza("c", "2"),
        make_stanza("c", "1", Priority="standard"),
        make_stanza("d", Priority="standard"),
    )
    assert world.names(server("web^")) == ["a"]
    assert world.names(server("standard^")) == ["d"]


def test_a_process_that_only_chooses_loads_no_model_of_a_compose() -> None:
    code = (
        "import sys; from composelib.actions import gather; from composelib.stages import gather; print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"composelib.model.compose", "composelib.model.image", "composelib.model.variant"} & {
        *ran.stdout.split()
    }


@pytest.mark.parametrize("entry", ["odd", "needs-odd"])
def test_a_package_in_an_odd_stanza_is_explained_to_who_needs_it(world: World, entry: str) -> None:
    odd = make_stanza("odd").replace("Size:", "Sizes:")
    world.fill("main", odd, make_stanza("needs-odd", Depends="odd"), make_stanza("sound"))
    world.gather(Variant("Server", HERE, packages=seeds("sound"), arches=("amd64",)))
    message = r"its stanza cannot be used: odd 1\.0: Size: the field is missing \(archive main\)"
    with pytest.raises(TrustError, match=message):
        world.gather(Variant("Server", HERE, packages=seeds(entry), arches=("amd64",)))


def test_a_chosen_package_that_apt_cannot_parse_is_refused(world: World) -> None:
    world.fill("main", make_stanza("foo", Provides="a, , b"), make_stanza("bar", Provides=","), make_stanza("sound"))
    world.gather(Variant("Server", HERE, packages=seeds("sound"), arches=("amd64",)))
    with pytest.raises(TrustError) as caught:
        world.gather(Variant("Server", HERE, packages=seeds("foo", "bar"), arches=("amd64",)))
    assert caught.value.message.splitlines() == [
        "bar 1.0 of archive main: Provides: apt cannot parse ''",
        "foo 1.0 of archive main: Provides: apt cannot parse ''",
    ]
