"""The exact packages that builds have: those of the root, and what each build needs beside.

Also covers: composelib.building.dependency_solver.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.archive.choose.packages.index_build import build_index
from composelib.archive.format.repository import read_chosen, read_field
from composelib.errors import ComposeError
from composelib.model.indexed_archive import IndexedArchive
from composelib.stages.builddeps import DependenciesJob, solve_dependencies
from composelib.text.json_file import write_json
from tests.kit.tiny_archive import paragraph

PACKAGES = {
    "base-files": {"Essential": "yes"},
    "apt": {},
    "build-essential": {"Depends": "gcc"},
    "gcc": {"Depends": "libc"},
    "libc": {},
    "fakeroot": {},
    "debhelper": {"Depends": "po | gettext", "Provides": "debhelper-compat (= 13)"},
    "gettext": {"Depends": "libc (>= 1)"},
    "games": {},
    "libzed-dev": {"Version": "1"},
}


def sum_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Builds:
    """An archive, and the builds that choose from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.packages: dict[str, dict[str, str]] = {name: dict(fields) for name, fields in PACKAGES.items()}

    def render(self, packages: dict[str, dict[str, str]]) -> bytes:
        rows = (
            {"Package": name, "Version": "1", "Architecture": "amd64", **fields, "Filename": f"{name}.deb", "Size": "1"}
            for name, fields in packages.items()
        )
        return "\n".join(paragraph({**row, "SHA256": sum_text(str(row))}) for row in rows).encode()

    def index(self, stanzas: bytes, arch: str) -> IndexedArchive:
        """Return the archive as one of an arch's packages."""
        index = self.folder / f"{arch}.index"
        index.write_bytes(build_index(stanzas, arch, "debian"))
        return IndexedArchive("debian", None, False, self.folder / "stanzas", index)

    def choose(
        self, needs: str = "", *, built: dict[str, dict[str, str]] | None = None, host: str = "", **fields: str
    ) -> dict[str, str]:
        """Return the versions of what is installed beside the root's packages."""
        stanzas = self.render(self.packages)
        (self.folder / "stanzas").write_bytes(stanzas)
        archive = self.index(stanzas, "amd64")
        root = DependenciesJob("root", "amd64", (archive,), self.folder / "root", self.folder / "apt")
        solve_dependencies(root)
        write_json(self.folder / "record", {"build_depends": needs, "profiles": [], **fields})
        listing = self.folder / "work" / "build" / "ours" / "zed" / "amd64.packages"
        listing.parent.mkdir(parents=True, exist_ok=True)
        listing.write_bytes(self.render(built or {}))
        (self.folder / "order").write_text(f"{listing}\n" if built else "")
        job = replace(
            root,
            label="x.yaml:3:5: hello",
            host=host,
            host_archives=(self.index(stanzas, host),) if host else (),
            profiles=("cross", "nocheck") if host else (),
            output=self.folder / "hello",
            record=self.folder / "record",
            installed=self.folder / "root",
            order=self.folder / "order",
            work=self.folder / "work",
            priorities=(("ours", None),),
        )
        solve_dependencies(job)
        return self.read("hello")

    def read(self, name: str) -> dict[str, str]:
        """Return the versions of a list's packages, with the archive unless it is Debian's, the arch unless it is amd64."""
        entries = [*read_chosen((self.folder / name).read_bytes())]
        return {
            read_field(entry.stanza, "Package"): read_field(entry.stanza, "Version")
            + entry.archive.removeprefix("debian")
            + f" {read_field(entry.stanza, 'Architecture')}".removesuffix(" amd64")
            for entry in entries
        }


@pytest.fixture
def builds(tmp_path: Path) -> Builds:
    """Return builds from a small archive."""
    return Builds(tmp_path)


def test_a_root_has_essential_packages_a_compiler_and_all_they_need(builds: Builds) -> None:
    builds.choose()
    assert list(builds.read("root")) == ["apt", "base-files", "build-essential", "fakeroot", "gcc", "libc"]


def test_a_build_has_what_it_asks_for_beside(builds: Builds) -> None:
    assert builds.choose("debhelper-compat (= 13), gcc") == {"debhelper": "1", "gettext": "1"}
    assert builds.choose("") == {}


def test_of_alternatives_the_first_that_is_somewhere_is_installed(builds: Builds) -> None:
    assert builds.choose("libnew-dev | games") == {"games": "1"}
    assert builds.choose("gettext | games") == {"gettext": "1"}


def test_an_update_of_what_nothing_needs_changes_no_list(builds: Builds) -> None:
    builds.choose("debhelper")
    before = [(builds.folder / name).read_bytes() for name in ("root", "hello")]
    builds.packages["games"]["Version"] = "2"
    builds.choose("debhelper")
    assert [(builds.folder / name).read_bytes() for name in ("root", "hello")] == before
    builds.packages["gettext"]["Version"] = "2"
    assert builds.choose("debhelper")["gettext"] == "2"


def test_what_was_built_before_is_taken_and_upgrades_the_root_where_it_must(builds: Builds) -> None:
    built = {"libzed-dev": {"Version": "2", "Depends": "libc (= 2)"}, "libc": {"Version": "2"}}
    assert builds.choose("libzed-dev", built=built) == {"libzed-dev": "2ours", "libc": "2ours"}
    assert builds.choose("gettext", built=built) == {"gettext": "1"}


def test_a_cross_build_has_tools_of_the_roots_arch_and_libraries_of_the_other(builds: Builds) -> None:
    builds.packages["debhelper"] |= {"Architecture": "all", "Multi-Arch": "foreign"}
    builds.packages["gettext"]["Multi-Arch"] = "foreign"
    builds.packages["libc"] |= {"Multi-Arch": "same", "Provides": "libc-dev, libstdc++-dev"}
    builds.packages["libzed-dev"]["Multi-Arch"] = "same"
    builds.packages["crossbuild-essential-arm64"] = {"Architecture": "all"}
    for name in ("gettext", "libc", "libzed-dev"):
        builds.packages[f"{name} for arm64"] = {**builds.packages[name], "Package": name, "Architecture": "arm64"}
    assert builds.choose("debhelper, libzed-dev, check <!nocheck>, gettext:native", host="arm64") == {
        "crossbuild-essential-arm64": "1 all",
        "debhelper": "1 all",
        "gettext": "1",
        "libc": "1 arm64",
        "libzed-dev": "1 arm64",
    }


def test_what_is_nowhere_is_an_error_with_the_place_in_the_config(builds: Builds) -> None:
    with pytest.raises(ComposeError, match=r"x\.yaml:3:5: hello: what it is built with cannot be installed: .*libnone"):
        builds.choose("libnone (>= 3)")


def test_a_build_that_conflicts_with_the_root_is_told_so(builds: Builds) -> None:
    with pytest.raises(ComposeError, match=r"it conflicts with .*fakeroot"):
        builds.choose("debhelper", build_conflicts="fakeroot")


def test_a_malformed_field_is_an_error(builds: Builds) -> None:
    with pytest.raises(ComposeError, match=r"hello: what it needs to be built is malformed: .*"):
        builds.choose("debhelper (>> ")
