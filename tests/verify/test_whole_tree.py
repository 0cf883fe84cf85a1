"""A changed byte is named wherever it is, also within images and where all is signed again with the right key.

Also covers: composelib.verify.media, composelib.verify.medium_reader, composelib.verify.oci, composelib.verify.ostree,
composelib.verify.ostree_objects.
"""

from __future__ import annotations

import os
import random
import tarfile
from pathlib import Path

from composelib.model.compose import Compose
from composelib.verify.iso9660 import list_disc_files
from composelib.verify.tree import verify_tree
from tests.kit.resealed_tree import flip_bit, replace_file, reseal

ISO = "Server/amd64/iso/demo-12-Server-dvd-amd64.iso"
OCI = "Server/amd64/images/demo-12-Server-app-amd64.oci.tar"
DEB = "pool/main/t/tool/tool_1.0_amd64.deb"
FLIPS = 30


def list_reseal_problems(compose: Compose, tree: Path) -> list[str]:
    reseal(tree, compose.paths.key_home)
    return verify_tree(tree)


def locate_on_disc(iso: Path, path: str) -> int:
    """Return where a file's content begins in an ISO image."""
    with iso.open("rb") as disc:
        return next(file.extents[0][0] for file in list_disc_files(disc.fileno()) if file.path == path)


def test_a_flipped_bit_anywhere_is_named(tree: Path) -> None:
    assert verify_tree(tree) == []
    chance = random.Random(5)  # noqa: S311 - no secret
    paths = sorted(path for path in tree.rglob("*") if path.is_file() and path.stat().st_size)
    for path in chance.choices(paths, k=FLIPS):
        content = path.read_bytes()
        flip_bit(path, chance.randrange(len(content)), chance.randrange(8))
        name = str(path.relative_to(tree))
        assert name in "\n".join(verify_tree(tree)), name
        replace_file(path, content)


def test_a_package_on_a_medium_that_is_not_the_trees_is_named(whole_compose: Compose, tree: Path) -> None:
    flip_bit(tree / ISO, locate_on_disc(tree / ISO, DEB) + 100)
    assert f"{ISO}: {DEB}: differs from Server/repo/{DEB}" in list_reseal_problems(whole_compose, tree)


def test_other_files_of_a_medium_have_to_be_as_it_lists_them(whole_compose: Compose, tree: Path) -> None:
    flip_bit(tree / ISO, locate_on_disc(tree / ISO, "README.txt"))
    flip_bit(tree / ISO, locate_on_disc(tree / ISO, "dists/bookworm/main/binary-amd64/Packages"))
    flip_bit(tree / ISO, locate_on_disc(tree / ISO, "dists/bookworm/Release"))
    problems = list_reseal_problems(whole_compose, tree)
    assert f"{ISO}: README.txt: its content does not match its checksum on the medium" in problems
    assert f"{ISO}: dists/bookworm/InRelease: its signature was not made with archive-key.asc" in problems


def test_an_object_of_ostree_that_is_not_what_its_name_says_is_named(whole_compose: Compose, tree: Path) -> None:
    objects = [min(tree.glob(f"ostree/repo/objects/*/*.{kind}")) for kind in ("filez", "dirtree", "dirmeta", "commit")]
    for path in objects:
        content = path.read_bytes()
        flip_bit(path, 18 if path.suffix == ".filez" else len(content) - 1)  # 18: in the owner
        assert str(path.relative_to(tree)) in "\n".join(list_reseal_problems(whole_compose, tree))
        replace_file(path, content)
    objects[0].unlink()
    assert f"{objects[0].relative_to(tree)}: ostree/SHA256SUMS does not name it" in list_reseal_problems(
        whole_compose, tree
    )


def test_a_ref_and_a_signature_of_ostree_that_are_signed_again_are_named(whole_compose: Compose, tree: Path) -> None:
    ref = "ostree/repo/refs/heads/demo/12/edge"
    (metadata,) = tree.glob("ostree/repo/objects/*/*.commitmeta")
    replace_file(metadata, b"")
    assert f"{metadata.relative_to(tree)}: its signature was not made" in "\n".join(
        list_reseal_problems(whole_compose, tree)
    )
    commit = (tree / ref).read_text()
    replace_file(tree / ref, f"{'0' * 64}\n".encode())
    assert f"{ref}: is {'0' * 64}, in the summary {commit.strip()}" in list_reseal_problems(whole_compose, tree)


def test_a_layer_of_a_container_that_is_signed_again_is_named(whole_compose: Compose, tree: Path) -> None:
    with tarfile.open(tree / OCI) as tar:
        layer = max((member for member in tar if member.isfile()), key=lambda member: member.size)
    flip_bit(tree / OCI, layer.offset_data + 20)
    problems = "\n".join(list_reseal_problems(whole_compose, tree))
    assert f"{OCI}: " in problems
    flip_bit(tree / OCI, layer.offset_data + 20)
    flip_bit(tree / OCI, layer.offset_data + 8)  # of the gzip header: it unpacks to the same
    assert f"{OCI}: {layer.name}: its content does not match its name" in list_reseal_problems(whole_compose, tree)


def test_a_by_hash_file_that_no_index_names_has_to_have_the_hash_of_its_name(
    whole_compose: Compose, tree: Path
) -> None:
    former = f"Server/repo/dists/bookworm/main/binary-amd64/by-hash/SHA256/{'0' * 64}"
    replace_file(tree / former, b"another")
    for digits, sums in ((64, tree / "SHA256SUMS"), (128, tree / "SHA512SUMS")):
        replace_file(sums, sums.read_bytes() + f"{'0' * digits}  {former}\n".encode())
    problems = list_reseal_problems(whole_compose, tree)
    assert [line for line in problems if line.startswith(f"{former}: signed lists differ in its SHA256: ")] == problems


def test_a_medium_that_is_no_disc_is_named(whole_compose: Compose, tree: Path) -> None:
    replace_file(tree / ISO, os.urandom(40_000))
    assert f"{ISO}: cannot be read as a disc: it has no volume descriptor" in list_reseal_problems(whole_compose, tree)
