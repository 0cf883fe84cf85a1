"""Runs the stages that read archives and fetch packages, one after another, as the engine would."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from composelib.fetch import suite
from composelib.fetch.retry import Patience
from composelib.files import write_file
from composelib.model.archive import Archive
from composelib.model.compose import Compose
from composelib.model.origin import Origin
from composelib.model.release import Release
from composelib.model.variant import Variant
from composelib.stages import fetch, inrelease, pkgset

ORIGIN = Origin("composes/tiny.yaml", 3, 5)
IMPATIENT = Patience(connect=1, silence=0.3, slow=0.3, rate=2000, tries=3, pause=0.01, longest_pause=0.05)


@dataclass
class ArchiveStages:
    """A compose of one archive, or several, whose stages run on demand."""

    build: Path
    archives: tuple[Archive, ...]
    arches: tuple[str, ...] = ("amd64",)
    options: dict[str, bool] = field(default_factory=dict)
    variants: tuple[Variant, ...] | None = None
    name: str = "tiny"

    @property
    def compose(self) -> Compose:
        """The compose as it is now."""
        release = Release("Tiny", "tiny", "1", "stable")
        variants = self.variants or (Variant("Base", ORIGIN, self.arches),)
        compose = Compose(
            self.name,
            self.build.parent / f"{self.name}.yaml",
            (),
            release,
            "test",
            self.arches,
            self.archives,
            variants,
        )
        return replace(compose, build=self.build, **self.options)  # type: ignore[arg-type]

    def change(self, **fields: object) -> None:
        """Change the first archive's config."""
        self.archives = (replace(self.archives[0], **fields), *self.archives[1:])  # type: ignore[arg-type]

    def probe(self) -> list[str]:
        """Ask all archives for their states."""
        return [task.probe() for task in inrelease.tasks(self.compose) if task.probe]

    def inrelease(self) -> None:
        """Verify all Release files, as a process does that has not requested them before."""
        suite.ANSWERS.clear()
        for task in inrelease.tasks(self.compose):
            task.run()

    def pkgset(self) -> None:
        """Read all indices."""
        for task in pkgset.tasks(self.compose):
            task.run()

    def all(self) -> bytes:
        """Verify the Release files, read the indices, and return the stanzas of the first archive and arch."""
        self.inrelease()
        self.pkgset()
        return self.compose.paths.pkgset(self.archives[0], self.arches[0]).read_bytes()

    def choose_all(self) -> None:
        """Choose every package of every archive for the first variant."""
        compose = self.compose
        chosen = [
            b"Compose-Archive: " + archive.name.encode() + b"\n" + stanza.strip(b"\n") + b"\n"
            for archive in compose.archives
            for stanza in compose.paths.pkgset(archive, self.arches[0]).read_bytes().split(b"\n\n")
            if stanza.strip()
        ]
        target = compose.paths.gathered_stanzas("Base", self.arches[0])
        write_file(target, b"\n".join(chosen))

    def fetch(self) -> list[str]:
        """Fetch the chosen packages; return the lines of the list of fetched files."""
        for task in fetch.tasks(self.compose):
            task.run()
        return self.compose.paths.fetched("Base", self.arches[0]).read_text().splitlines()

    def store(self) -> list[str]:
        """Return the names of all files in the store but its record."""
        store = self.build / "store" / "sha256"
        return sorted(path.name for path in store.rglob("*") if path.is_file() and path.name != "verified")
