"""Runs this machine's apt on archives that tests make, with none of its own sources and packages."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Apt:
    """An apt that has one list of sources and no installed package."""

    root: Path

    @classmethod
    def of(cls, root: Path, sources: str, arch: str = "amd64", lists: Path | None = None) -> Apt:
        """Set up an apt below `root`; `lists` are downloaded ones to use as they are, instead of an update."""
        for folder in ("state/lists/partial", "cache/archives/partial", "etc"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        (root / "status").write_text("")
        (root / "etc/sources.list").write_text(sources)
        config = {
            "Dir::Etc": f"{root}/etc",
            "Dir::State": f"{root}/state",
            "Dir::State::status": f"{root}/status",
            "Dir::State::lists": str(lists or root / "state/lists"),
            "Dir::Cache": f"{root}/cache",
            "APT::Architecture": arch,
            "Acquire::Languages": "none",
            "APT::Sandbox::User": "root",
        }
        arches = f'APT::Architectures {{ "{arch}"; }};\n'
        (root / "apt.conf").write_text(arches + "".join(f'{key} "{value}";\n' for key, value in config.items()))
        apt = cls(root)
        if lists is None:
            apt.run("apt-get", "update")
        return apt

    def run(self, *command: str) -> str:
        """Run one of apt's programs and return its output."""
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "APT_CONFIG": f"{self.root}/apt.conf"}
        return subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout

    def list_packages(self, pattern: str) -> list[str]:
        """Return the `name version` of the packages that `apt list` lists for a pattern, sorted."""
        lines = [line.split() for line in self.run("apt", "list", pattern).splitlines() if "/" in line]
        return sorted(f"{words[0].partition('/')[0]} {words[1]}" for words in lines)
