from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composelib.errors import ComposeError, TrustError
from composelib.files import write_file
from composelib.model.compose import Compose
from composelib.model.extra_file import ExtraFile
from composelib.stages import createiso, createrepo, extra_files, key
from tests.kit.archive_server import Handler, serving
from tests.kit.demo_compose import Demo
from tests.kit.gathered_variant import NOWHERE, choose, compose, image, run_stages, variant
from tests.kit.tiny_archive import TinyArchive

pytestmark = pytest.mark.usefixtures("workplace")

COMMITTER = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org", "GIT_COMMITTER_NAME": "t"}
COMMITTER |= {"GIT_COMMITTER_EMAIL": "t@example.org", "GIT_CONFIG_GLOBAL": "/dev/null"}


def extra(**keys: object) -> ExtraFile:
    return ExtraFile(NOWHERE, **keys)  # type: ignore[arg-type]


def make_files(*files: ExtraFile) -> Compose:
    """Return a compose whose variant has these files, made."""
    demo = compose(Path("build"), variant(extra_files=files))
    run_stages(demo, extra_files)
    return demo


def listed(demo: Compose) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(demo.paths.extra_files("Server", "amd64").read_text())["files"]
    return rows


def content(demo: Compose, path: str) -> str:
    return (demo.paths.extra_files("Server", "amd64").parent / "extra" / path).read_text()


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, env=os.environ | COMMITTER, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a git repository with a folder of documents, tagged `v1`."""
    folder = tmp_path / "repository"
    (folder / "docs/deep").mkdir(parents=True)
    (folder / "docs/README").write_text("read me\n")
    (folder / "docs/deep/more").write_text("more\n")
    (folder / "secret").write_text("not asked for\n")
    git(folder, "init", "-q", "-b", "trunk")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    git(folder, "tag", "-a", "v1", "-m", "one")
    return folder


def test_a_plain_file_goes_into_its_folder_with_its_sum() -> None:
    Path("README.html").write_text("<p>")
    demo = make_files(extra(file=Path("README.html"), to="/docs"))
    (row,) = listed(demo)
    assert row["path"] == "docs/README.html"
    assert row["sha256"] == hashlib.sha256(b"<p>").hexdigest()
    assert content(demo, "docs/README.html") == "<p>"


def test_a_folder_out_of_git_is_taken_at_the_commit_and_says_which(repository: Path) -> None:
    demo = make_files(extra(git=f"file://{repository}", ref="v1", path="docs", to="/docs"))
    rows = listed(demo)
    assert [row["path"] for row in rows] == ["docs/README", "docs/deep/more"]
    assert {row["from"]["commit"] for row in rows} == {git(repository, "rev-parse", "HEAD")}


def test_a_ref_that_moves_is_another_state_and_a_commit_is_not(repository: Path) -> None:
    url, commit = f"file://{repository}", git(repository, "rev-parse", "HEAD")
    earlier = extra_files.probe_commits(((url, "trunk"),), None)
    git(repository, "commit", "-q", "--allow-empty", "-m", "second")
    assert earlier == commit != extra_files.probe_commits(((url, "trunk"),), None)
    assert extra_files.probe_commits(((url, commit),), None) == commit


def test_offline_a_repository_of_this_machine_is_followed(repository: Path) -> None:
    demo = replace(make_files(extra(git=f"file://{repository}", ref="trunk", path="docs")), offline=True)
    git(repository, "commit", "-q", "--allow-empty", "-m", "second")
    (task,) = extra_files.tasks(demo)
    assert task.probe
    assert task.probe() == git(repository, "rev-parse", "HEAD")


def test_offline_the_commits_of_repositories_elsewhere_stay_and_nothing_is_asked() -> None:
    demo = replace(
        compose(Path("build"), variant(extra_files=(extra(git="https://127.0.0.1:1/r", ref="trunk"),))), offline=True
    )
    (task,) = extra_files.tasks(demo)
    assert task.probe
    assert task.probe() == ""
    write_file(task.outputs[-1], "abc\n")
    assert task.probe() == "abc"


@pytest.mark.parametrize(
    "keys",
    [{"git": "https://127.0.0.1:1/r.git", "ref": "trunk"}, {"url": "http://127.0.0.1:1/f", "sha256": "ab" * 32}],
)
def test_offline_what_would_have_to_be_fetched_is_named_with_its_line(keys: dict[str, str]) -> None:
    demo = replace(compose(Path("build"), variant(extra_files=(extra(**keys),))), offline=True)
    (task,) = extra_files.tasks(demo)
    with pytest.raises(ComposeError, match=rf"{NOWHERE}: http.*: offline, and it is not kept; run without offline=1"):
        task.run()


def test_a_commit_that_is_no_branchs_end_can_be_had(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    git(repository, "commit", "-q", "--allow-empty", "-m", "second")
    demo = make_files(extra(git=f"file://{repository}", ref=commit, path="docs/README"))
    assert [row["path"] for row in listed(demo)] == ["README"]


def test_a_link_in_git_that_leads_out_of_its_tree_is_named(repository: Path) -> None:
    (repository / "docs/lnk").symlink_to("/etc/passwd")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "link")
    with pytest.raises(ComposeError, match=r"docs/lnk: leads out of its tree, to /etc/passwd"):
        make_files(extra(git=repository.as_uri(), path="docs", to="/"))


def test_a_name_in_git_that_no_list_can_have_is_refused(repository: Path) -> None:
    (repository / "docs/a\nb").write_text("x")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "name")
    with pytest.raises(ComposeError, match=r"a\\nb: its name has control characters"):
        make_files(extra(git=repository.as_uri(), path="docs", to="/"))


def test_a_path_of_a_dot_is_the_whole_tree(repository: Path) -> None:
    demo = make_files(extra(git=repository.as_uri(), path=".", to="/all"))
    assert sorted(row["path"] for row in listed(demo)) == ["all/docs/README", "all/docs/deep/more", "all/secret"]


def test_a_ref_that_is_not_there_is_named(repository: Path) -> None:
    with pytest.raises(ComposeError, match="has no branch or tag v9"):
        make_files(extra(git=f"file://{repository}", ref="v9"))


def test_a_login_in_the_config_reaches_nothing(demo: Demo) -> None:
    file = "{git: 'http://user:CANARY@127.0.0.1:1/r.git', ref: master, path: f, to: /}"
    demo.edit("    sources: true\n", f"    sources: true\n    extra-files: [{file}]\n")
    for words in ((), ("check",), ("config",), ("plan",)):
        ran = demo.doit(*words)
        assert ran.status == 2
        assert "extra-files[0].git: a login in a URL" in ran.err
        assert "CANARY" not in ran.out + ran.err
    assert not [path for path in demo.root.rglob("*") if path.is_file() and b"CANARY" in path.read_bytes()]


def ask_for_login(handler: Handler, path: str) -> None:
    """Serve a file to whoever has the login."""
    if handler.headers.get("Authorization") == f"Basic {base64.b64encode(b'me:CANARY').decode()}":
        handler.serve(path)
    else:
        handler.answer(401, b"", {"WWW-Authenticate": 'Basic realm="here"'})


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_a_login_for_git_is_in_no_command_line_output_or_file(repository: Path, demo: Demo, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(repository), "served/r.git")
    git(tmp_path / "served/r.git", "update-server-info")
    ask = tmp_path / "ask"
    ask.write_text("#!/bin/sh\ncase $1 in User*) echo me;; *) echo CANARY;; esac\n")
    ask.chmod(0o755)
    with serving(tmp_path / "served") as server:
        server.fault("*", ask_for_login)
        file = f"{{git: '{server.url}/r.git', ref: v1, path: docs/README, to: /}}"
        demo.edit("    sources: true\n", f"    sources: true\n    extra-files: [{file}]\n")
        trace = tmp_path / "trace"
        ran = demo.doit(GIT_ASKPASS=str(ask), before=("strace", "-f", "-s9999", "-eexecve", f"-o{trace}"))
    assert ran.status == 0, ran.out + ran.err
    assert (demo.tree / "Server/amd64/extra/README").read_text() == "read me\n"
    assert "git-remote-http" in trace.read_text()
    assert "CANARY" not in ran.out + ran.err + trace.read_text()
    assert not [path for path in demo.root.rglob("*") if path.is_file() and b"CANARY" in path.read_bytes()]


def test_a_file_by_url_has_to_be_what_its_sum_says(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    url = (tmp_path / "notes.txt").as_uri()
    demo = make_files(extra(url=url, sha256=hashlib.sha256(b"notes").hexdigest()))
    assert content(demo, "notes.txt") == "notes"
    with pytest.raises(TrustError, match=r"demo\.yaml:1:1: .*notes\.txt: SHA256"):
        make_files(extra(url=url, sha256="0" * 64))


def test_a_file_comes_out_of_a_package_of_the_variant(archive: TinyArchive) -> None:
    archive.add("base", files={"usr/share/doc/base/README": b"read me", "usr/bin/base": b"program"})
    readme = extra(deb="base", path="usr/share/doc/base/README", to="/")
    demo = compose(Path("build"), variant(extra_files=(readme,)))
    choose(demo, "Server", "amd64", archive, ["base"])
    run_stages(demo, extra_files)
    (row,) = listed(demo)
    assert row["from"] == {"deb": "base", "version": "1.0", "path": "usr/share/doc/base/README"}


def test_a_package_that_is_not_in_the_variant_is_named_with_its_line(archive: TinyArchive) -> None:
    archive.add("base")
    demo = compose(Path("build"), variant(extra_files=(extra(deb="other", path="x"),)))
    choose(demo, "Server", "amd64", archive, ["base"])
    with pytest.raises(ComposeError, match=r"demo\.yaml:1:1: other is not among"):
        run_stages(demo, extra_files)


def test_two_different_files_for_one_place_are_refused() -> None:
    for name, text in (("one", "1"), ("two", "2")):
        Path(name).mkdir()
        Path(name, "README").write_text(text)
    with pytest.raises(ComposeError, match=r"/README: .* puts a different file there"):
        make_files(extra(file=Path("one/README")), extra(file=Path("two/README")))
    with pytest.raises(ComposeError, match=r"/README: .* puts a different file there"):
        make_files(extra(file=Path("one/README")), extra(file=Path("one/README"), mode="0600"))


def test_files_of_the_variant_and_of_the_medium_are_on_the_medium(archive: TinyArchive) -> None:
    archive.add("base")
    for name in ("ours", "its"):
        Path(name).write_text(name)
    dvd = image("dvd", files=(extra(file=Path("its"), to="/own"),))
    demo = compose(Path("build"), variant(images=(dvd,), extra_files=(extra(file=Path("ours")),)))
    choose(demo, "Server", "amd64", archive, ["base"])
    run_stages(demo, key, createrepo, extra_files, createiso)
    iso = demo.paths.iso("Server", "amd64", "dvd")
    listing = subprocess.run(
        ["xorriso", "-indev", iso, "-find", "/"], capture_output=True, text=True, check=True
    ).stdout
    for name in ("ours", "own/its", "extra_files.json"):
        assert f"'/{name}'" in listing
