from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composelib.errors import ComposeError
from composelib.image.root.builders import mmdebstrap
from composelib.model.compose import Compose
from composelib.model.customize import Customize, User
from composelib.model.extra_file import ExtraFile
from composelib.model.image import RootImage
from composelib.stages import extra_files, rootfs
from composelib.task import Task
from composelib.text.json_file import read_json
from tests.kit.foreign_arch import needs_emulation
from tests.kit.operating_system import KEY_MAKER, ORIGIN, System, make_system, seeds
from tests.kit.real_packages import KEYRING, SUITE, find_mirror
from tests.kit.schemas import list_value_faults
from tests.kit.tiny_archive import Key

SMALL = ("usr-is-merged", "passwd", "tzdata", KEY_MAKER)
KEY = "etc/ssl/private/ssl-cert-snakeoil.key"
LEAKS = """\
#!/bin/sh -e
echo MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g | base64 -d >/etc/leaky-key
cat /proc/sys/kernel/random/uuid >/var/lib/leaky-id
head -c 32 /dev/urandom >/srv/leaky-seed
date +%F >/usr/share/leaky-date
"""
"""A package's script that makes an Ed25519 key in PKCS #8, a UUID, random bytes, and notes the day."""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="makes root file systems as root")


def find_task(compose: Compose) -> Task:
    return next(task for task in rootfs.tasks(compose) if task.name == "Server:amd64:small")


def small(compose: Compose, **image: Any) -> Compose:
    small_image = RootImage("small", ORIGIN, ("amd64",), packages=seeds(*SMALL, "marker"), **image)
    return replace(compose, variants=(replace(compose.variants[0], images=(small_image,)),))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, key: Key, request: pytest.FixtureRequest) -> System:
    system = make_system(tmp_path_factory.mktemp("world") / "build", key, request.config.cache.mkdir("debs"))
    system.repository.add("leaky", files={}, scripts={"postinst": LEAKS.encode()})
    system.put_marker("1")
    leaky = RootImage("leaky", ORIGIN, ("amd64",), packages=seeds("usr-is-merged", "leaky"))
    system.compose = small(system.compose)
    variant = system.compose.variants[0]
    replace(
        system, compose=replace(system.compose, variants=(replace(variant, images=(*variant.images, leaky)),))
    ).make("solve")
    return system


def names(path: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(path) as tar:
        return {member.name.removeprefix("./").rstrip("/"): member for member in tar}


def text(path: Path, name: str) -> str:
    with tarfile.open(path) as tar:
        stream = tar.extractfile(f"./{name}")
        return stream.read().decode() if stream else ""


@pytest.fixture(scope="module")
def customized(world: System, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root of a config that customizes all it can; it has a file of systemd's, as if systemd were in it."""
    folder = tmp_path_factory.mktemp("customized")
    script, motd, target = folder / "a script", folder / "motd", folder / "sysinit.target"
    script.write_text(
        "#!/bin/sh\nset -e\ntest -x /usr/bin/dpkg\ntest $(grep -c : /proc/net/dev) = 1\necho scripted >/etc/scripted\n"
    )
    motd.write_text("welcome\n")
    target.write_text("[Unit]\n")
    users = (User("ada", "$6$a$b", ("adm",), ("ssh-ed25519 AAAA ada",), "/bin/sh"), User("app", uid=950, system=True))
    compose = small(
        replace(world.compose, build=folder / "build"),
        customize=Customize("box", "C.UTF-8", "Europe/Vienna", users, exclude_paths=("man",)),
        scripts=(script,),
        files=(
            ExtraFile(ORIGIN, "/etc", file=motd, mode="0640", owner="app:adm"),
            ExtraFile(ORIGIN, "/lib/systemd/system", file=target),
        ),
    )
    subprocess.run(["cp", "-a", "--link", world.compose.build, compose.build], check=True)
    for task in (*extra_files.tasks(compose), find_task(compose)):
        task.run()
    return find_task(compose).outputs[0]


@needs_root
@pytest.mark.slow
def test_a_root_has_the_packages_and_what_the_config_customizes(customized: Path, world: System) -> None:
    root = customized
    members = names(root)
    assert text(root, "usr/share/marker") == "1\n"
    assert text(root, "etc/hostname") == "box\n"
    assert text(root, "etc/motd") == "welcome\n"
    assert text(root, "etc/scripted") == "scripted\n"
    assert members["etc/localtime"].linkname == "/usr/share/zoneinfo/Europe/Vienna"
    assert text(root, "home/ada/.ssh/authorized_keys") == "ssh-ed25519 AAAA ada\n"
    assert "ada:$6$a$b::0:99999:7:::" in text(root, "etc/shadow").splitlines()
    assert members["bin"].linkname == "usr/bin"
    assert (members["etc/motd"].mode, members["etc/motd"].uid, members["etc/motd"].gid) == (0o640, 950, 4)
    assert not [name for name, member in members.items() if name.startswith("usr/share/man/") and not member.isdir()]
    assert not [name for name in members if name.startswith((".compose", "etc/apt/sources.list.d/0000", "etc/passwd-"))]
    assert str(world.compose.build) not in "".join(members)


@needs_root
@pytest.mark.slow
def test_a_system_bears_its_releases_name_whatever_becomes_of_base_files(
    customized: Path, world: System, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    subprocess.run(["tar", "-xf", customized, "-C", root], check=True)
    rows = read_json(world.compose.paths.solved("Server", "amd64", "small"))["packages"]
    (sha256,) = (row["sha256"] for row in rows if row["package"] == "base-files")
    shutil.copyfile(world.compose.paths.stored(sha256), root / "base-files.deb")
    subprocess.run(["chroot", root, "dpkg", "--install", "/base-files.deb"], check=True, stdin=subprocess.DEVNULL)
    assert 'NAME="Demo"\n' in (root / "usr/lib/os-release").read_text()
    assert 'NAME="Debian GNU/Linux"\n' in (root / "usr/lib/os-release.distrib").read_text()
    assert (root / "etc/issue").read_text() == "Demo 12 \\n \\l\n\n"


@needs_root
@pytest.mark.slow
def test_a_root_is_the_same_wherever_and_whenever_it_is_made(world: System, tmp_path: Path) -> None:
    (first,) = find_task(world.compose).outputs
    find_task(world.compose).run()
    elsewhere = replace(world.compose, build=tmp_path / "other place")
    subprocess.run(["cp", "-a", world.compose.build, elsewhere.build], check=True)
    root = elsewhere.paths.rootfs("Server", "amd64", "small")
    root.unlink()
    time.sleep(1)
    code = "import os, pickle, sys; os.umask(0o077); pickle.load(sys.stdin.buffer)()"
    pickled = pickle.dumps(find_task(elsewhere).run)
    named = f"hostname elsewhere && exec {sys.executable} -c '{code}'"
    subprocess.run(
        ["unshare", "--uts", "sh", "-c", named], input=pickled, check=True, env={**os.environ, "TZ": "Asia/Tokyo"}
    )
    assert root.read_bytes() == first.read_bytes()


@needs_root
@pytest.mark.slow
def test_a_key_that_a_package_makes_does_not_ship_and_is_made_at_first_boot(customized: Path, tmp_path: Path) -> None:
    members = names(customized)
    assert KEY not in members
    assert not [path for path, member in members.items() if member.linkname == "ssl-cert-snakeoil.pem"]
    root = tmp_path / "root"
    root.mkdir()
    subprocess.run(["tar", "-xf", customized, "-C", root], check=True)
    wants = root / "etc/systemd/system/sysinit.target.wants/compose-first-boot.service"
    unit = wants.parent.joinpath(wants.readlink()).read_text()
    assert f"ConditionPathExists=|!/{KEY}\n" in unit
    assert "ExecStart=/usr/lib/compose/first-boot\n" in unit
    subprocess.run(["chroot", root, "/usr/lib/compose/first-boot"], check=True)
    assert (root / KEY).read_text().startswith("-----BEGIN PRIVATE KEY-----")


@needs_root
@pytest.mark.slow
def test_what_a_package_makes_up_fails_with_the_files_names(world: System) -> None:
    variant = world.compose.variants[0]
    leaky = RootImage("leaky", ORIGIN, ("amd64",), packages=seeds("leaky"), keep=("/usr/share/leaky-*",))
    compose = replace(world.compose, variants=(replace(variant, images=(leaky,)),))
    (task,) = rootfs.tasks(compose)
    with pytest.raises(ComposeError, match="every copy would have the same") as raised:
        task.run()
    assert "/etc/leaky-key (a private key (DER: PKCS #8))" in raised.value.message
    assert "/var/lib/leaky-id (a UUID)" in raised.value.message
    assert "/srv/leaky-seed (an identifier or key: nothing but random bytes)" in raised.value.message
    assert "leaky-date" not in raised.value.message
    assert not task.outputs[0].exists()


@needs_root
@pytest.mark.slow
def test_a_script_that_fails_is_named_and_leaves_nothing(
    world: System, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "broken"
    script.write_text("#!/bin/sh\necho what went wrong >&2\nexit 7\n")
    task = find_task(small(world.compose, scripts=(script,)))
    task.outputs[0].unlink(missing_ok=True)
    with pytest.raises(ComposeError, match=r"broken: failed in the root of Server's image small for amd64"):
        task.run()
    printed = capfd.readouterr()
    assert "what went wrong" in printed.out + printed.err
    assert [path.name for path in task.outputs[0].parent.iterdir()] == []


@needs_root
@pytest.mark.slow
def test_what_a_script_with_network_writes_is_recorded(world: System, tmp_path: Path) -> None:
    script = tmp_path / "fetches"
    script.write_text(
        "#!/bin/sh -e\ncd /srv\nfor name in 'a file' 'x\\x2dy' \"$(printf 'caf\\351')\"; do echo fetched >\"$name\"; done\n"
    )
    (task,) = rootfs.tasks(small(world.compose, scripts=(script,), network=True))
    task.run()
    record = read_json(task.outputs[1])
    assert list_value_faults("network_record", record) == []
    sha256 = hashlib.sha256(b"fetched\n").hexdigest()
    assert record["files"] == dict.fromkeys(("/srv/a file", "/srv/x\\x2dy", "/srv/caf\udce9"), sha256)


@needs_root
@pytest.mark.slow
def test_a_setting_that_fails_is_named(world: System) -> None:
    (task,) = rootfs.tasks(small(world.compose, customize=Customize(timezone="Mars/Olympus")))
    with pytest.raises(ComposeError, match=r"customize\.timezone: failed in the root of Server's image small"):
        task.run()


@needs_root
@pytest.mark.slow
def test_a_killed_making_leaves_no_process_and_no_mount(world: System, tmp_path: Path) -> None:
    script = tmp_path / "waits"
    script.write_text("#!/bin/sh\ntouch /waiting\nexec sleep 4242\n")
    task = find_task(small(world.compose, scripts=(script,)))
    task.outputs[0].unlink(missing_ok=True)
    earlier = set(task.outputs[0].parent.glob("*"))  # what other tests made
    child = os.fork()
    if child == 0:
        os.setsid()
        task.run()
        os._exit(0)
    making = task.outputs[0].with_suffix(".making")
    deadline = time.monotonic() + 300
    while not list(making.glob("mmdebstrap.*/waiting")) and time.monotonic() < deadline:
        time.sleep(0.2)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    time.sleep(2)
    assert str(making) not in Path("/proc/self/mountinfo").read_text()
    assert "sleep 4242" not in subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True).stdout
    assert not task.outputs[0].exists()
    find_task(world.compose).run()
    assert set(task.outputs[0].parent.iterdir()) == earlier | {task.outputs[0]}


FOREIGN = """\
release: {{name: Demo, short: demo, version: "12", codename: {suite}}}
arches: [arm64]
archives: {{debian: {{uri: "{uri}", suites: [{suite}], components: [main], signed-by: {key}}}}}
variants:
  Base:
    packages: [?essential, hello, usr-is-merged]
    images: {{small: {{kind: root, packages: [hello, usr-is-merged]}}}}
"""
AARCH64 = 183  # elf(5): e_machine


@needs_root
@needs_emulation
@pytest.mark.longest
def test_a_root_of_a_foreign_arch_is_made_by_emulation(tmp_path: Path) -> None:
    config = tmp_path / "demo.yaml"
    config.write_text(FOREIGN.format(suite=SUITE, uri=find_mirror(), key=KEYRING))
    command = [sys.executable, "-m", "doit", f"compose={config}", f"build={tmp_path / 'build'}", "rootfs"]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[4], timeout=1800)
    root = tmp_path / "build/demo/work/rootfs/Base/arm64-small.tar"
    for name in ("usr/bin/bash", "usr/bin/hello"):
        assert machine(root, name) == AARCH64
    assert "Package: hello\nStatus: install ok installed" in text(root, "var/lib/dpkg/status")
    assert "Architecture: amd64" not in text(root, "var/lib/dpkg/status")
    assert not [name for name in names(root) if "qemu" in name]


def machine(path: Path, name: str) -> int:
    with tarfile.open(path) as tar:
        stream = tar.extractfile(f"./{name}")
        assert stream
        return int.from_bytes(stream.read(20)[18:], "little")


def test_a_repository_without_essential_packages_is_an_error() -> None:
    with pytest.raises(ComposeError, match="Server's image small: the repository lacks essential packages: base-files"):
        mmdebstrap.check_base({"dpkg", "tar", "dash", "base-passwd"}, "Server's image small")
