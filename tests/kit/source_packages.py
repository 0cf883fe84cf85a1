"""Tiny source packages that really build, without debhelper, made by dpkg-source in a fraction of a second."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path

from tests.kit.tiny_archive import DATE, TinyArchive, paragraph, tar_of

RULES = """\
#!/usr/bin/make -f
build build-arch build-indep:
clean:
	rm -rf debian/tmp debian/files
binary-{kind}: build
	mkdir -p debian/tmp/DEBIAN debian/tmp/usr/bin
	install -m 755 greet debian/tmp/usr/bin/{name}
	dpkg-gencontrol
	dpkg-deb --root-owner-group --build debian/tmp ..
binary-{other}:
binary: binary-arch binary-indep
.PHONY: build build-arch build-indep clean binary binary-arch binary-indep
"""


@dataclass(frozen=True)
class TinySource:
    """A source package with one binary package of its name, whose one program prints a greeting."""

    name: str = "greeter"
    version: str = "1.0-1"
    form: str = "3.0 (quilt)"
    arch: str = "any"
    greeting: str = "Hello, world!"
    build_depends: str = ""
    depends: str = ""
    further: dict[str, str] = field(default_factory=dict)
    """Further files of the tree, by their paths."""

    @property
    def upstream(self) -> str:
        """The version without its epoch and revision."""
        version = self.version.partition(":")[2] or self.version
        return version.rpartition("-")[0] or version

    @property
    def is_native(self) -> bool:
        """Whether it has no upstream tarball."""
        return "-" not in self.version

    def put_tree(self, folder: Path) -> Path:
        """Write the unpacked source tree into a folder and return the folder."""
        for name, text in (self.upstream_files() | self.packaging()).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (folder / "debian/rules").chmod(0o755)
        return folder

    def upstream_files(self) -> dict[str, str]:
        """Return the files that upstream has."""
        return {"greet": f'#!/bin/sh\necho "{self.greeting}"\n', "README": f"{self.name}\n", **self.further}

    def packaging(self) -> dict[str, str]:
        """Return the files of the folder `debian`."""
        kind, other = ("indep", "arch") if self.arch == "all" else ("arch", "indep")
        maintainer = "Tiny <tiny@example.org>"
        source = {"Source": self.name, "Section": "misc", "Priority": "optional", "Maintainer": maintainer}
        binary = {
            "Package": self.name,
            "Architecture": self.arch,
            **({"Depends": self.depends} if self.depends else {}),
        }
        if self.build_depends:
            source["Build-Depends"] = self.build_depends
        control = (
            paragraph({**source, "Standards-Version": "4.6.2"})
            + "\n"
            + paragraph({**binary, "Description": "prints a greeting\n It is tiny."})
        )
        entry = f"{self.name} ({self.version}) unstable; urgency=medium\n\n  * A release.\n\n"
        return {
            "debian/changelog": f"{entry} -- {maintainer}  {formatdate(DATE)}\n",
            "debian/control": control,
            "debian/rules": RULES.format(name=self.name, kind=kind, other=other),
            "debian/source/format": f"{self.form}\n",
        }

    def put_upstream_tarball(self, folder: Path) -> Path:
        """Write the upstream tarball into a folder and return its path."""
        folder.mkdir(parents=True, exist_ok=True)
        top = f"{self.name}-{self.upstream}"
        members = {f"{top}/{name}": text.encode() for name, text in self.upstream_files().items()}
        path = folder / f"{self.name}_{self.upstream}.orig.tar.gz"
        path.write_bytes(tar_of(members))
        return path

    def pack(self, folder: Path) -> Path:
        """Make the source package in a folder and return the path of its .dsc."""
        tree = self.put_tree(folder / f"{self.name}-{self.upstream}")
        if not self.is_native:
            self.put_upstream_tarball(folder)
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(DATE), "LC_ALL": "C.UTF-8"}
        command = ["dpkg-source", "-b", tree.name]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        version = self.version.partition(":")[2] or self.version
        return folder / f"{self.name}_{version}.dsc"


def add_source_package(archive: TinyArchive, dsc: Path, component: str = "main") -> None:
    """Put a source package into an archive's pool and its index of sources, as it is."""
    text = dsc.read_text()
    name = dsc.name.partition("_")[0]
    pool = f"pool/{component}/{name[0]}/{name}"
    files = {dsc.name: dsc.read_bytes()}
    listed = text.partition("\nChecksums-Sha256:")[2].partition("\nFiles:")[0].splitlines()[1:]
    for file in (line.split()[2] for line in listed):
        files[file] = (dsc.parent / file).read_bytes()
    (archive.root / pool).mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        (archive.root / pool / file).write_bytes(content)
    fields = text.partition("\nChecksums-Sha1:")[0].replace("Source: ", "Package: ", 1)
    ending = paragraph({"Directory": pool, "Checksums-Sha256": archive.listing(files)})
    archive.stanzas.setdefault((component, "source"), []).append(f"{fields}\n{ending}")
