"""An archive in a folder, of files of the store.

Also covers: composelib.building.environment, composelib.building.build_failure.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from composelib.building.build_failure import explain_failure
from composelib.building.build_job import BuildJob
from composelib.building.environment import list_variables, read_build_path, render_build
from composelib.building.local_archive import write_local_archive
from composelib.model.paths import locate_stored
from composelib.tools.run import ToolError


@pytest.fixture
def job(tmp_path: Path) -> BuildJob:
    """Return a build of a source package with an epoch and a revision."""
    (tmp_path / "hello_2.10-3.dsc").write_text("Format: 3.0 (quilt)\nSource: hello\nVersion: 1:2.10-3\n")
    none = Path("none")
    return BuildJob("hello", "amd64", "amd64", True, tmp_path, none, none, none, none, none, ("nocheck",), none, none)


def test_files_have_their_names_without_epoch_and_apt_finds_them(tmp_path: Path) -> None:
    sha256 = hashlib.sha256(b"deb").hexdigest()
    locate_stored(tmp_path / "store", sha256).parent.mkdir(parents=True)
    locate_stored(tmp_path / "store", sha256).write_bytes(b"deb")
    stanza = f"Package: a\nVersion: 1:2-3\nArchitecture: all\nFilename: pool/x.deb\nSize: 3\nSHA256: {sha256}\n"
    source = write_local_archive(tmp_path / "archive", [stanza.encode()], tmp_path / "store")
    assert (tmp_path / "archive" / "a_2-3_all.deb").read_bytes() == b"deb"
    assert "Filename: a_2-3_all.deb" in (tmp_path / "archive" / "Packages").read_text()
    assert source.startswith(f"Types: deb\nURIs: copy://{tmp_path}/archive\nSuites: ./\n")


def test_the_path_of_a_build_is_that_of_debians_build_daemons(job: BuildJob) -> None:
    assert read_build_path(job.source / "hello_2.10-3.dsc") == "/build/hello-2.10"


def test_the_path_is_read_within_a_signature(tmp_path: Path) -> None:
    dsc = tmp_path / "a.dsc"
    dsc.write_text(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nFormat: 1.0\nSource: a\nVersion: 2\n"
        "-----BEGIN PGP SIGNATURE-----\n\nAA==\n-----END PGP SIGNATURE-----\n"
    )
    assert read_build_path(dsc) == "/build/a-2"


def test_profiles_are_told_to_the_build_in_both_ways(job: BuildJob) -> None:
    assert list_variables(job)["DEB_BUILD_PROFILES"] == "nocheck"
    assert "nocheck" in list_variables(job)["DEB_BUILD_OPTIONS"].split()
    assert "--build=binary" in render_build(job, "/source/hello_2.10-3.dsc")


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (
            b"wget: Temporary failure in name resolution",
            "hello: the build failed: it asks the network, which no build has",
        ),
        (b"sh: 3: Cannot fork", "hello: the build failed: it starts more processes than a build may have"),
        (b"MemoryError", "hello: the build failed: it takes more memory than a build may have"),
        (b"cat: write error: File too large", "hello: the build failed: it writes a larger file than a build may have"),
        (b"make: *** [all] Error 1", "hello: the build failed (exit status 2)"),
    ],
)
def test_a_failure_is_told_as_what_it_is(job: BuildJob, log: bytes, message: str) -> None:
    assert explain_failure(job, ToolError("python3 sandbox.py: exit status 2"), log)[0] == message


def test_a_build_that_does_not_end_is_told_so(job: BuildJob) -> None:
    error = ToolError("python3 sandbox.py: took more than 5 seconds and was ended")
    assert explain_failure(job, error, b"MemoryError")[0] == "hello: the build did not end within 43200 seconds"
