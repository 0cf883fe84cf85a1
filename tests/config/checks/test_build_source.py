"""What is said of source packages that a config builds.

Also covers: composelib.config.build_sources, composelib.model.build_source.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from composelib.model.build_source import BuildSource
from tests.config.conftest import BODY, HEAD, Faults, Loads
from tests.kit.source_packages import TinySource


def config(*entries: str) -> str:
    """Return a config that builds these source packages."""
    lines = "".join(f"      - {entry}\n" for entry in entries)
    return f"{HEAD}  ours:\n    build:\n{lines}{BODY}"


def build(loads: Loads, entry: str) -> BuildSource:
    (source,) = loads(config(entry)).archives[1].build
    return source


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("{dsc: Hello}", "expected NAME, `NAME (= VERSION)` or the path of a .dsc, got 'Hello'"),
        ("{dsc: hello (= 1-_)}", "got 'hello (= 1-_)'"),
        ('{dsc: "hello (= 1-)"}', "'1-' is not a version"),
        ("{dsc: ../gone.dsc}", "there is no file gone.dsc"),
        ("{dsc: x.dsc, trusted: true}", "x.dsc: a .dsc is named NAME_VERSION.dsc"),
        ("{dsc: hello_1.dsc}", "the key 'keyring' is missing; add 'keyring: FILE'"),
        ("{dsc: hello_1.dsc, keyring: hello_1.dsc, trusted: true}", "trusted: contradicts 'keyring'"),
        ("{dsc: hello, trusted: true}", "trusted: has no effect: the archive's own signature is checked"),
        ("{dir: ., keyring: hello_1.dsc}", "keyring: has no effect without 'dsc'"),
        ("{dir: empty}", "composes/empty has no debian/changelog: it is not an unpacked source package"),
        ("{dir: no-control}", "composes/no-control has no debian/control"),
        ("{dir: no-entry}", "does not begin with NAME (VERSION)"),
        ("{dir: odd}", "composes/odd/debian/source/format: '3.0 (custom)' is not built; use one of 1.0, 3.0 (quilt)"),
        ("{git: 'https://example.org/A.git'}", "'A' is not the name of a source package; add 'name: …'"),
        ("{dsc: hello, name: hello}", "name: has no effect without 'git'"),
        ("{dsc: hello, patches: empty}", "without 'suffix' the patched package has the version of the archive's own"),
        (
            "{dsc: hello, suffix: +a1, patches: empty}",
            "composes/empty has no patches; put files named *.patch or *.diff",
        ),
        ("{dsc: hello, suffix: +a1, patches: [gone.patch]}", "there is no file or folder composes/gone.patch"),
        ("{dsc: hello, suffix: +a1, patches: series}", "composes/series/series: there is no file gone.patch"),
        ("{dsc: hello, suffix: +a1, patches: series}", "composes/series/series: ../x.patch lies outside of the folder"),
        ("{dsc: hello, suffix: +a1, patches: series}", "composes/series/series: old.patch has the option -p0"),
        (
            "{dsc: hello, suffix: -acme1}",
            "expected the end of a version, such as +acme1, got '-acme1'; letters, digits",
        ),
        ("{dsc: hello, cross: true}", "only the builder 'native' cross-builds; add 'builder: native' to the archive"),
        ("{dsc: hello, suffix: +acmé}", "expected the end of a version"),
    ],
)
def test_what_cannot_be_built_is_an_error_of_the_config(entry: str, fault: str, faults: Faults, checkout: Path) -> None:
    composes = checkout / "composes"
    for name in ("empty", "series"):
        (composes / name).mkdir()
    for name in ("x.dsc", "hello_1.dsc"):
        (composes / name).touch()
    (composes / "series/series").write_text("# a comment\ngone.patch -p1\n../x.patch # why\nold.patch -p0\n")
    TinySource().put_tree(composes / "no-control").joinpath("debian/control").unlink()
    TinySource().put_tree(composes / "no-entry").joinpath("debian/changelog").write_text("greeter 1.0\n")
    TinySource(form="3.0 (custom)").put_tree(composes / "odd")
    message = faults(config(entry))
    assert f"composes/test.yaml:{len(HEAD.splitlines()) + 3}:" in message
    assert fault in message


def test_a_name_without_any_archive_of_sources_is_an_error(faults: Faults) -> None:
    text = config("{dsc: hello}").replace("trusted: true", "trusted: true, sources: false")
    assert "no archive has source packages; add one with a 'uri'" in faults(text)


@pytest.mark.parametrize(
    ("name", "target"), [("\udcff", ""), ("a\nb", ""), ("link", "a\udcff"), ("sub/b\n", "")], ids=ascii
)
def test_a_name_in_a_tree_that_no_line_of_text_can_hold_is_refused(
    name: str, target: str, faults: Faults, checkout: Path
) -> None:
    path = TinySource("hello").put_tree(checkout / "tree") / name
    path.parent.mkdir(exist_ok=True)
    if target:
        path.symlink_to(target)
    else:
        path.touch()
    assert "its name or target has control characters or is not UTF-8; rename or remove it" in faults(
        config("{dir: ../tree}")
    )


def test_a_patch_whose_name_is_not_utf_8_is_refused(faults: Faults, checkout: Path) -> None:
    (checkout / "patches").mkdir()
    (checkout / "patches/\udcff.patch").touch()
    message = faults(config("{dsc: hello, suffix: +a1, patches: ../patches}"))
    assert r"patches: patches: \udcff.patch: its name has control characters or is not UTF-8; rename it" in message


def test_one_source_package_is_built_once(faults: Faults, checkout: Path) -> None:
    TinySource("hello").put_tree(checkout / "tree")
    message = faults(config("{dsc: hello}", "{dir: ../tree}"))
    first = f"composes/test.yaml:{len(HEAD.splitlines()) + 3}:9"
    assert f"the source package 'hello' is already built by the entry at {first}; remove one" in message


def test_keys_of_an_archive_that_builds_have_no_effect_without_build(faults: Faults) -> None:
    text = HEAD.replace("trusted: true", "trusted: true, lint: true, builder: native")
    message = faults(text + BODY)
    assert "archives.debian.lint: has no effect without 'build'" in message
    assert "archives.debian.builder: has no effect without 'build'" in message


def test_an_archive_says_how_its_packages_are_built(loads: Loads) -> None:
    ours = loads(config("{dsc: hello}")).archives[1]
    assert (ours.builder, ours.rebuild, ours.lint) == ("sbuild", "on-source-change", None)
    keys = "    builder: native\n    rebuild: on-dependency-change\n    lint: true\nvariants:"
    ours = loads(config("{dsc: hello}").replace("variants:", keys)).archives[1]
    assert (ours.builder, ours.rebuild, ours.lint) == ("native", "on-dependency-change", "report")


def test_a_source_is_named_by_what_it_is(loads: Loads, checkout: Path) -> None:
    (checkout / "hello_2.10-3.dsc").touch()
    assert build(loads, "{dsc: hello (= 2.10-3)}").name == "hello"
    assert build(loads, "{dsc: hello (= 2.10-3)}").version == "2.10-3"
    assert build(loads, "{dsc: hello}").version == ""
    assert build(loads, "{dsc: ../hello_2.10-3.dsc, trusted: true}").name == "hello"
    assert build(loads, "{git: 'https://example.org/hello.git'}").name == "hello"
    assert build(loads, "{git: 'https://example.org/x/', name: hello}").name == "hello"
    TinySource("hello").put_tree(checkout / "anything")
    assert build(loads, "{dir: ../anything}").name == "hello"


def test_patches_of_a_folder_come_in_the_order_of_its_series(loads: Loads, checkout: Path) -> None:
    folder = checkout / "patches"
    folder.mkdir()
    for name in ("b.patch", "a.diff", "c.txt"):
        (folder / name).touch()
    assert build(loads, "{dsc: hello, suffix: +a1, patches: ../patches}").patches == (
        Path("patches/a.diff"),
        Path("patches/b.patch"),
    )
    (folder / "series").write_text("b.patch\n# later\na.diff -p1\n")
    assert build(loads, "{dsc: hello, suffix: +a1, patches: [../patches]}").patches == (
        Path("patches/b.patch"),
        Path("patches/a.diff"),
    )


def test_a_tree_has_the_files_that_belong_to_its_source_package(loads: Loads, checkout: Path) -> None:
    tree = TinySource(further={"sub/x": "", ".git/config": "", "debian/files": "", "debian/x.substvars": ""})
    tree.put_tree(checkout / "tree")
    (checkout / "tree/link").symlink_to("/proc/version")
    (checkout / "tree/void").mkdir()
    source = build(loads, "{dir: ../tree}")
    assert source.tree
    names = [str(path.relative_to("tree")) for path in source.tree.inside]
    packaging = ["debian/changelog", "debian/control", "debian/rules", "debian/source/format"]
    assert sorted(names) == sorted(["README", *packaging, "greet", "sub/x"])
    assert source.tree.programs == ("debian/rules",)
    assert source.tree.links == (("link", "/proc/version"),)
    assert set(source.tree.folders) == {"debian", "debian/source", "sub", "void"}
