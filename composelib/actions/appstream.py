"""Write AppStream data: of the archives', that of the chosen packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composelib.archive.format import repository
from composelib.archive.format.appstream import select_components, select_icons
from composelib.files import write_file
from composelib.text.packed_file import write_packed

if TYPE_CHECKING:
    from composelib.stages.appstream import AppstreamJob


def write_appstream(job: AppstreamJob) -> None:
    """Write the file of each component."""
    contents = [path.read_bytes() for path in job.data]
    packages: dict[str, set[bytes]] = {component: set() for component, _ in job.targets}
    for path in job.chosen:
        for entry in repository.read_chosen(path.read_bytes()):
            names = packages.get(entry.component, set())
            names.add(repository.read_field(entry.stanza, "Package").encode())
    for component, target in job.targets:
        if job.icons:
            content = select_icons(filter(None, contents), packages[component])
        else:
            content = select_components(contents, packages[component], f"{job.origin}-{component}")
        write_file(target, content)
        write_packed(target.with_name(f"{target.name}.gz"), content)
