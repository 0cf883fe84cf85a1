"""Write Commands files: of the archives', the commands of the chosen packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composelib.archive.format import repository
from composelib.archive.format.commands_file import PackageVersion, select_commands
from composelib.files import write_file
from composelib.text.packed_file import write_packed

if TYPE_CHECKING:
    from composelib.stages.commands import CommandsJob


def write_commands(job: CommandsJob) -> None:
    """Write the Commands file of each component."""
    texts = [path.read_bytes() for path in job.data]
    packages: dict[str, set[PackageVersion]] = {component: set() for component, _, _ in job.targets}
    for entry in repository.read_chosen(job.chosen.read_bytes()):
        version = (repository.read_field(entry.stanza, "Package"), repository.read_field(entry.stanza, "Version"))
        packages.get(entry.component, set()).add(version)
    for component, header, target in job.targets:
        text = select_commands(texts, packages[component], header)
        write_file(target, text)
        write_packed(target.with_name(f"{target.name}.xz"), text)
