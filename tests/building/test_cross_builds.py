"""A package of this machine's own Debian that is cross-built for arm64, in amd64's root."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from composelib.text.json_file import read_json
from tests.kit.built_packages import BuiltPackages, may_build
from tests.kit.source_packages import TinySource

CONFIG = """\
release: {name: Acme, short: acme, version: "12", codename: bookworm}
arches: [amd64, arm64]
archives:
  debian: {uri: host, suites: [bookworm], signed-by: /usr/share/keyrings/debian-archive-keyring.gpg}
  ours: {builder: native, build: [{dir: ../greeter, cross: true}]}
variants:
  Server: {packages: [greeter], strict: "off"}
"""
RULES = """\
#!/usr/bin/make -f
include /usr/share/dpkg/architecture.mk
build clean:
binary binary-arch:
	mkdir -p debian/tmp/DEBIAN debian/tmp/usr/bin
	echo 'int main(void) { return 0; }' | $(DEB_HOST_GNU_TYPE)-gcc -x c -o debian/tmp/usr/bin/greeter -
	dpkg-gencontrol
	dpkg-deb --root-owner-group --build debian/tmp ..
"""
AARCH64 = 183
"""e_machine of elf(5)."""


@pytest.mark.longest
@pytest.mark.skipif(not may_build(), reason="builds packages as root")
def test_a_cross_built_package_has_programs_of_its_arch_made_by_tools_of_the_roots(tmp_path: Path) -> None:
    built = BuiltPackages(tmp_path)
    tree = TinySource(version="1", form="3.0 (native)").put_tree(tmp_path / "greeter")
    (tree / "debian/rules").write_text(RULES)
    (tmp_path / "composes").mkdir()
    (tmp_path / "composes/acme.yaml").write_text(CONFIG)
    built.run("-n2", "build:ours:greeter:arm64")
    folder = built.root / "work/build/ours/greeter"
    subprocess.run(["dpkg-deb", "--extract", folder / "arm64/greeter_1_arm64.deb", tmp_path / "unpacked"], check=True)
    program = (tmp_path / "unpacked/usr/bin/greeter").read_bytes()
    assert int.from_bytes(program[18:20], "little") == AARCH64
    arches = {name: arch for name, _, arch in (row.split("_") for row in read_json(folder / "arm64.json")["installed"])}
    assert (arches["gcc-aarch64-linux-gnu"], arches["libc6-dev"]) == ("amd64", "arm64")
