"""Packages built in a root of this machine's own Debian, by both builders: from a patch to a repository, and hostile ones.

Also covers: composelib.building.builders, composelib.building.builders.native, composelib.building.builders.sbuild,
composelib.building.confinement, composelib.building.sandbox, composelib.building.build_job, composelib.building.testbed, composelib.building.failed_build, composelib.actions.build,
composelib.actions.chroot, composelib.stages.build, composelib.stages.chroot, composelib.tools.sbuild,
composelib.reproduce.recorded_build, composelib.actions.testdeps, composelib.stages.testdeps, composelib.actions.autopkgtest, composelib.stages.autopkgtest.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from composelib.actions.build import run_build
from composelib.building.build_job import BuildJob
from composelib.errors import ComposeError
from composelib.model.build_limits import BuildLimits
from composelib.stages.build import BuildTask
from tests.kit.built_packages import BuiltPackages, may_build
from tests.kit.client_apt import make_apt, serve
from tests.kit.demo_compose import CHECKOUT
from tests.kit.schemas import list_faults
from tests.kit.task_world import until
from tests.kit.tiny_archive import tar_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("builds"),
    pytest.mark.skipif(not may_build() or not shutil.which("sbuild"), reason="needs root and the package sbuild"),
]
CONNECT = """perl -MIO::Socket::INET -e 'IO::Socket::INET->new(PeerAddr => "{}") or die "$!"'"""
LIMITS = BuildLimits()
RUN = """
import sys
from pathlib import Path
from composelib.model.build_limits import BuildLimits
from composelib.errors import ComposeError
from tests.building.test_builds import BuiltPackages, run_script
try:
    run_script(BuiltPackages(Path(sys.argv[1])), Path(sys.argv[2]), sys.argv[3], eval(sys.argv[4]), *sys.argv[5:])
except ComposeError as error:
    sys.exit(str(error))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuiltPackages:
    """Return a compose whose packages are built and whose repository is made."""
    built = BuiltPackages(tmp_path_factory.mktemp("built"))
    built.put_sources()
    built.run("-n2", "release")
    return built


def run_script(
    built: BuiltPackages, folder: Path, script: str, limits: BuildLimits = LIMITS, builder: str = "native"
) -> None:
    """Build a package whose rules run a shell program."""
    job = built.plan(folder, script, limits)
    run_build(make_task(job, folder, builder))


def make_task(job: BuildJob, folder: Path, builder: str) -> BuildTask:
    """Return a build whose files go into a folder."""
    return BuildTask(job, builder, folder, folder, folder / "out", *(folder / name for name in ("p", "j", "l")))


def test_both_builders_make_the_same_bytes(built: BuiltPackages) -> None:
    assert list(built.read_sums("ours")) == ["greeter_1.0-1+acme1_amd64.deb"]
    assert built.read_sums("ours") == built.read_sums("peers")


def test_a_build_is_made_again_with_exactly_the_packages_that_its_buildinfo_records(
    built: BuiltPackages, tmp_path: Path
) -> None:
    (file,) = (built.root / "work/build/ours/greeter/amd64").glob("*.buildinfo")
    status, printed = built.call("reproduce", f"--buildinfo={file}")
    assert (status, printed.splitlines()[-1]) == (0, "1 of 1 files are the same, to the bit")
    assert "\nrecorded " not in printed
    copy = tmp_path / file.name
    copy.write_text(file.read_text().replace(" words (= 2)", " words (= 1)"))
    status, printed = built.call("reproduce", f"--buildinfo={copy}")
    assert (status, printed.splitlines()[-1]) == (1, "gone        words (= 1): the store does not have it")


def test_an_edit_of_a_patch_builds_what_it_reaches_and_apt_gets_it(built: BuiltPackages, tmp_path: Path) -> None:
    assert re.search(r"^acme: \d+ fresh in ", built.run("release").splitlines()[-1])
    built.patch("Hello, twice patched world!")
    built.run("-n2", "release")
    built_again = [
        name for name in built.list_ran() if name.partition(":")[0] in {"source", "build", "chroot", "fetch"}
    ]
    assert built_again == [
        "build:ours:greeter:amd64",
        "build:peers:greeter:amd64",
        "fetch:Server:amd64",
        "fetch:Server:source",
        "source:ours:greeter",
        "source:peers:greeter",
    ]
    assert built.read_sums("ours") == built.read_sums("peers")
    key = built.root / "compose/archive-key.asc"
    with serve(built.root / "compose/Server/repo") as (url, _):
        source = f"[signed-by={key}] {url} bookworm main\n"
        apt = make_apt(tmp_path / "apt", f"deb {source}deb-src {source}")
        apt.run("apt-get", "update")
        apt.run("apt-get", "download", "greeter")
        apt.run("apt-get", "source", "--download-only", "greeter")
    (deb,) = apt.root.glob("greeter_*.deb")
    subprocess.run(["dpkg-deb", "--extract", deb, tmp_path / "unpacked"], check=True)
    assert "twice patched" in (tmp_path / "unpacked/usr/bin/greeter").read_text()
    assert [path.name for path in apt.root.glob("*.dsc")] == ["greeter_1.0-1+acme1.dsc"]


def test_a_changed_dependency_alone_builds_nothing_again_unless_the_config_says_so(built: BuiltPackages) -> None:
    program = built.folder / "words/greet"
    former = program.read_text()
    program.write_text("#!/bin/sh\necho other words\n")
    built.run("-n2", "build")
    assert "build:ours:words:amd64" in built.list_ran()
    assert "build:ours:greeter:amd64" not in built.list_ran()
    built.edit("builder: native", "builder: native\n    rebuild: on-dependency-change")
    built.run("-n2", "build")
    program.write_text("#!/bin/sh\necho again other words\n")
    built.run("-n2", "build")
    assert [name for name in built.list_ran() if name.startswith("build:")] == [
        "build:ours:greeter:amd64",
        "build:ours:words:amd64",
    ]
    program.write_text(former)


def test_tests_of_what_is_built_and_of_what_depends_on_it_are_run(built: BuiltPackages) -> None:
    built.run("-n2", "autopkgtest")
    document = json.loads((built.root / "work/autopkgtest/ours/words/amd64.json").read_text())
    assert [(row["source"], row["test"], row["outcome"]) for row in document["tests"]] == [
        ("words", "boots", "skip"),
        ("words", "greets", "pass"),
        ("words", "fails", "fail"),
        ("fan", "alone", "pass"),
    ]
    assert list_faults(built.root / "work/autopkgtest") == []
    built.edit("test-failures: report", "test-failures: fatal")
    with pytest.raises(AssertionError, match="words: fails: fail non-zero exit status 1"):
        built.run("autopkgtest")
    built.edit("test-failures: fatal", "test-failures: report")


def test_a_failed_build_is_entered_as_it_was_left_until_it_succeeds(built: BuiltPackages) -> None:
    script = ("sh", "-c", "ls; id -un; touch /usr/new 2> /dev/null; exit 7")
    rules = built.folder / "words/debian/rules"
    sound = rules.read_text()
    rules.write_text(sound.replace("binary-indep: build\n", "binary-indep: build\n\ttouch half-made; exit 3\n"))
    with pytest.raises(AssertionError, match="the build failed"):
        built.run("build:ours:words:amd64")
    for _ in range(2):
        status, printed = built.call("enter", "build:ours:words:amd64", "--", *script)
        assert (status, printed.split()) == (7, ["README", "debian", "greet", "half-made", "builder"])
    rules.write_text(sound)
    built.run("build:ours:words:amd64")
    status, printed = built.call("enter", "build:ours:words:amd64", "--", *script)
    assert (status, printed.splitlines()[-4:]) == (7, ["README", "debian", "greet", "builder"])


HARM = {
    "network": (CONNECT.format("192.0.2.1:80"), BuildLimits(), "it asks the network, which no build has"),
    "processes": (
        "for i in $(seq 200); do sleep 20 & done",
        BuildLimits(processes=60),
        "it starts more processes than",
    ),
    "memory": (
        "perl -e '$x = \"x\" x (1 << 31)'",
        BuildLimits(memory=1 << 28),
        "it takes more memory than a build may",
    ),
    "file": (
        "dd if=/dev/zero of=x bs=1M count=99",
        BuildLimits(file_size=1 << 26),
        "it writes a larger file than a build",
    ),
    "time": ("sleep 1000", BuildLimits(seconds=60), "the build did not end within 60 seconds"),
}
"""By what is taken without end: a shell program that is harmless without a sandbox, too, the limits, and how it is told."""
TOGETHER = {
    "memory": (
        "for i in 1 2 3 4 5 6; do perl -e '$x = \"x\" x (1 << 26); sleep 60' & done; wait",
        BuildLimits(memory=1 << 28),
        "it takes more memory than a build may have",
    ),
    "disk": (
        "for i in 1 2 3 4 5 6; do dd if=/dev/zero of=x$i bs=1M count=20; done; sleep 60",
        BuildLimits(disk=1 << 26),
        "it writes more than a build may",
    ),
}
"""What no process takes alone."""


@pytest.mark.parametrize(
    ("script", "limits", "message", "builder"),
    [
        *((*harm, builder) for builder in ("native", "sbuild") for harm in HARM.values()),
        *((*harm, "native") for harm in TOGETHER.values()),
    ],
    ids=[
        *(f"{builder}-{name}" for builder in ("native", "sbuild") for name in HARM),
        *(f"all-{name}" for name in TOGETHER),
    ],
)
def test_a_build_that_does_harm_ends_and_is_told_as_what_it_is(
    built: BuiltPackages, tmp_path: Path, script: str, limits: BuildLimits, message: str, builder: str
) -> None:
    command = [sys.executable, "-c", RUN, str(built.folder), str(tmp_path), script, repr(limits), builder]
    with (tmp_path / "log").open("w") as log:
        ended = subprocess.run(command, cwd=CHECKOUT, stdout=log, stderr=log, check=False)
    assert ended.returncode == 1
    assert message in (tmp_path / "log").read_text().splitlines()[-1]
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()
    assert not find_processes("1000")


def test_a_build_reaches_no_server_file_or_secret_of_the_machine(
    built: BuiltPackages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COMPOSE_SECRET", "hunter2")
    (tmp_path / "secret").write_text("hunter2")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        port = server.getsockname()[1]
        attempts = (
            CONNECT.format(f"127.0.0.1:{port}"),
            "env | grep hunter2",
            "cat /proc/*/environ | grep -a hunter2",
            f"cat {tmp_path}/secret",
            f"ls {CHECKOUT}",
            "ls /root/.ssh",
            *(
                f"touch {path}"
                for path in ("/usr/x", "/etc/passwd", "/source/x", "/results/x", "/x", "/debs", "/dev/x")
            ),
            "echo evil > /proc/sys/kernel/hostname",
            "echo b > /proc/sysrq-trigger",
            "mount -t tmpfs none /mnt",
            "unshare --user true",
            "kill -9 1",
            "chroot / true",
        )
        rows = (f"if {attempt}; then echo done: {number}; exit 1; fi\n" for number, attempt in enumerate(attempts))
        script = "".join([*rows, "echo all were refused"])
        run_script(built, tmp_path / "build", script)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert "\nall were refused\n" in capfd.readouterr().out


@pytest.mark.parametrize("builder", ["native", "sbuild"])
def test_a_process_that_a_build_leaves_behind_ends_with_it(
    built: BuiltPackages, tmp_path: Path, builder: str, capfd: pytest.CaptureFixture[str]
) -> None:
    run_script(built, tmp_path, "setsid sleep 987.654 > /dev/null 2>&1 &", builder=builder)
    if builder == "native":
        assert "the build left sleep running; it was ended" in capfd.readouterr().out
    assert not find_processes("987.654")


@pytest.mark.parametrize("builder", ["native", "sbuild"])
def test_a_source_package_that_would_unpack_beside_its_tree_is_refused(
    built: BuiltPackages, tmp_path: Path, builder: str
) -> None:
    job = built.plan(tmp_path, "true", LIMITS)
    (dsc,) = job.source.glob("*.dsc")
    tar = dsc.with_suffix(".tar.xz")
    old = tar.read_bytes()
    new = lzma.compress(tar_of({"greeter-1/debian/rules": b"", "greeter-1/../../escaped": b"", "/escaped": b""}))
    text = dsc.read_text()
    for algorithm in ("md5", "sha1", "sha256"):
        sums = (hashlib.new(algorithm, content, usedforsecurity=False).hexdigest() for content in (old, new))
        text = text.replace(f"{next(sums)} {len(old)}", f"{next(sums)} {len(new)}")
    tar.write_bytes(new)
    dsc.write_text(text)
    with pytest.raises(ComposeError, match="greeter for amd64: the build failed"):
        run_build(make_task(job, tmp_path, builder))
    assert not [folder for folder in (tmp_path, *tmp_path.parents) for _ in folder.glob("escaped")]
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()


def test_a_killed_build_leaves_no_process_and_no_mount_and_can_be_built_again(
    built: BuiltPackages, tmp_path: Path
) -> None:
    script = "sleep 987.321"
    command = [sys.executable, "-c", RUN, str(built.folder), str(tmp_path), script, "BuildLimits()"]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: bool(find_processes("987.321")))
    process.kill()
    process.wait()
    until(lambda: not find_processes("987.321"))
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()
    run_script(built, tmp_path, "true")
    assert [path.name for path in (tmp_path / "scratch").iterdir() if path.is_dir() and path.name != "source"] == [
        "layer"
    ]


def find_processes(word: str) -> list[str]:
    """Return the command lines of all processes that have a word in it."""
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in listing if line == f"sleep {word}"]
