"""The descriptions of packages: from an archive's verified Translation files to apt.

Also covers: composelib.archive.format.translation, composelib.stages.descriptions, composelib.actions.descriptions.
"""

from __future__ import annotations

import hashlib
import lzma
import shutil
from pathlib import Path

import pytest

from composelib.errors import TrustError
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.variant import Addon
from composelib.stages import createiso, createrepo, descriptions, inrelease, key, release, translations
from tests.kit.client_apt import make_apt
from tests.kit.gathered_variant import NOWHERE, choose, compose, image, list_tasks, run_stages, variant
from tests.kit.iso_files import extract_iso
from tests.kit.tiny_archive import TinyArchive

ENGLISH = "a package\n It is a package\n .\n that has paragraphs.\n"
TEXT = {"en": ENGLISH, "de": "ein Paket\n Es ist ein Paket.\n"}
NAME = "main/i18n/Translation-{}"
DISC = 4_200_000
"""The size of a disc that has room for one of the packages."""


def md5_of(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def describe(archive: TinyArchive, language: str, *packages: str) -> None:
    """Put a Translation file of packages, whose descriptions begin with their names, into an archive."""
    rows = [
        f"Package: {name}\nDescription-md5: {md5_of(name + ', ' + ENGLISH)}\n"
        f"Description-{language}: {name}, {TEXT[language]}"
        for name in packages
    ]
    path = archive.root / "dists/stable" / NAME.format(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(rows))
    path.with_suffix(".xz").write_bytes(lzma.compress(path.read_bytes()))
    archive.listed += [NAME.format(language), f"{NAME.format(language)}.xz"]


def add(archive: TinyArchive, *packages: str) -> None:
    """Add packages as Debian has them: their stanzas have the first line of the description, and the MD5 of it all."""
    for name in packages:
        archive.add(name)
        stanza = archive.stanzas["main", "amd64"].pop().split("Description:")
        rest = stanza[1].partition("\nFilename")[2]
        text = f"{name}, {ENGLISH}"
        head = f"{stanza[0]}Description: {text.splitlines()[0]}\nDescription-md5: {md5_of(text)}\n"
        archive.stanzas["main", "amd64"].append(f"{head}Filename{rest}")


@pytest.fixture
def described(archive: TinyArchive) -> TinyArchive:
    add(archive, "aa", "bb", "extra", "unwanted")
    archive.add("local")
    describe(archive, "en", "unwanted", "extra", "bb", "aa")
    describe(archive, "de", "aa")
    archive.publish()
    return archive


@pytest.fixture
def demo(described: TinyArchive, tmp_path: Path) -> Compose:
    languages = ("en", "de", "fr")
    server = variant(indices=("translations",), languages=languages, addons=(Addon("HA", ()),))
    demo = compose(
        tmp_path / "build",
        server,
        archives=(Archive("tiny", NOWHERE, described.uri, ("stable",), ("main",), described.key.public),),
    )
    choose(demo, "Server", "amd64", described, ["aa", "bb", "extra", "local"], {"extra": "HA"})
    return demo


def read(demo: Compose, language: str, component: str = "main") -> str:
    path = demo.paths.translation("Server", language, component)
    assert lzma.decompress(path.with_name(f"{path.name}.xz").read_bytes()) == path.read_bytes()
    return path.read_text()


def test_each_component_has_the_descriptions_of_its_packages_and_no_others(demo: Compose) -> None:
    run_stages(demo, inrelease, descriptions, translations)
    names = {
        (language, component): [
            line[9:] for line in read(demo, language, component).splitlines() if "Package: " in line
        ]
        for language in ("en", "de", "fr")
        for component in ("main", "HA")
    }
    assert names == {
        ("en", "main"): ["aa", "bb"],
        ("en", "HA"): ["extra"],
        ("de", "main"): ["aa"],
        ("de", "HA"): [],
        ("fr", "main"): [],
        ("fr", "HA"): [],
    }
    md5 = md5_of(f"aa, {ENGLISH}")
    assert read(demo, "de") == f"Package: aa\nDescription-md5: {md5}\nDescription-de: aa, {TEXT['de']}\n"


def test_a_description_of_another_version_is_left_out(demo: Compose) -> None:
    run_stages(demo, inrelease, descriptions)
    for archive in demo.archives:
        path = demo.paths.descriptions(archive, "Translation-en")
        path.write_text(path.read_text().replace(md5_of(f"aa, {ENGLISH}"), "0" * 32))
    run_stages(demo, translations)
    assert "Package: aa\n" not in read(demo, "en")


def test_what_is_not_as_the_release_file_says_is_refused(demo: Compose, described: TinyArchive) -> None:
    run_stages(demo, inrelease)
    for path in (described.root / "dists/stable/main/i18n").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[::-1])
    with pytest.raises(TrustError, match=r"tiny.*Translation-en"):
        run_stages(demo, descriptions)


def test_apt_shows_and_searches_descriptions_as_it_does_in_the_archive(
    demo: Compose, described: TinyArchive, tmp_path: Path
) -> None:
    run_stages(demo, inrelease, descriptions, translations, key, createrepo, release)
    sources = (
        (demo.paths.archive_key.absolute(), f"file:{demo.paths.repository('Server').absolute()}", "bookworm"),
        (described.key.public, described.uri, "stable"),
    )
    ours, theirs = (
        ask_apt(tmp_path / suite, f"deb [signed-by={key}] {uri} {suite} main") for key, uri, suite in sources
    )
    assert ours == theirs
    assert "Description-de: aa, ein Paket\n Es ist ein Paket.\n" in ours


def test_each_medium_has_the_descriptions_of_its_packages(
    described: TinyArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    images = (image("dvd"), image("both", extra_variants=("Base",)), image("set", split=True, max_size=DISC))
    origin = Archive("tiny", NOWHERE, described.uri, ("stable",), ("main",), described.key.public)
    variants = (
        variant("Base", indices=("translations",)),
        variant("Server", indices=("translations",), images=images),
    )
    demo = compose(Path("build"), *variants, archives=(origin,))
    choose(demo, "Base", "amd64", described, ["extra"])
    choose(demo, "Server", "amd64", described, ["aa", "bb"])
    run_stages(demo, inrelease, descriptions, translations, key, createrepo, createiso)
    isos = demo.paths.iso("Server", "amd64", "dvd").parent.glob("*.iso")
    assert {iso.stem.partition("Server-")[2]: list_described_packages(iso, tmp_path / iso.stem) for iso in isos} == {
        "dvd-amd64": ["aa", "bb"],
        "both-amd64": ["aa", "bb", "extra"],
        "set-amd64": ["aa"],
        "set-amd64-2": ["bb"],
    }


def list_described_packages(iso: Path, folder: Path) -> list[str]:
    """Return the packages of a medium that apt finds by a word of their descriptions."""
    medium = extract_iso(iso, folder / "medium")
    options = f'Acquire::cdrom::mount "{medium}";\nDir::Media::MountPath "{medium}";\nAcquire::Languages "en";\n'
    machine = make_apt(folder / "apt", "", options=options)
    shutil.copy(medium / "archive-key.asc", machine.root / "etc/apt/trusted.gpg.d/demo.asc")
    added = machine.run("apt-cdrom", "--no-auto-detect", "--no-mount", "-d", str(medium), "add").stdout
    assert "1 translation indexes" in added
    rows = machine.run("apt-cache", "search", "paragraphs").stdout.splitlines()
    return sorted(row.partition(" ")[0] for row in rows)


def ask_apt(root: Path, source: str) -> str:
    """Return what apt shows of packages in German and English, and where it finds a word that only descriptions have."""
    machine = make_apt(root, f"{source}\n", options='#clear Acquire::Languages;\nAcquire::Languages { "de"; "en"; };\n')
    assert machine.run("apt-get", "update").stderr == ""
    shown = machine.run("apt-cache", "show", "aa", "bb", "local").stdout
    lines = [line for line in shown.splitlines() if not line.startswith("Filename: ")]
    return "\n".join((*lines, *sorted(machine.run("apt-cache", "search", "paragraphs", "bb").stdout.splitlines())))


def test_a_variant_without_translations_has_no_task(tmp_path: Path) -> None:
    assert not list_tasks(compose(tmp_path / "build", variant(languages=("en",))), translations)
