"""Whatever differs in a finished tree is named, by the path of the file.

Also covers: composelib.verify.hashing, composelib.verify.inventory, composelib.verify.repositories,
composelib.verify.signatures, composelib.verify.sums.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

from composelib.verify.tree import FOREIGN, verify_tree
from tests.kit.demo_compose import Demo
from tests.kit.resealed_tree import flip_bit, replace_file, reseal
from tests.kit.tiny_archive import Key

SUITE = "Server/repo/dists/tinysuite"


def list_paths(tree: Path) -> list[str]:
    return sorted(str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file())


def test_nothing_is_wrong_with_a_finished_compose(demo: Demo) -> None:
    assert verify_tree(demo.tree) == []


def test_a_flipped_bit_in_any_file_is_named(demo: Demo) -> None:
    chance = random.Random(9)  # noqa: S311 - no secret
    for name in chance.sample(list_paths(demo.tree), 10):
        path = demo.tree / name
        content = path.read_bytes()
        if content:
            flip_bit(path, chance.randrange(len(content)), chance.randrange(8))
            assert name in "\n".join(verify_tree(demo.tree)), name
            replace_file(path, content)


def test_a_flipped_bit_after_the_signature_of_the_sums_is_named(demo: Demo) -> None:
    path = demo.tree / "SHA256SUMS.sign"
    flip_bit(path, len(path.read_bytes()) - 10)  # where gpgv passes over it
    assert verify_tree(demo.tree) == ["SHA256SUMS.sign: is not as gpg wrote it"]


MISSING = (
    "SHA256SUMS",
    "STATUS",
    "archive-key.asc",
    "metadata/debs.json",
    f"{SUITE}/InRelease",
    f"{SUITE}/main/binary-amd64/Packages",
    "Server/repo/pool/main/m/mailer/mailer_1.0_amd64.deb",
    "Server/amd64/iso/tiny-1.10-Server-dvd-amd64.iso",
)


def test_what_is_missing_or_cut_off_is_named(demo: Demo) -> None:
    for name in MISSING:
        content = (demo.tree / name).read_bytes()
        replace_file(demo.tree / name, content[:-1])
        assert name in "\n".join(verify_tree(demo.tree)), name
        (demo.tree / name).unlink()
        assert name in "\n".join(verify_tree(demo.tree)), name
        replace_file(demo.tree / name, content)


FOREIGN_NAMES = (
    "Evil/repo/dists/tinysuite/evil",
    f"{SUITE}/evil",
    f"{SUITE}/main/binary-amd64/by-hash/SHA256/{'0' * 64}",
    "Server/repo/pool/main/e/evil_1.0_amd64.deb",
    "evil.sh",
    "metadata/evil.json",
    "odd\udcffname\n",
)


def test_what_no_list_names_is_foreign(demo: Demo) -> None:
    for name in FOREIGN_NAMES:
        replace_file(demo.tree / name, b"evil")
    assert verify_tree(demo.tree) == [f"{name}: {FOREIGN}" for name in FOREIGN_NAMES]


def test_links_and_fifos_are_named(demo: Demo) -> None:
    (demo.tree / "link").symlink_to("/proc/version")
    os.mkfifo(demo.tree / "metadata/fifo")
    assert verify_tree(demo.tree) == [
        "link: is neither a file nor a folder",
        "metadata/fifo: is neither a file nor a folder",
    ]


def test_what_stands_in_place_of_the_key_is_not_opened(demo: Demo) -> None:
    (demo.tree / "archive-key.asc").unlink()
    os.mkfifo(demo.tree / "archive-key.asc")
    assert [line for line in verify_tree(demo.tree) if "there is no such file" in line]


def test_another_key_is_not_taken(demo: Demo, other_key: Key) -> None:
    problems = verify_tree(demo.tree, other_key.public)
    assert {line.partition(":")[0] for line in problems} >= {"SHA256SUMS", f"{SUITE}/InRelease"}


def test_an_index_of_before_is_named_though_its_sum_is_signed_again(demo: Demo) -> None:
    packages = demo.tree / SUITE / "main/binary-amd64/Packages"
    replace_file(packages, packages.read_bytes().replace(b"mailer", b"mauler"))
    reseal(demo.tree, demo.folder / "keys")
    assert f"{SUITE}/main/binary-amd64/Packages: its content does not match its checksum" in verify_tree(demo.tree)
