"""Tiny signed archives: real .debs and real signatures, made in milliseconds, for the tests to compose from."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import subprocess
import tarfile
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cache
from pathlib import Path

DATE = 1_700_000_000  # of the archive's Release file and of all its packages' members


@dataclass(frozen=True)
class Key:
    """A signing key: its GNUPGHOME, fingerprint and public half (binary, as `signed-by` takes it)."""

    home: Path
    fingerprint: str
    public: Path


def gpg(home: Path, *words: str, data: bytes = b"") -> bytes:
    """Run gpg with this home and return its output."""
    command = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback", *words]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def make_key(
    home: Path, name: str = "tiny", *, algorithm: str = "ed25519", expires: str = "never", words: tuple[str, ...] = ()
) -> Key:
    """Make a key without a passphrase; `words` are further options of gpg."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    user = f"{name} <{name}@example.org>"
    gpg(home, *words, "--passphrase", "", "--quick-generate-key", user, algorithm, "sign", expires)
    listing = gpg(home, "--with-colons", "--list-keys", name).decode()
    fingerprint = next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr"))
    public = home / f"{name}.gpg"
    public.write_bytes(gpg(home, "--export", fingerprint))
    return Key(home, fingerprint, public)


def tar_of(members: dict[str, bytes]) -> bytes:
    """Return a gzipped tar of files, as dpkg-deb would make it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size, info.mtime, info.mode = len(content), DATE, 0o755 if name in {"postinst", "preinst"} else 0o644
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(stream.getvalue(), mtime=0)


def deb(control: str, files: dict[str, bytes], scripts: dict[str, bytes] | None = None) -> bytes:
    """Return a .deb (deb(5)); `control` is its control file."""
    members = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": tar_of({"control": control.encode(), **(scripts or {})}),
        "data.tar.gz": tar_of(files),
    }
    result = b"!<arch>\n"
    for name, content in members.items():
        result += f"{name:<16}{DATE:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        result += content + b"\n" * (len(content) % 2)
    return result


def paragraph(fields: dict[str, str]) -> str:
    """Return fields as a deb822 stanza, without the empty line after it; no line ends in a blank, as debootstrap requires."""
    return "".join(f"{name}:{'' if value.startswith(chr(10)) else ' '}{value}\n" for name, value in fields.items())


@dataclass
class TinyArchive:
    """An archive in a folder: add packages, then publish; add more and publish again for a newer state of it."""

    root: Path
    key: Key
    suite: str = "stable"
    components: tuple[str, ...] = ("main",)
    arches: tuple[str, ...] = ("amd64",)
    stanzas: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """By (component, arch or `source`)."""
    listed: list[str] = field(default_factory=list)
    """Further files that the Release file lists, by their names beside it."""
    end: str = ""
    """Text after the last stanza of an index; debootstrap overlooks that stanza without an empty line."""

    @property
    def uri(self) -> str:
        """The archive as a config's `uri`."""
        return f"file://{self.root}"

    def add(
        self,
        name: str,
        version: str = "1.0",
        arch: str = "amd64",
        component: str = "main",
        files: dict[str, bytes] | None = None,
        scripts: dict[str, bytes] | None = None,
        **fields: str,
    ) -> str:
        """Add a binary package; further control fields by keyword, `_` for `-`. Return its Filename."""
        control = {
            "Package": name,
            "Version": version,
            "Architecture": arch,
            "Maintainer": "Tiny <tiny@example.org>",
            "Section": "misc",
            "Priority": "optional",
            **{key.replace("_", "-"): value for key, value in fields.items()},
            "Description": f"{name} of the tiny archive\n It is a package.",
        }
        content = files if files is not None else {f"usr/share/doc/{name}/copyright": name.encode()}
        package = deb(paragraph(control), content, scripts)
        source = fields.get("Source", name).split()[0]
        prefix = source[:4] if source.startswith("lib") else source[0]
        filename = f"pool/{component}/{prefix}/{source}/{name}_{version.partition(':')[2] or version}_{arch}"
        filename += ".udeb" if component.endswith("/debian-installer") else ".deb"
        path = self.root / filename
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(package)
        sums = {"Size": str(len(package)), "SHA256": hashlib.sha256(package).hexdigest()}
        stanza = paragraph({**control, "Filename": filename, **sums})
        self.stanzas.setdefault((component, arch), []).append(stanza)
        return filename

    def add_source(self, name: str, version: str = "1.0", component: str = "main", **fields: str) -> None:
        """Add a native source package whose .dsc is unsigned."""
        folder = f"pool/{component}/{name[0]}/{name}"
        tar = tar_of({f"{name}/debian/changelog": f"{name} ({version}) stable; urgency=low\n".encode()})
        control = {
            "Format": "3.0 (native)",
            "Binary": name,
            "Architecture": "any",
            "Version": version,
            "Maintainer": "Tiny <tiny@example.org>",
            **{key.replace("_", "-"): value for key, value in fields.items()},
        }
        stem = f"{name}_{version.rpartition(':')[2]}"
        files = {f"{stem}.tar.gz": tar}
        checksums = paragraph({"Checksums-Sha256": self.listing(files)})
        files[f"{stem}.dsc"] = (paragraph({"Source": name, **control}) + checksums).encode()
        (self.root / folder).mkdir(parents=True, exist_ok=True)
        for file, content in files.items():
            (self.root / folder / file).write_bytes(content)
        stanza = paragraph({"Package": name, **control, "Directory": folder, "Checksums-Sha256": self.listing(files)})
        self.stanzas.setdefault((component, "source"), []).append(stanza)

    @staticmethod
    def listing(files: dict[str, bytes]) -> str:
        """Return the value of a Checksums-Sha256 field."""
        return "".join(
            f"\n {hashlib.sha256(content).hexdigest()} {len(content)} {name}" for name, content in sorted(files.items())
        )

    def remove(self, name: str) -> None:
        """Take a package out of all indices."""
        for kind, stanzas in self.stanzas.items():
            self.stanzas[kind] = [stanza for stanza in stanzas if not stanza.startswith(f"Package: {name}\n")]

    def publish(self, *, date: int = DATE, by_hash: bool = True, key: Key | None = None, **fields: str) -> None:
        """Write all indices and sign the Release file; further Release fields by keyword, `_` for `-`."""
        dists = self.root / "dists" / self.suite
        listed = {name: (dists / name).read_bytes() for name in self.listed}
        for component in self.components:
            for arch in self.arches:
                stanzas = self.stanzas.get((component, arch), []) + self.stanzas.get((component, "all"), [])
                listed |= self.compressed(f"{component}/binary-{arch}/Packages", stanzas)
            if (component, "source") in self.stanzas:
                listed |= self.compressed(f"{component}/source/Sources", self.stanzas[component, "source"])
        for name, content in listed.items():
            path = dists / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            if by_hash:
                alias = path.parent / "by-hash" / "SHA256" / hashlib.sha256(content).hexdigest()
                alias.parent.mkdir(parents=True, exist_ok=True)
                alias.write_bytes(content)
        release = {
            "Origin": "Tiny",
            "Suite": self.suite,
            "Codename": self.suite,
            "Date": formatdate(date, usegmt=True),
            "Architectures": " ".join(self.arches),
            "Components": " ".join(self.components),
            **({"Acquire-By-Hash": "yes"} if by_hash else {}),
            **{name.replace("_", "-"): value for name, value in fields.items()},
            "SHA256": "".join(
                f"\n {hashlib.sha256(content).hexdigest()} {len(content)} {name}"
                for name, content in sorted(listed.items())
            ),
        }
        self.sign(paragraph(release).encode(), key or self.key)

    def sign(self, release: bytes, key: Key) -> None:
        """Write Release, Release.gpg and InRelease."""
        dists = self.root / "dists" / self.suite
        dists.mkdir(parents=True, exist_ok=True)
        (dists / "Release").write_bytes(release)
        (dists / "Release.gpg").write_bytes(
            gpg(key.home, "-u", key.fingerprint, "--armor", "--detach-sign", data=release)
        )
        (dists / "InRelease").write_bytes(gpg(key.home, "-u", key.fingerprint, "--clear-sign", data=release))

    def compressed(self, name: str, stanzas: list[str]) -> dict[str, bytes]:
        """Return an index by its names: plain, compressed with gzip, and with xz."""
        text = ("\n".join(stanzas) + self.end).encode()
        return {name: text, f"{name}.gz": gzip.compress(text, mtime=0), f"{name}.xz": lzma.compress(text)}


@cache
def shared_key(home: str) -> Key:
    """Return the key that all tests of a session share."""
    return make_key(Path(home))
