"""A small demo: a tiny archive, a config of two variants and an ISO, and doit run on them as a user would."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composelib.engine.memory import STATUS, remember
from composelib.engine.state_db import Records
from composelib.files import write_file
from tests.kit.tiny_archive import TinyArchive
from tests.kit.warm_doit import Call, run_doit

CHECKOUT = Path(__file__).parents[2]

CONFIG = """\
release:
  name: Tiny
  short: tiny
  version: "1.10"
  codename: tinysuite
type: nightly
arches: [amd64]
archives:
  tiny:
    uri: {uri}
    suites: [stable]
    components: [main]
    signed-by: {key}
groups:
  web: [webserver]
variants:
  Base:
    packages:
      - ?priority(required)
      - shell (>= 1.0)
  Server:
    lookaside: [Base]
    sources: true
    packages:
      - "@web"
      - mailer | postman
    images:
      dvd: {{kind: iso}}
"""


def fill(archive: TinyArchive) -> None:
    """Publish a dozen packages that need each other."""
    archive.add("init", Priority="required", Depends="libbase (>= 1.0)")
    archive.add("libbase", "1.2", Section="libs", Multi_Arch="same")
    archive.add("shell", Depends="libbase", Source="shell-src (1.0)")
    archive.add("webserver", "2:3.1-1", Depends="libbase, web-common (= 2:3.1-1), httpd-config", Recommends="nicety")
    archive.add("web-common", "2:3.1-1", arch="all", Source="webserver")
    archive.add("apache-config", arch="all", Provides="httpd-config")
    archive.add("mailer", Depends="libbase | libother")
    archive.add("postman")
    archive.add("nicety")
    archive.add("unused")
    for source in ("init", "libbase", "shell-src", "webserver", "apache-config", "mailer", "postman", "nicety"):
        archive.add_source(source, {"libbase": "1.2", "webserver": "2:3.1-1"}.get(source, "1.0"))
    archive.publish()


@dataclass(frozen=True)
class Ran:
    """The result of a call of doit."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Demo:
    """A config beside its archive, built in a folder of its own."""

    folder: Path
    archive: TinyArchive

    @property
    def config(self) -> Path:
        """The config file."""
        return self.folder / "tiny.yaml"

    @property
    def root(self) -> Path:
        """The compose's folder."""
        return self.folder / "build" / "tiny"

    @property
    def tree(self) -> Path:
        """The folder of released files."""
        return self.root / "compose"

    @property
    def call(self) -> str:
        """The beginning of a command line about this compose, as hints have it."""
        return f"doit compose={self.config} build={self.folder / 'build'}"

    def doit(self, *words: str, before: tuple[str, ...] = (), **environment: str) -> Ran:
        """Run doit in the checkout on this config; `before` is a program, with its options, that starts it."""
        arguments = (*words, f"compose={self.config}", f"build={self.folder / 'build'}")
        done = run_doit(Call(arguments, CHECKOUT, {**os.environ, **environment}, before))
        return Ran(done.returncode, done.stdout, done.stderr)

    def edit(self, old: str, new: str) -> None:
        """Replace a text in the config."""
        text = self.config.read_text()
        assert old in text
        self.config.write_text(text.replace(old, new))

    def ran(self) -> list[str]:
        """Return the names of the tasks that succeeded in the last run that ran any."""
        return sorted(task["name"] for task in self.json("../run.json")["tasks"] if task["state"] == "done")

    def json(self, name: str) -> Any:
        """Read a JSON file of the tree."""
        return json.loads((self.tree / name).read_text())


def make_demo(folder: Path, archive: TinyArchive) -> Demo:
    """Write the config and publish the archive."""
    fill(archive)
    demo = Demo(folder, archive)
    demo.config.write_text(CONFIG.format(uri=archive.uri, key=archive.key.public))
    return demo


def set_status(demo: Demo, word: str) -> None:
    """Let the last run of a demo have ended with a status."""
    records = Records(demo.root / "state.sqlite", print)
    records.read()
    remember(records, STATUS, word)
    records.close()
    write_file(demo.tree / "STATUS", f"{word}\n")
