"""Statements of what artifacts were made of, in a whole tree: written by the stage, checked by verify and by public readers.

Also covers: composelib.actions.provenance, composelib.stages.provenance.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1.provenance_pb2 import Provenance
from in_toto_attestation.v1 import statement as public
from in_toto_attestation.v1 import statement_pb2

from composelib.actions.provenance import list_origins
from composelib.files import sha256_of
from composelib.model.compose import Compose
from composelib.text.dsse import Envelope, format_envelope, read_envelope
from composelib.text.json_file import json_text, write_json
from composelib.text.provenance import Resource
from composelib.tools import gpg
from composelib.verify.tree import verify_tree
from tests.kit.resealed_tree import replace_file, reseal

ISO = "Server/amd64/iso/demo-12-Server-dvd-amd64"
STATEMENT = f"{ISO}.intoto.json"
COMMIT = "Server/amd64/images/demo-12-Server-edge-amd64.intoto.json"
REPOSITORY = "metadata/Server.intoto.json"
STATEMENTS = (STATEMENT, COMMIT, REPOSITORY, "Server/amd64/images/demo-12-Server-app-amd64.intoto.json")


def read_statement(tree: Path, path: str = STATEMENT) -> dict[str, Any]:
    statement: dict[str, Any] = json.loads(read_envelope((tree / path).read_bytes()).payload)
    return statement


def replace_statement(compose: Compose, tree: Path, statement: dict[str, Any], *, sign: bool = True) -> list[str]:
    """Put a statement into the tree in place of the ISO's, seal the tree again, and return what verify then says."""
    former = read_envelope((tree / STATEMENT).read_bytes())
    envelope = Envelope(former.payload_type, json.dumps(statement).encode(), former.signatures)
    if sign:
        signature = gpg.sign_binary(gpg.Signer("", compose.paths.key_home), envelope.signed_bytes, 0)
        envelope = Envelope(envelope.payload_type, envelope.payload, {"": signature})
    replace_file(tree / STATEMENT, json_text(format_envelope(envelope)).encode())
    reseal(tree, compose.paths.key_home)
    return verify_tree(tree)


def test_each_image_and_repository_has_a_statement_that_public_readers_accept(tree: Path) -> None:
    assert sorted(str(path.relative_to(tree)) for path in tree.rglob("*.intoto.json")) == sorted(STATEMENTS)
    for path in STATEMENTS:
        text = json.dumps(read_statement(tree, path))
        message = json_format.Parse(text, statement_pb2.Statement())
        public.Statement.copy_from_pb(message).validate()
        json_format.Parse(json_format.MessageToJson(message.predicate), Provenance())


def test_a_statement_is_signed_so_that_gpgv_alone_can_check_it(tree: Path, tmp_path: Path) -> None:
    envelope = read_envelope((tree / STATEMENT).read_bytes())
    (keyid,) = gpg.list_fingerprints(tree / "archive-key.asc")
    (tmp_path / "signed").write_bytes(envelope.signed_bytes)
    (tmp_path / "signature").write_bytes(envelope.signatures[keyid])
    keyring = tmp_path / "key.gpg"
    subprocess.run(["gpg", "--dearmor", "-o", keyring, tree / "archive-key.asc"], check=True, capture_output=True)
    subprocess.run(gpg.verify(keyring, tmp_path / "signature", tmp_path / "signed"), check=True, capture_output=True)


def test_a_statement_leads_from_an_image_to_its_packages(tree: Path) -> None:
    statement = read_statement(tree)
    assert statement["subject"] == [{"name": f"{ISO}.iso", "digest": {"sha256": sha256_of(tree / f"{ISO}.iso")}}]
    materials = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    pool = {sha256_of(path) for path in tree.glob("Server/repo/pool/**/*.deb")}
    assert {row["digest"]["sha256"] for row in materials if "digest" in row} == pool


def test_a_statement_of_a_commit_names_its_ref_and_checksum(tree: Path) -> None:
    ref = (tree / "ostree/repo/refs/heads/demo/12/edge").read_text().strip()
    assert read_statement(tree, COMMIT)["subject"] == [
        {"name": "ostree/repo demo/12/edge", "digest": {"sha256": ref}},
    ]


def test_a_statement_names_where_extra_files_and_sources_are_from(tmp_path: Path) -> None:
    commit, sha256 = "c" * 40, "a" * 64
    rows = (
        {"file": "note.txt"},
        {"git": "https://example.org/files", "commit": commit},
        {"url": "https://example.org/a", "sha256": sha256},
    )
    write_json(tmp_path / "extra_files.json", {"version": 1, "files": [{"path": "a", "from": row} for row in rows]})
    record = {
        "git": "https://example.org/tool",
        "commit": commit,
        "patches": [{"file": "/a/b c.patch", "sha256": sha256}],
    }
    write_json(tmp_path / "tool.json", record)
    assert list(list_origins([tmp_path / "extra_files.json", tmp_path / "tool.json"])) == [
        Resource("git+https://example.org/files", {"gitCommit": commit}),
        Resource("https://example.org/a", {"sha256": sha256}),
        Resource("git+https://example.org/tool", {"gitCommit": commit}),
        Resource("file:b%20c.patch", {"sha256": sha256}),
    ]


def test_an_altered_statement_is_refused_though_the_tree_is_signed_again(whole_compose: Compose, tree: Path) -> None:
    statement = read_statement(tree)
    statement["predicate"]["buildDefinition"]["resolvedDependencies"].pop()
    problems = replace_statement(whole_compose, tree, statement, sign=False)
    assert f"{STATEMENT}: it has no good signature by archive-key.asc" in problems


def test_a_statement_about_another_file_is_named(whole_compose: Compose, tree: Path) -> None:
    statement = read_statement(tree)
    statement["subject"][0]["digest"]["sha256"] = "0" * 64
    problems = "\n".join(replace_statement(whole_compose, tree, statement))
    assert f"{STATEMENT}: is about {ISO}.iso {'0' * 64}; here it is" in problems


def test_a_statement_with_other_packages_than_the_bill_is_named(whole_compose: Compose, tree: Path) -> None:
    statement = read_statement(tree)
    dropped = statement["predicate"]["buildDefinition"]["resolvedDependencies"].pop()
    problems = replace_statement(whole_compose, tree, statement)
    assert f"{STATEMENT}: {dropped['uri']}: it and the bill of materials differ" in problems


@pytest.mark.parametrize(
    ("statement", "artifact"), [(STATEMENT, f"{ISO}.iso"), (REPOSITORY, "Server/repo/dists/bookworm/InRelease")]
)
def test_an_artifact_without_a_statement_is_named(
    whole_compose: Compose, tree: Path, statement: str, artifact: str
) -> None:
    (tree / statement).unlink()
    for name in ("SHA256SUMS", "SHA512SUMS"):
        lines = (tree / name).read_text().splitlines(keepends=True)
        replace_file(tree / name, "".join(line for line in lines if statement not in line).encode())
    reseal(tree, whole_compose.paths.key_home)
    assert f"{artifact}: no statement says what it was made of" in verify_tree(tree)
