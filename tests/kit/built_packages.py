"""A compose of this machine's own Debian that builds packages by both builders, and single builds in the same root."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from composelib.building.build_job import BuildJob
from composelib.model.build_limits import BuildLimits
from tests.kit.demo_compose import CHECKOUT
from tests.kit.source_packages import TinySource

CONFIG = """\
release: {name: Acme, short: acme, version: "12", codename: bookworm}
type: test
arches: [amd64]
archives:
  debian:
    uri: host
    suites: [bookworm]
    signed-by: /usr/share/keyrings/debian-archive-keyring.gpg
  local: {debs: ../debs}
  ours:
    builder: native
    test: reverse
    test-failures: report
    build:
      - {dir: ../greeter, patches: [../loud.patch], suffix: +acme1}
      - {dir: ../words}
  peers:
    builder: sbuild
    build:
      - {dir: ../greeter, patches: [../loud.patch], suffix: +acme1}
variants:
  Server: {packages: [greeter, words, fan], sources: true, strict: "off"}
"""
PATCH = """\
--- a/greet
+++ b/greet
@@ -1,2 +1,2 @@
 #!/bin/sh
-echo "Hello, world!"
+echo "{greeting}"
"""


RULES = """\
#!/usr/bin/make -f
build clean:
binary:
	sh ./script
	mkdir -p debian/tmp/DEBIAN
	dpkg-gencontrol
	dpkg-deb --root-owner-group --build debian/tmp ..
"""


TESTS = """\
Test-Command: words | grep "Hello, world!"
Features: test-name=greets

# It fails.
Test-Command: test -e /etc/nothing
Features: test-name=fails
Restrictions: needs-root
Depends:

Test-Command: true
Features: test-name=boots
Restrictions: isolation-machine
"""
DEPENDENT_TESTS = """\
Test-Command: words && ! ping -c 1 192.0.2.1 && test "$(grep -c : /proc/net/dev)" = 1 && test -z "$(ls -d /home/*/* /root/* 2>/dev/null)"
Features: test-name=alone
Restrictions: allow-stderr
Depends: @, gcc | nothing
"""
"""The tests of a package: with what was built, and with nothing of the machine."""


def put_dependent(folder: Path) -> None:
    """Put a package that depends on `words`, and its source, which has tests, into a folder."""
    source = TinySource(
        "fan", "1", "3.0 (native)", arch="all", depends="words", further={"debian/tests/control": DEPENDENT_TESTS}
    )
    source.pack(folder)
    argv = ["dpkg-buildpackage", "--unsigned-changes", "--build=binary", "--no-check-builddeps"]
    subprocess.run(argv, cwd=folder / "fan-1", check=True, capture_output=True)
    shutil.rmtree(folder / "fan-1")


@dataclass
class BuiltPackages:
    """A checkout with a compose that builds `greeter`, which needs `words` to be built."""

    folder: Path

    @property
    def root(self) -> Path:
        """The compose's folder."""
        return self.folder / "build/acme"

    def put_sources(self) -> None:
        """Write the config, the source trees and the patch."""
        (self.folder / "composes").mkdir(parents=True)
        (self.folder / "composes/acme.yaml").write_text(CONFIG)
        TinySource(build_depends="words").put_tree(self.folder / "greeter")
        TinySource().put_upstream_tarball(self.folder)
        TinySource("words", "2", "3.0 (native)", arch="all", further={"debian/tests/control": TESTS}).put_tree(
            self.folder / "words"
        )
        put_dependent(self.folder / "debs")
        self.patch("Hello, patched world!")

    def patch(self, greeting: str) -> None:
        """Write the patch."""
        (self.folder / "loud.patch").write_text(PATCH.format(greeting=greeting))

    def edit(self, old: str, new: str) -> None:
        """Replace a text in the config."""
        config = self.folder / "composes/acme.yaml"
        config.write_text(config.read_text().replace(old, new))

    def run(self, *arguments: str) -> str:
        """Run doit; return what it printed. Raise AssertionError if it fails."""
        status, printed = self.call(*arguments)
        assert status == 0, printed
        return printed

    def call(self, *arguments: str) -> tuple[int, str]:
        """Run doit; return its exit status and what it printed."""
        variables = [f"compose={self.folder}/composes/acme.yaml", f"build={self.folder}/build"]
        command = [sys.executable, "-m", "doit", *variables, *arguments]
        ended = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
        return ended.returncode, ended.stdout + ended.stderr

    def list_ran(self) -> list[str]:
        """Return the tasks that ran in the last run, sorted."""
        rows = json.loads((self.root / "run.json").read_text())["tasks"]
        return sorted(row["name"] for row in rows if row["state"] == "done")

    def read_sums(self, archive: str, source: str = "greeter") -> dict[str, str]:
        """Return the SHA256 of each package that was built of a source."""
        folder = self.root / "work/build" / archive / source / "amd64"
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.deb"))}

    def plan(self, folder: Path, script: str, limits: BuildLimits) -> BuildJob:
        """Return the build, in the compose's root, of a source package whose rules run a shell program."""
        shutil.rmtree(folder / "source", ignore_errors=True)
        tree = TinySource(form="3.0 (native)", version="1", further={"script": script}).put_tree(
            folder / "source/greeter-1"
        )
        (tree / "debian/rules").write_text(RULES)
        subprocess.run(["dpkg-source", "--build", tree.name], cwd=tree.parent, check=True, capture_output=True)
        (folder / "dependencies").touch()
        (folder / "record").write_text('{"source": "greeter", "source_version": "1"}')
        return BuildJob(
            label="x.yaml:9:9: archive ours: greeter for amd64",
            arch="amd64",
            root_arch="amd64",
            everything=True,
            source=folder / "source",
            record=folder / "record",
            chroot=self.root / "work/chroot/amd64.tar",
            chroot_packages=self.root / "work/builddeps/amd64.packages",
            dependencies=folder / "dependencies",
            store=self.folder / "build/store/sha256",
            profiles=(),
            unpacked=self.root / "work/chroot/amd64",
            scratch=folder / "scratch",
            limits=limits,
        )


def may_build() -> bool:
    """Return whether this user may build packages: root, or one with subordinate users."""
    return os.geteuid() == 0
