"""Source packages as they come out of the stage `source`, read back with dpkg-source.

Also covers: composelib.actions.source, composelib.source.archive_sources, composelib.source.dsc,
composelib.source.keyring_check, composelib.source.patching, composelib.source.prepare, composelib.source.upstream,
composelib.source.workshop, composelib.fetch.package_listing, composelib.model.build_paths,
composelib.tools.patch, composelib.tools.dpkg_source.
"""

from __future__ import annotations

import difflib
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from composelib.config.build_sources import read_source_tree
from composelib.errors import ComposeError, TrustError
from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.source.dsc import read_dsc
from composelib.source.prepare import copy_tree
from composelib.source.upstream import read_format
from composelib.source.workshop import ChangelogEntry, Workshop
from composelib.stages import source
from tests.kit import built_sources
from tests.kit.archive_server import serving
from tests.kit.built_sources import LINE, BuiltSources, read_files, read_record, run_sources, unpack
from tests.kit.demo_compose import Demo
from tests.kit.source_packages import TinySource, add_source_package
from tests.kit.tiny_archive import DATE, Key, TinyArchive, gpg
from tests.kit.tls_server import listening, make_certificate, make_server_context

GREETER = TinySource()
COMMITTER = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org", "GIT_COMMITTER_NAME": "t"}
COMMITTER |= {"GIT_COMMITTER_EMAIL": "t@example.org", "GIT_CONFIG_GLOBAL": "/dev/null"}


@pytest.fixture
def built(tmp_path: Path, archive: TinyArchive) -> BuiltSources:
    """Return a checkout beside an archive that has two versions of a source package."""
    for number in ("1.0-1", "1.0-2"):
        add_source_package(archive, TinySource(version=number).pack(tmp_path / number))
    archive.publish()
    return BuiltSources(tmp_path / "checkout", archive)


def make(built: BuiltSources, entry: str, monkeypatch: pytest.MonkeyPatch, folder: str = "") -> Compose:
    """Return a compose with an entry, its source package made."""
    compose = built.load(entry, monkeypatch, folder)
    run_sources(compose)
    return compose


def put_patch(
    built: BuiltSources, name: str = "greeting.patch", before: str = "Hello, world!", file: str = "greet"
) -> Path:
    """Write a patch that changes the greeting into the checkout's folder `patches`."""
    lines = ["#!/bin/sh\n", f'echo "{before}"\n']
    new = [lines[0], 'echo "Hello from Acme!"\n']
    path = built.folder / "patches" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(difflib.unified_diff(lines, new, f"a/{file}", f"b/{file}")))
    return path


def test_a_source_package_is_that_of_the_archive(
    built: BuiltSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose = make(built, "{dsc: greeter}", monkeypatch)
    names = ["greeter_1.0-2.debian.tar.xz", "greeter_1.0-2.dsc", "greeter_1.0.orig.tar.gz"]
    assert read_files(compose) == {name: (tmp_path / "1.0-2" / name).read_bytes() for name in names}
    record = read_record(compose)
    assert [record[key] for key in ("source", "source_version", "dsc", "architectures")] == [
        "greeter", "1.0-2", "greeter_1.0-2.dsc", ["any"],
    ]  # fmt: skip
    assert record["binaries"] == [
        {"package": "greeter", "type": "deb", "architecture": "any", "profile": "", "provides": ""}
    ]
    sums = {file["name"]: file["sha256"] for file in record["files"]}
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in read_files(compose).items()}


def test_a_certain_version_is_taken_and_one_that_is_not_there_is_an_error(
    built: BuiltSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_record(make(built, "{dsc: greeter (= 1.0-1)}", monkeypatch))["source_version"] == "1.0-1"
    message = (
        f"composes/acme.yaml:{LINE}:9: archive ours: greeter: no archive has version 3 of it; there is 1.0-2, 1.0-1"
    )
    with pytest.raises(ComposeError, match=message.replace("(", r"\(")):
        make(built, "{dsc: greeter (= 3)}", monkeypatch)
    with pytest.raises(ComposeError, match=r"none of the archives \(tiny\) has a source package of this name"):
        make(built, "{dsc: other}", monkeypatch)


def test_a_source_package_may_come_out_of_a_folder_beside_an_archive_without_sources(
    built: BuiltSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsc = TinySource("local", "3.0-1").pack(built.folder / "incoming")
    monkeypatch.setattr(built_sources, "CONFIG", built_sources.CONFIG.replace("suites:", "sources: false, suites:"))
    compose = make(built, "{dsc: local}\n  folder: {debs: ../incoming}", monkeypatch)
    assert read_files(compose, "local")[dsc.name] == dsc.read_bytes()


def test_a_source_package_may_come_out_of_an_archive_behind_client_certificates(
    built: BuiltSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, client = make_certificate(tmp_path / "server.pem"), make_certificate(tmp_path / "client.pem", "DNS:client")
    client.chmod(0o600)
    monkeypatch.setenv("SSL_CERT_FILE", str(server.with_suffix(".crt")))
    context = make_server_context(server, client.with_suffix(".crt"))
    with serving(built.archive.root) as mirror, listening(mirror, context) as url:
        keys = f'uri: "{url}", client-certificate: {{{{cert: {client.with_suffix(".crt")}, key: {client}}}}}'
        monkeypatch.setattr(built_sources, "CONFIG", built_sources.CONFIG.replace('uri: "{uri}"', keys))
        compose = make(built, "{dsc: greeter}", monkeypatch)
    assert read_record(compose)["source_version"] == "1.0-2"


def test_patches_and_a_suffix_make_the_same_bytes_each_time(
    built: BuiltSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_patch(built)
    put_patch(built, "rules.patch", "", "debian/x").write_text(
        "--- /dev/null\n+++ b/debian/NEWS\n@@ -0,0 +1 @@\n+news\n"
    )
    entry = "{dsc: greeter, patches: [../patches], suffix: +acme1}"
    compose = make(built, entry, monkeypatch)
    tree = unpack(compose, tmp_path / "tree")
    assert "Hello from Acme!" in (tree / "greet").read_text()
    assert (tree / "debian/patches/series").read_text() == "acme/greeting.patch\n"
    assert (tree / "debian/NEWS").read_text() == "news\n"
    assert (
        (tree / "debian/changelog")
        .read_text()
        .startswith(
            "greeter (1.0-2+acme1) stable; urgency=medium\n\n  * Apply greeting.patch.\n  * Apply rules.patch.\n\n"
            " -- Acme <acme@compose.invalid>  Tue, 14 Nov 2023 22:13:21 +0000\n\ngreeter (1.0-2)"
        )
    )
    assert read_record(compose)["source_version"] == "1.0-2+acme1"
    shutil.copytree(built.folder / "patches", built.folder / "elsewhere/patches")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(DATE + 10**7))
    old = os.umask(0o077)
    try:
        again = make(built, entry, monkeypatch, "elsewhere")
        assert read_files(again) == {
            path.name: path.read_bytes()
            for path in sorted((built.folder / "build/acme/work/source/ours/greeter").iterdir())
        }
    finally:
        os.umask(old)


@pytest.mark.parametrize(("form", "version"), [("1.0", "2.0-1"), ("1.0", "2.0"), ("3.0 (native)", "2.0")])
def test_patches_are_in_the_tree_of_formats_without_a_series(
    form: str, version: str, built: BuiltSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_patch(built)
    add_source_package(built.archive, TinySource(version=version, form=form).pack(tmp_path / "packed"))
    built.archive.publish()
    compose = make(built, "{dsc: greeter, patches: ../patches, suffix: +a}", monkeypatch)
    tree = unpack(compose, tmp_path / "tree")
    assert "Hello from Acme!" in (tree / "greet").read_text()
    assert not (tree / "debian/patches").exists()
    assert read_record(compose)["source_version"] == f"{version}+a"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("--- a/greet\n+++ b/greet\n@@ -1,2 +1,2 @@\n #!/bin/sh\n-echo other\n+echo x\n", "greet: hunk 1, at line 1, does not fit"),
        ('--- a/greet\n+++ b/greet\n@@ -2 +2 @@\n-x\n+echo "Hello, world!"\n', "greet: what it changes is changed already"),
        ("--- a/gone\n+++ b/gone\n@@ -1 +1 @@\n-x\n+y\n", "gone: there is no such file"),
        ("--- a/../../x\n+++ b/../../x\n@@ -0,0 +1 @@\n+y\n", "Ignoring potentially dangerous file name"),
        ("--- a/greet\n+++ b/greet\n@@ -1,9 +1,2 @@\n #!/bin/sh\n", "malformed patch"),
        ("GIT binary patch\nliteral 1\n", "it has binary changes"),
        ("words\n", "it is not a patch"),
        ("--- a/greet\n+++ b/greet\n@@ -1 +1 @@\n-x\n+y\n--- a/debian/rules\n+++ b/debian/rules\n@@ -1 +1 @@\n-x\n+y\n", "split it in two"),
    ],
)  # fmt: skip
def test_a_patch_that_does_not_fit_is_named_with_file_hunk_and_line_of_the_config(
    content: str, fault: str, built: BuiltSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_patch(built).write_text(content)
    with pytest.raises(ComposeError) as raised:
        make(built, "{dsc: greeter, patches: ../patches, suffix: +a}", monkeypatch)
    message = str(raised.value)
    assert message.startswith(f"composes/acme.yaml:{LINE}:9: archive ours: greeter: patches/greeting.patch")
    assert fault in message


def test_two_patches_of_one_name_are_an_error(built: BuiltSources, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put_patch(built)
    (built.folder / "more").mkdir()
    (built.folder / "more" / path.name).write_text("--- a/README\n+++ b/README\n@@ -1 +1 @@\n-greeter\n+other\n")
    message = r"more/greeting.patch: it cannot become debian/patches/acme/greeting.patch; rename it if another patch"
    with pytest.raises(ComposeError, match=message):
        make(built, "{dsc: greeter, patches: [../patches, ../more], suffix: +a}", monkeypatch)


def test_a_version_that_apt_would_not_prefer_is_told(
    built: BuiltSources, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make(built, "{dsc: greeter (= 1.0-1), suffix: +a}", monkeypatch)
    assert "warning: composes/acme.yaml:8:9: archive ours: greeter: version 1.0-1+a is older than 1.0-2" in (
        capsys.readouterr().out
    )
    make(built, "{dsc: greeter, suffix: +a}", monkeypatch)
    assert "warning:" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "after"),
    [("Version: 1", "Version: 1/../2"), ("Source: evil", "Source: ../evil"), ("Format:", "Package-List:\n evil deb\nFormat:")],
)  # fmt: skip
def test_a_dsc_with_a_field_that_it_cannot_have_is_refused(before: str, after: str, tmp_path: Path) -> None:
    dsc = put_hostile(tmp_path / "packed")
    assert read_dsc(dsc.read_bytes(), dsc.name, "a label").source == "evil"
    with pytest.raises(TrustError, match=f"^a label: evil_1.dsc: its field {after.partition(':')[0]} has "):
        read_dsc(dsc.read_bytes().replace(before.encode(), after.encode()), dsc.name, "a label")


def test_of_a_format_no_more_is_read_than_a_format_has(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "shop", "a label")
    workshop.open()
    tree = GREETER.put_tree(workshop.work / "tree")
    (tree / "debian/source/format").unlink()
    assert read_format(workshop, "tree") == "1.0"
    with (tree / "debian/source/format").open("wb") as stream:
        stream.truncate(1 << 26)
    tracemalloc.start()
    try:
        assert read_format(workshop, "tree")
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("head", ["greeter (1/../../../x-1)", "../greeter (1)"])
def test_an_entry_of_a_changelog_that_no_path_can_be_made_of_is_refused(head: str, tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "shop", "a label")
    workshop.open()
    tree = GREETER.put_tree(workshop.work / "tree")
    rest = (tree / "debian/changelog").read_text().partition(")")[2]
    (tree / "debian/changelog").write_text(f"{head}{rest}")
    with pytest.raises(
        ComposeError,
        match=r"^a label: the first entry of debian/changelog has no valid name, version or date; `dch` writes one$",
    ):
        workshop.read_changelog("tree")


def sign(path: Path, key: Key) -> None:
    """Sign a .dsc as debsign does."""
    path.write_bytes(gpg(key.home, "-u", key.fingerprint, "--clear-sign", data=path.read_bytes()))


def test_a_dsc_by_its_path_needs_a_good_signature_of_its_keyring(
    built: BuiltSources, tmp_path: Path, key: Key, other_key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsc = TinySource("other", "2.0-1").pack(tmp_path / "packed")
    entry = f"{{dsc: {dsc}, keyring: {key.public}}}"
    with pytest.raises(TrustError, match="not signed as a whole; `debsign` signs it"):
        make(built, entry, monkeypatch)
    plain = dsc.read_bytes()
    sign(dsc, other_key)
    with pytest.raises(TrustError, match=f"no good signature: .*; .* has {key.fingerprint}"):
        make(built, entry, monkeypatch)
    dsc.write_bytes(plain)
    sign(dsc, key)
    assert read_record(make(built, entry, monkeypatch), "other")["source_version"] == "2.0-1"
    with (dsc.parent / "other_2.0.orig.tar.gz").open("ab") as stream:
        stream.write(b"\0")
    with pytest.raises(
        TrustError, match=r"other_2.0.orig.tar.gz: its size or SHA256 is not the one that other_2.0-1.dsc lists"
    ):
        make(built, entry, monkeypatch)


def test_an_unpacked_tree_makes_the_same_bytes_whatever_builds_left_in_it(
    built: BuiltSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    TinySource(version="5", form="3.0 (native)").put_tree(built.folder / "tree")
    first = read_files(make(built, "{dir: ../tree}", monkeypatch))
    tree = built.folder / "tree"
    for name in ("debian/files", "debian/greeter.substvars", ".git/config", "greet.o", "greet~"):
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_text("left behind")
    os.utime(tree / "greet", (1, 1))
    assert read_files(make(built, "{dir: ../tree}", monkeypatch)) == first
    (tree / "greet").chmod(0o755)
    assert read_files(make(built, "{dir: ../tree}", monkeypatch)) != first


def test_a_tree_is_copied_whatever_its_names_have_in_them(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "a -> b").mkdir(parents=True)
    (tree / "a -> b/file *").write_text("x")
    (tree / "lone -> folder").mkdir()
    (tree / "link -> to").symlink_to("x -> y")
    (tree / "script *").write_text("x")
    (tree / "script *").chmod(0o755)
    (tree / "debian").mkdir()
    (tree / "debian/changelog").write_text("greeter (1) unstable; urgency=low\n")
    copy_tree(read_source_tree(tree), tmp_path / "copy")

    def describe(folder: Path) -> set[tuple[str, int, str]]:
        paths = [(path, path.lstat().st_mode) for path in folder.rglob("*")]
        return {
            (str(path.relative_to(folder)), mode, (path.is_symlink() and str(path.readlink())) or "")
            for path, mode in paths
        }

    assert describe(tmp_path / "copy") == describe(tree)


@pytest.mark.parametrize("place", ["beside", "archive", ""])
def test_a_tree_with_a_revision_takes_its_upstream_tarball_from_beside_it_or_from_an_archive(
    place: str, built: BuiltSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = TinySource(version="1.0-9" if place == "archive" else "7.0-1")
    tiny.put_tree(built.folder / "trees/tree")
    if place == "beside":
        tiny.put_upstream_tarball(built.folder / "trees")
    if not place:
        with pytest.raises(ComposeError, match=r"there is no greeter_7.0.orig.tar.\*, which version 7.0-1 needs"):
            make(built, "{dir: ../trees/tree}", monkeypatch)
        return
    compose = make(built, "{dir: ../trees/tree}", monkeypatch)
    assert read_record(compose)["source_version"] == tiny.version
    expected = tiny.put_upstream_tarball(tmp_path / "expected")
    assert read_files(compose)[expected.name] == expected.read_bytes()


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, env=os.environ | COMMITTER, capture_output=True, check=True)
    return done.stdout.decode().strip()


def put_repository(folder: Path, tiny: TinySource) -> Path:
    """Make a git repository of a tree, its upstream files tagged as git-buildpackage does."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    for name, text in tiny.upstream_files().items():
        (folder / name).write_text(text)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "upstream")
    git(folder, "tag", f"upstream/{tiny.upstream}")
    tiny.put_tree(folder)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "packaging")
    return folder


def test_a_git_repository_is_taken_at_the_commit_of_its_ref_with_its_upstream_tag(
    built: BuiltSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = put_repository(tmp_path / "greeter.git", TinySource(version="8.0-1"))
    entry = f"{{git: 'file://{repository}', ref: main}}"
    compose = make(built, entry, monkeypatch)
    assert sorted(read_files(compose)) == [
        "greeter_8.0-1.debian.tar.xz", "greeter_8.0-1.dsc", "greeter_8.0.orig.tar.gz",
    ]  # fmt: skip
    first = read_files(compose)
    (task,) = source.tasks(compose)
    assert task.probe
    assert task.probe() == git(repository, "rev-parse", "main")
    assert (
        git(repository, "rev-parse", "main")
        in (built.folder / "build/acme/work/source/ours/greeter.origins.json").read_text()
    )
    (repository / "debian/NEWS").write_text("news\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "news")
    assert task.probe() == git(repository, "rev-parse", "main")
    second = read_files(make(built, entry, monkeypatch))
    assert first["greeter_8.0.orig.tar.gz"] == second["greeter_8.0.orig.tar.gz"]
    assert first["greeter_8.0-1.debian.tar.xz"] != second["greeter_8.0-1.debian.tar.xz"]


def test_offline_a_git_repository_of_this_machine_is_followed(
    built: BuiltSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = put_repository(tmp_path / "greeter.git", TinySource(version="8.0-1"))
    compose = replace(make(built, f"{{git: 'file://{repository}', ref: main}}", monkeypatch), offline=True)
    git(repository, "commit", "-q", "--allow-empty", "-m", "news")
    (task,) = source.tasks(compose)
    assert task.probe
    assert task.probe() == git(repository, "rev-parse", "main")
    task.run()
    assert "greeter_8.0-1.dsc" in read_files(compose)


def test_offline_the_commit_of_a_git_repository_elsewhere_stays(
    built: BuiltSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose = replace(built.load("{git: 'https://127.0.0.1:1/greeter.git', ref: main}", monkeypatch), offline=True)
    (task,) = source.tasks(compose)
    assert task.probe
    assert task.probe() == ""
    write_file(compose.paths.root / "work/source/ours/greeter.origins.json", '{"commit": "abc"}')
    assert task.probe() == "abc"
    with pytest.raises(ComposeError, match="greeter: offline, and git repositories are not kept; run without"):
        task.run()


@pytest.mark.skipif(not shutil.which("pristine-tar"), reason="needs pristine-tar")
def test_the_upstream_tarball_that_a_branch_pristine_tar_describes_comes_out_to_the_byte(
    built: BuiltSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = TinySource(version="8.0-1")
    repository = put_repository(tmp_path / "greeter.git", tiny)
    tarball = tiny.put_upstream_tarball(tmp_path)
    environment = os.environ | COMMITTER
    argv = ["pristine-tar", "commit", str(tarball), "upstream/8.0"]
    subprocess.run(argv, cwd=repository, env=environment, capture_output=True, check=True)
    compose = make(built, f"{{git: 'file://{repository}', ref: main}}", monkeypatch)
    assert read_files(compose)[tarball.name] == tarball.read_bytes()


def test_a_git_repository_of_another_source_package_is_refused_with_its_name(
    built: BuiltSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = put_repository(tmp_path / "packaging.git", TinySource(version="8", form="3.0 (native)"))
    with pytest.raises(ComposeError, match="it is the source package greeter; write `name: greeter`"):
        make(built, f"{{git: 'file://{repository}'}}", monkeypatch)
    compose = make(built, f"{{git: 'file://{repository}', name: greeter}}", monkeypatch)
    assert read_record(compose)["source_version"] == "8"


def test_a_link_in_a_git_repository_leads_to_nothing_of_the_machine(
    built: BuiltSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = put_repository(tmp_path / "greeter.git", TinySource(version="8", form="3.0 (native)"))
    (repository / "debian/changelog").rename(tmp_path / "changelog")
    (repository / "debian/changelog").symlink_to(tmp_path / "changelog")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "link")
    with pytest.raises(ComposeError, match="debian/changelog cannot be read"):
        make(built, f"{{git: 'file://{repository}'}}", monkeypatch)


def put_hostile(folder: Path, *members: tarfile.TarInfo) -> Path:
    """Write a native source package whose tar has further members; return its .dsc."""
    folder.mkdir()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        tree = TinySource("evil", "1", "3.0 (native)").put_tree(folder / "evil-1")
        if not any(member.name == "evil-1/debian" for member in members):
            tar.add(tree, "evil-1")
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    content = stream.getvalue()
    (folder / "evil_1.tar.gz").write_bytes(content)
    row = f"\n {hashlib.sha256(content).hexdigest()} {len(content)} evil_1.tar.gz"
    md5 = f"\n {hashlib.md5(content, usedforsecurity=False).hexdigest()} {len(content)} evil_1.tar.gz"
    dsc = folder / "evil_1.dsc"
    dsc.write_text(
        f"Format: 3.0 (native)\nSource: evil\nBinary: evil\nArchitecture: any\nVersion: 1\nChecksums-Sha256:{row}\nFiles:{md5}\n"
    )
    return dsc


def test_what_is_put_beside_a_tree_is_written_through_no_link(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("as it was")
    workshop = Workshop(tmp_path / "shop", "a label")
    workshop.open()
    GREETER.put_tree(workshop.work / "tree")
    (workshop.work / "entry").symlink_to(tmp_path / "outside")
    workshop.add_entry("tree", ChangelogEntry("greeter", "2", DATE), "stable", ["news"], "T <t@x>")
    assert (tmp_path / "outside").read_text() == "as it was"
    assert (workshop.work / "tree/debian/changelog").read_text().startswith("greeter (2) stable")


def member(name: str, link: str = "", kind: bytes = tarfile.REGTYPE, mode: int = 0o644) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.linkname, info.mode = link, mode
    info.type = tarfile.SYMTYPE if link else kind
    info.devmajor, info.devminor = 1, 3
    info.size = 0 if link or kind != tarfile.REGTYPE else 1
    return info


@pytest.mark.parametrize("case", ["dots", "absolute", "through", "debian", "changelog", "setuid", "device"])
def test_a_hostile_source_package_harms_nothing_outside_of_its_cage(
    case: str, built: BuiltSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "changelog").write_text(
        "evil (1) x; urgency=low\n\n  * secret\n\n -- S <s@x>  Tue, 14 Nov 2023 22:13:21 +0000\n"
    )
    (outside / "control").write_text("Source: secret\n")
    members = {
        "dots": [member("evil-1/../../../../x")],
        "absolute": [member(f"{outside}/x")],
        "through": [member("evil-1/way", str(outside)), member("evil-1/way/x")],
        "debian": [member("evil-1/debian", str(outside))],
        "changelog": [member("evil-1/debian/changelog", str(outside / "changelog"))],
        "setuid": [member("evil-1/suid", mode=0o4755)],
        "device": [member("evil-1/null", kind=tarfile.CHRTYPE)],
    }[case]
    before = {path: path.read_bytes() for path in outside.iterdir()}
    dsc = put_hostile(tmp_path / "packed", *members)
    entry = f"{{dsc: {dsc}, trusted: true, suffix: +a}}"
    if case == "setuid":
        tree = unpack(make(built, entry, monkeypatch, "checkout"), tmp_path / "tree", "evil")
        assert (tree / "suid").stat().st_mode & 0o7000 == 0
    else:
        with pytest.raises(ComposeError):
            make(built, entry, monkeypatch)
    assert {path: path.read_bytes() for path in outside.iterdir()} == before
    assert b"secret" not in b"".join(path.read_bytes() for path in built.folder.rglob("*") if path.is_file())
    assert not (tmp_path / "x").exists()


CONFIG = """\
release: {{name: Acme, short: acme, version: "1", codename: anvil}}
type: test
arches: [amd64]
archives:
  tiny: {{uri: "{uri}", suites: [stable], components: [main], signed-by: {key}}}
  ours: {{build: [{{dsc: greeter, patches: patches, suffix: +acme1}}, {{dir: tree}}]}}
variants: {{Server: {{packages: [greeter]}}}}
"""


def test_an_edit_of_one_line_of_a_patch_makes_its_source_package_again_and_no_other(
    built: BuiltSources, tmp_path: Path
) -> None:
    demo = Demo(tmp_path, built.archive)
    patch = put_patch(BuiltSources(tmp_path, built.archive))
    TinySource("local", "1", "3.0 (native)").put_tree(tmp_path / "tree")
    demo.config.write_text(CONFIG.format(uri=built.archive.uri, key=built.archive.key.public))
    assert demo.doit("source").status == 0
    assert {"source:ours:greeter", "source:ours:local"} <= set(demo.ran())
    assert demo.doit("source").out.startswith("tiny: 4 fresh")
    patch.write_text(patch.read_text().replace("Acme!", "all of Acme!"))
    planned = demo.doit("plan", "source").out
    assert f"source:ours:greeter will run\n    {patch} changed" in planned
    assert "source:ours:local" not in planned
    assert demo.doit("source").status == 0
    assert demo.ran() == ["source:ours:greeter"]
    built.archive.add("more")
    built.archive.publish(date=DATE + 100)
    before = (demo.root / "work/source/ours/greeter.json").read_bytes()
    assert demo.doit("source").status == 0
    assert (demo.root / "work/source/ours/greeter.json").read_bytes() == before
