"""Write a variant's Commands files: which package has which command, for command-not-found."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.archive.format.commands_file import format_commands_header
from composelib.archive.format.described_files import name_commands
from composelib.dataclass import dataclass
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task


@dataclass(frozen=True)
class CommandsJob:
    """The packages of a variant for an arch, the archives' Commands files, and the file of each component."""

    chosen: Path
    data: tuple[Path, ...]
    targets: tuple[tuple[str, str, Path], ...]
    """By component, with the first stanza; compressed beside it."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each variant that has Commands files, and each of its arches."""
    return tuple(
        plan_commands(compose, variant, arch)
        for variant in compose.variants
        if "commands" in variant.indices
        for arch in variant.arches
    )


def plan_commands(compose: Compose, variant: Variant, arch: str) -> Task:
    """Return the task of one variant and arch."""
    file = name_commands(arch)
    suite = compose.release.codename
    job = CommandsJob(
        chosen=compose.paths.gathered_stanzas(variant.name, arch),
        data=tuple(
            compose.paths.descriptions(archive, file) for archive in compose.archives if archive.has_descriptions
        ),
        targets=tuple(
            (
                component,
                format_commands_header(suite, component, arch),
                compose.paths.suite(variant.name) / component / file,
            )
            for component in variant.components("")
        ),
    )
    return Task(
        name=f"{variant.name}:{arch}",
        doc=f"list the commands in {variant.name}'s packages for {arch}",
        run=partial(write_commands, job),
        inputs=(job.chosen, *job.data),
        outputs=tuple(form for _, _, path in job.targets for form in (path, path.with_name(f"{path.name}.xz"))),
        uses={"headers": [header for _, header, _ in job.targets]},
    )


def write_commands(job: CommandsJob) -> None:
    """Write the Commands file of each component."""
    from composelib.actions import commands  # loaded when a task runs

    commands.write_commands(job)
