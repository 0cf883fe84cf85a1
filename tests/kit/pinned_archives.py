"""Random archives with pins, for this machine's apt and for us: what apt makes of preferences is what our pins mean."""

from __future__ import annotations

import os
import random
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from composelib.archive.choose.packages.index import Index
from composelib.archive.choose.packages.index_build import build_index
from composelib.archive.choose.packages.package import PackageListing
from composelib.archive.choose.packages.universe import Universe
from composelib.archive.choose.packages.world import World
from composelib.archive.choose.pins import Pins
from composelib.model.origin import Origin
from composelib.model.pin import Pin
from tests.kit.stanzas import make_stanza

NAMES = [f"p{number}" for number in range(6)]
SUITES = {"first": ("stable", "stable-updates"), "second": ("backports",)}
NOT_AUTOMATIC = {"backports": "NotAutomatic: yes\nButAutomaticUpgrades: yes\n"}
PRIORITIES = {"stable": 500, "stable-updates": 500, "backports": 100}
WORDS = [
    *NAMES,
    "p0:any",
    "p1:i386",
    "p[12]",
    "p*",
    "p*:any",
    "/^p[34]$/",
    "/P5/:any",
    "src:s0",
    "src:s*:any",
    "src:/1/",
    "*",
]
CONFIG = """
Dir "{0}/";
Dir::State "{0}/"; Dir::State::lists "{0}/lists"; Dir::State::status "{0}/status";
Dir::Cache "{0}/cache"; Dir::Etc "{0}/etc"; Dir::Etc::sourcelist "{0}/sources.list";
Dir::Etc::preferences "{0}/preferences"; Dir::Etc::preferencesparts "{0}/none";
APT::Architecture "amd64"; APT::Architectures {{ "amd64"; "i386"; }}; APT::Install-Recommends "false";
Acquire::Languages "none"; APT::Sandbox::User "root"; pkgCacheFile::Essential "none";
"""
POLICY = re.compile(r"^(\S+):\n  Installed: .*\n  Candidate: (.*)\n  Version table:\n((?:    .*\n)*)", re.MULTILINE)
VERSION = re.compile(r"^     (\S+) (-?\d+)$", re.MULTILINE)
INSTALLED = re.compile(r"^Inst (\S+?)(?::\S+)? \((\S+) .*\[(\S+)\]\)", re.MULTILINE)


@dataclass(frozen=True)
class PinnedArchives:
    """The stanzas of each suite, and the pins."""

    stanzas: dict[str, list[str]]
    pins: tuple[Pin, ...]

    def make_world(self) -> World:
        """Return the world that gather would choose from."""
        pins = Pins(self.pins, "amd64")
        native, foreign = (
            Universe(self.list_listings(arch), arch, native=arch == "amd64", pins=pins) for arch in ("amd64", "i386")
        )
        return World(native, [foreign])

    def list_listings(self, arch: str) -> list[PackageListing]:
        """Return the archives' listings for an arch, as pkgset writes them."""
        listings = []
        for archive, suites in SUITES.items():
            text, priorities = "", []
            for suite in suites:
                priorities.append((len(text), PRIORITIES[suite]))
                text += "".join(f"{stanza}\n" for stanza in self.stanzas[suite])
            index = Index(build_index(text.encode(), arch, archive, priorities))
            listings.append(PackageListing(archive, text.encode(), index, suites=suites))
        return listings

    def set_up_apt(self, folder: Path) -> PinnedApt:
        """Make an apt that has the same archives and preferences."""
        for name in ("lists/partial", "cache/archives/partial", "etc/apt.conf.d"):
            (folder / name).mkdir(parents=True)
        (folder / "status").touch()
        (folder / "apt.conf").write_text(CONFIG.format(folder))
        (folder / "preferences").write_text("\n".join(map(format_preference, self.pins)))
        lines = []
        for archive, suites in SUITES.items():
            for suite in suites:
                base = folder / archive / "dists" / suite
                for arch in ("amd64", "i386"):
                    packages = base / "main" / f"binary-{arch}" / "Packages"
                    packages.parent.mkdir(parents=True)
                    matching = [
                        stanza
                        for stanza in self.stanzas[suite]
                        if re.search(f"^Architecture: (all|{arch})$", stanza, re.MULTILINE)
                    ]
                    packages.write_text("\n".join(matching))
                head = f"Origin: {archive}\nSuite: {suite}\nCodename: {suite}\nArchitectures: amd64 i386\nComponents: main\n"
                (base / "Release").write_text(
                    head + NOT_AUTOMATIC.get(suite, "") + "Date: Thu, 01 Jan 2026 00:00:00 UTC\n"
                )
                lines.append(f"deb [trusted=yes] file:{folder / archive} {suite} main\n")
        (folder / "sources.list").write_text("".join(lines))
        apt = PinnedApt(folder)
        apt.run("apt-get", "-qq", "update", "--allow-insecure-repositories")
        return apt


@dataclass(frozen=True)
class PinnedApt:
    """An apt with preferences."""

    folder: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run one of apt's programs."""
        env = {"APT_CONFIG": str(self.folder / "apt.conf"), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    def read_policy(self) -> dict[str, tuple[str, dict[str, int]]]:
        """Return the candidate and each version's priority, of each `NAME` of the native arch and `NAME:i386`."""
        names = [name for plain in NAMES for name in (plain, f"{plain}:i386")]
        printed = self.run("apt-cache", "policy", *names).stdout
        return {
            name: (
                "" if candidate == "(none)" else candidate,
                {key: int(value) for key, value in VERSION.findall(table)},
            )
            for name, candidate, table in POLICY.findall(printed)
        }

    def list_installed(self, *names: str) -> set[tuple[str, str, str]] | None:
        """Return the name, version and arch of what apt would install; None if it would not."""
        ended = self.run("apt-get", "-s", "install", *names)
        return set(INSTALLED.findall(ended.stdout)) if ended.returncode == 0 else None


def format_preference(pin: Pin) -> str:
    """Return a pin as a record of apt's preferences."""
    terms = [f"o={pin.archive}"] * bool(pin.archive) + [f"n={pin.suite}"] * bool(pin.suite)
    match = f"release {', '.join(terms)}" if terms else f"version {pin.version or '*'}"
    return f"Package: {' '.join(pin.packages or ('*',))}\nPin: {match}\nPin-Priority: {pin.priority}\n"


def make_pinned_archives(chance: random.Random, *, relations: bool = False) -> PinnedArchives:
    """Return random archives and pins; with `relations`, packages depend on those with a higher number."""
    files = {}
    for name in NAMES:
        for version in ("1", "2", "3"):
            for arch in chance.choice([("amd64", "i386"), ("amd64", "i386"), ("all",)]):
                files[name, version, arch] = make_stanza(
                    name,
                    version,
                    arch,
                    Source=chance.choice(["s0", "s1", "other"]),
                    Multi_Arch=chance.choice(["no", "foreign"]),
                    **(make_depends(chance, name) if relations else {}),
                )
    stanzas = {suite: [text for text in files.values() if chance.random() < 0.4] for suite in PRIORITIES}
    return PinnedArchives(stanzas, tuple(make_pin(chance, line) for line in range(chance.randint(0, 4))))


def make_depends(chance: random.Random, name: str) -> dict[str, str]:
    """Return a Depends field on some later packages."""
    later = NAMES[NAMES.index(name) + 1 :]
    clauses = [
        chance.choice(later) + chance.choice(["", "", " (>= 2)", " (<< 3)"])
        for _ in range(chance.choice([0, 1, 2]))
        if later
    ]
    return {"Depends": ", ".join(clauses)} if clauses else {}


def make_pin(chance: random.Random, line: int) -> Pin:
    """Return a random pin."""
    words = tuple(chance.sample(WORDS, chance.choice([1, 1, 2])))
    archive, suite, version = chance.choice(
        [
            ("first", "", ""),
            ("second", "", ""),
            ("", "backports", ""),
            ("first", "stable-updates", ""),
            ("", "", "2*"),
            ("", "", ""),
        ]
    )
    if "*" in words and not (archive or suite):
        words = ("p0",)
    elif "*" in words:
        words = chance.choice([(), ("*",)])
    priority = chance.choice([-1, 1, 50, 400, 600, 990, 1001, 2000])
    return Pin(Origin("c.yaml", line, 1), priority, words, archive, suite, version)
