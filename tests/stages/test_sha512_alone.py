"""Archives that list their files by SHA512 alone.

Also covers: composelib.fetch.sha512_files.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from composelib.errors import ComposeError, TrustError
from composelib.fetch.sha512_files import insert_texts, lacks_sha256, list_strong_files
from composelib.model.arch import SOURCE
from composelib.model.variant import Variant
from tests.kit.archive_server import ArchiveServer
from tests.kit.archive_stages import ORIGIN, ArchiveStages
from tests.kit.tiny_archive import DATE, TinyArchive


@pytest.fixture
def strong(getting: ArchiveStages, archive: TinyArchive) -> ArchiveStages:
    """Let the archive list its packages and sources by SHA512 alone."""
    archive.add("other")
    archive.add_source("hello")
    for kind, stanzas in archive.stanzas.items():
        archive.stanzas[kind] = [weaken(archive.root, stanza) for stanza in stanzas]
    archive.publish()
    getting.variants = (Variant("Base", ORIGIN, ("amd64",), sources=True),)
    return getting


def weaken(root: Path, stanza: str) -> str:
    """Return a stanza with the SHA512 of each file in the place of its SHA256, and its MD5."""
    folder = re.search("^Directory: (.*)$", stanza, re.MULTILINE)
    names = re.findall(r"^Filename: (.*)$", stanza, re.MULTILINE)
    sums = [hashlib.sha512((root / name).read_bytes()).hexdigest() for name in names]
    if sums:
        return re.sub(r"SHA256: .*", f"MD5sum: {'0' * 32}\nSHA512: {sums[0]}", stanza)
    assert folder

    def replace(row: re.Match[str]) -> str:
        content = (root / folder[1] / row[3]).read_bytes()
        return f"\n {hashlib.sha512(content).hexdigest()} {row[2]} {row[3]}"

    return re.sub(r"\n ([0-9a-f]{64}) (\d+) (\S+)", replace, stanza).replace("Checksums-Sha256", "Checksums-Sha512")


def test_packages_and_sources_that_are_listed_by_sha512_alone_are_fetched_by_it(
    strong: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer
) -> None:
    stanzas = strong.all().decode()
    for name in re.findall(r"^Filename: (.*)$", stanzas, re.MULTILINE):
        assert f"\nSHA256: {hashlib.sha256((archive.root / name).read_bytes()).hexdigest()}\n" in stanzas
    sources = strong.compose.paths.pkgset(strong.archives[0], SOURCE).read_text()
    assert len(re.findall(r"^ [0-9a-f]{64} \d+ hello", sources, re.MULTILINE)) == 2
    assert len(mirror.paths("pool/*")) == 4
    strong.variants = None
    strong.choose_all()
    assert len(strong.fetch()) == 2
    archive.publish(date=DATE + 1, Version="2")
    strong.all()
    assert len(mirror.paths("pool/*")) == 4, "what the store has is not fetched again"


def test_a_file_of_another_sha512_is_refused_by_package(strong: ArchiveStages, archive: TinyArchive) -> None:
    path = archive.root / re.findall(r"Filename: (.*)", archive.stanzas["main", "amd64"][0])[0]
    path.write_bytes(path.read_bytes()[::-1])
    with pytest.raises(
        TrustError, match=r"tiny.yaml:3:5: archive tiny, amd64: hello 1.0: .* of SHA512 [0-9a-f]{128}, got"
    ):
        strong.all()


def test_offline_they_have_to_be_in_the_store(strong: ArchiveStages) -> None:
    strong.inrelease()
    strong.pkgset()
    for path in (strong.build / "store/sha256").glob("??/*"):
        path.unlink()
    strong.options = {"offline": True}
    with pytest.raises(ComposeError, match=r"hello 1.0: offline, and it is not in the store"):
        strong.pkgset()


def test_a_download_that_was_damaged_after_its_end_is_not_believed(
    strong: ArchiveStages, archive: TinyArchive, mirror: ArchiveServer
) -> None:
    content = (archive.root / re.findall(r"Filename: (.*)", archive.stanzas["main", "amd64"][0])[0]).read_bytes()
    sha512 = hashlib.sha512(content).hexdigest()
    left = strong.build / "store/sha256" / sha512[:2] / sha512
    left.parent.mkdir(parents=True)
    left.write_bytes(content[::-1])
    assert f"\nSHA256: {hashlib.sha256(content).hexdigest()}\n" in strong.all().decode()
    assert len(mirror.paths("pool/*")) == 4
    assert not left.exists()


def test_a_size_of_thousands_of_digits_is_told_as_odd(strong: ArchiveStages, archive: TinyArchive) -> None:
    rows = archive.stanzas["main", "amd64"]
    rows[0] = re.sub(r"\nSize: \d+", f"\nSize: {'9' * 5000}", rows[0])
    archive.publish()
    with pytest.raises(TrustError, match=r"Size: '9+' is not a size"):
        strong.all()


def test_what_has_a_sha256_is_left_alone() -> None:
    plain = b"Package: a\nFilename: a.deb\nSHA256: x\nSHA512: y\n"
    assert not lacks_sha256(b"\n" + plain)
    assert list_strong_files(plain) == []
    assert insert_texts(b"abc", [(1, b"1"), (3, b"2")]) == b"a1bc2"
