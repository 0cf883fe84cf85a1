"""The whole graph on a tiny archive, as a user drives it.

Also covers: composelib.commands.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from composelib.commands.shared.command_line import get_build_folder
from tests.kit.demo_compose import CHECKOUT, Demo, make_demo, set_status
from tests.kit.tiny_archive import DATE, Key, TinyArchive


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, key: Key) -> Demo:
    folder = tmp_path_factory.mktemp("made")
    demo = make_demo(folder, TinyArchive(folder / "archive", key))
    ran = demo.doit()
    assert ran.status == 0, ran.out + ran.err
    return demo


def packages(demo: Demo, variant: str) -> list[str]:
    text = (demo.tree / variant / "repo/dists/tinysuite/main/binary-amd64/Packages").read_text()
    return [line.removeprefix("Package: ") for line in text.splitlines() if line.startswith("Package: ")]


def test_the_compose_is_finished(made: Demo) -> None:
    assert (made.tree / "STATUS").read_text() == "FINISHED\n"


def test_each_variant_has_what_it_asks_for_and_needs(made: Demo) -> None:
    assert packages(made, "Base") == ["init", "libbase", "shell"]
    assert packages(made, "Server") == ["apache-config", "mailer", "web-common", "webserver"]


def test_unchanged_nothing_runs(made: Demo) -> None:
    before = {path: path.stat().st_mtime_ns for path in made.tree.rglob("*")}
    ran = made.doit()
    assert ran.status == 0
    assert "done" not in ran.out
    assert before == {path: path.stat().st_mtime_ns for path in made.tree.rglob("*")}


def test_unchanged_only_the_code_that_can_tell_is_loaded(made: Demo) -> None:
    loaded = {line.rpartition("|")[2].strip() for line in made.doit(PYTHONPROFILEIMPORTTIME="1").err.splitlines()}
    assert "composelib.fetch.suite_probe" in loaded
    work = ("preflight", "fetch.store", "fetch.verify", "tools.gpg", "image.root.builder", "config.keys.import_entry")
    assert not {"urllib3", "ssl", "ctypes", "difflib", *(f"composelib.{name}" for name in work)} & loaded


def test_plan_of_an_unchanged_compose_is_all_up_to_date(made: Demo) -> None:
    ran = made.doit("plan")
    assert ran.out.startswith("0 will run, 0 may follow, "), ran.out


def test_sha256sum_confirms_the_checksums(made: Demo) -> None:
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=made.tree, check=True)


def test_an_edit_of_one_variant_leaves_the_other_alone(demo: Demo) -> None:
    demo.edit('- "@web"', '- "@web"\n      - nicety')
    assert demo.doit().status == 0
    assert "nicety" in packages(demo, "Server")
    assert not [name for name in demo.ran() if ":Base" in name]


def test_plan_names_the_edit_and_what_it_reaches(demo: Demo) -> None:
    demo.edit('- "@web"', '- "@web"\n      - nicety')
    planned = demo.doit("plan").out
    assert "gather:Server:amd64 will run" in planned
    assert "with nicety" in planned
    assert "createrepo:Server:amd64 may follow" in planned
    assert "Base" not in planned


def test_a_comment_above_the_packages_rebuilds_no_artifact(demo: Demo) -> None:
    demo.config.write_text("# a remark\n" + demo.config.read_text())
    assert demo.doit().status == 0
    assert not [name for name in demo.ran() if name.startswith(("createrepo", "release", "createiso", "fetch"))]


def test_a_new_index_with_the_same_packages_rebuilds_no_artifact(demo: Demo) -> None:
    demo.archive.add("unused", "2.0")
    demo.archive.publish(date=DATE + 3600)
    assert demo.doit().status == 0
    assert "pkgset:tiny:amd64" in demo.ran()
    assert not [name for name in demo.ran() if name.startswith(("createrepo", "release", "createiso", "fetch"))]


def test_a_new_version_reaches_the_repository_and_the_iso(demo: Demo) -> None:
    demo.archive.add("mailer", "2.0", Depends="libbase")
    demo.archive.add_source("mailer", "2.0")
    demo.archive.publish(date=DATE + 3600)
    assert demo.doit().status == 0
    assert {"createrepo:Server:amd64", "release:Server", "createiso:Server:amd64:dvd"} <= set(demo.ran())
    assert not [name for name in demo.ran() if ":Base" in name and not name.startswith("gather")]
    assert not list(demo.tree.rglob("mailer_1.0*"))


def test_a_removed_variant_is_gone_from_the_tree_and_the_lists(demo: Demo) -> None:
    text = demo.config.read_text()
    demo.config.write_text(text[: text.index("  Server:")])
    ran = demo.doit()
    assert ran.status == 0, ran.out + ran.err
    assert not (demo.tree / "Server").exists()
    assert list(demo.json("metadata/debs.json")["variants"]) == ["Base"]


def test_an_unsigned_archive_stops_the_compose_with_status_4(demo: Demo, other_key: Key) -> None:
    demo.archive.publish(date=DATE + 3600, key=other_key)
    ran = demo.doit()
    assert ran.status == 4
    assert (demo.tree / "STATUS").read_text() == "DOOMED\n"


def signed_demo(folder: Path, key: Key, twin: Path | None = None) -> Demo:
    """Return a demo that was run; its archive is signed as the archive `twin` is, byte for byte."""
    demo = make_demo(folder, TinyArchive(folder / "archive", key))
    if twin:
        for path in (*twin.glob("dists/*/InRelease"), *twin.glob("dists/*/Release.gpg")):
            (folder / "archive" / path.relative_to(twin)).write_bytes(path.read_bytes())
    demo.edit("type: nightly", f"type: nightly\nsign: {{key: {key.fingerprint}}}")
    ran = demo.doit("-n", "1" if "one" in folder.name else "8", GNUPGHOME=str(key.home))
    assert ran.status == 0, ran.out + ran.err
    return demo


def test_two_builds_in_different_places_are_the_same_to_the_bit(
    tmp_path_factory: pytest.TempPathFactory, key: Key
) -> None:
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "other")]
    one = signed_demo(folders[0], key)
    other = signed_demo(folders[1], key, twin=folders[0] / "archive")
    files = [path.relative_to(one.tree) for path in sorted(one.tree.rglob("*")) if path.is_file()]
    assert files == [path.relative_to(other.tree) for path in sorted(other.tree.rglob("*")) if path.is_file()]
    different = [path for path in files if (one.tree / path).read_bytes() != (other.tree / path).read_bytes()]
    assert not different


@pytest.mark.parametrize("builds_on", [True, False])
def test_what_no_variant_can_have_is_told_of_all_variants_at_once_and_once(demo: Demo, builds_on: bool) -> None:
    if not builds_on:
        demo.edit("    lookaside: [Base]\n", "")
    demo.edit("shell (>= 1.0)", "shel")
    demo.edit("mailer | postman", "mailr")
    ran = demo.doit("-n", "1")
    assert ran.status == 1
    assert ran.out.count("'shel' is not in any archive (arch amd64); did you mean 'shell'?") == 1
    assert ran.out.count("'mailr' is not in any archive (arch amd64); did you mean 'mailer'?") == 1


@pytest.mark.parametrize(
    "command",
    ["run", "plan", "why", "diff", "check", "config", "schema", "status", "publish", "prune", "lock", "info", "clean"],
)
def test_every_command_tells_its_options(command: str) -> None:
    words = [sys.executable, "-m", "doit", command, "--help"]
    told = subprocess.run(words, cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout
    assert told.startswith("PURPOSE")
    assert "OPTIONS" in told


def test_a_run_that_was_killed_is_told_by_status(demo: Demo) -> None:
    set_status(demo, "STARTED")
    assert "STARTED, but no run is in progress" in demo.doit("status").out


def test_a_build_folder_is_no_option() -> None:
    assert get_build_folder("-x") == Path.cwd() / "-x"
    assert get_build_folder("build") == Path("build")


def test_a_locked_compose_takes_the_state_it_was_locked_to(demo: Demo) -> None:
    assert demo.doit("lock").status == 0
    demo.archive.add("mailer", "2.0", Depends="libbase")
    demo.archive.add_source("mailer", "2.0")
    demo.archive.publish(date=DATE + 3600)
    assert demo.doit("locked=1").status == 0
    assert list(demo.tree.rglob("mailer_1.0_amd64.deb"))
    assert demo.doit().status == 0
    assert list(demo.tree.rglob("mailer_2.0_amd64.deb"))


def test_a_locked_state_that_is_gone_is_named(demo: Demo) -> None:
    assert demo.doit("lock").status == 0
    shutil.rmtree(demo.folder / "build")
    demo.archive.publish(date=DATE + 3600)
    ran = demo.doit("locked=1")
    assert ran.status == 4
    assert "tiny" in ran.out
    assert "gone" in ran.out


def test_a_gate_stops_what_makes_the_published_compose_worse(demo: Demo) -> None:
    assert demo.doit("publish").status == 0
    demo.edit("type: nightly", "type: nightly\ngate: no-worse")
    assert demo.doit().status == 0
    demo.archive.remove("mailer")
    demo.archive.publish(date=DATE + 60)
    ran = demo.doit()
    assert ran.status == 1
    assert "mailer: it is not in the compose any more; 'mailer | postman' (" in ran.out
    assert (demo.tree / "STATUS").read_text() == "DOOMED\n"
    demo.edit("mailer | postman", "postman")
    assert demo.doit().status == 0


def test_row_96_what_is_written_into_outputs_is_made_anew_and_never_read_back(demo: Demo) -> None:
    paths = sorted(demo.tree.glob("metadata/*"))
    paths += [demo.tree / name for name in ("COMPOSE_ID", "STATUS", "report.html", "SHA256SUMS", "archive-key.asc")]
    paths += [demo.root / "work" / name for name in ("compose_id/content", "epoch/SOURCE_DATE_EPOCH")]
    before = {path: path.read_bytes() for path in paths}
    for path in paths:
        path.unlink()
        path.write_bytes(
            before[path].replace(b"2023", b"1999").replace(b"170", b"160") + b"kit-1-EVIL/../../../x.t.0\n"
        )
    ran = demo.doit()
    assert ran.status == 0, ran.out + ran.err
    assert {path: path.read_bytes() for path in paths} == before
    assert "published" not in {path.name for path in demo.root.iterdir()}
