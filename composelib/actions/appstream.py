"""Write AppStream data: of the archives', that of the chosen packages."""

from __future__ import annotations

import tarfile
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from composelib.archive.format import repository
from composelib.archive.format.appstream import select_components, select_icons
from composelib.errors import TrustError
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
            content = choose_icons(target.name, contents, packages[component])
        else:
            content = select_components(contents, packages[component], f"{job.origin}-{component}")
        write_file(target, content)
        write_packed(target.with_name(f"{target.name}.gz"), content)


def choose_icons(name: str, tars: Iterable[bytes], packages: Collection[bytes]) -> bytes:
    """Return a tar of the icons of these packages. Raise TrustError, with the file's name, if an archive's is none."""
    try:
        return select_icons(filter(None, tars), packages)
    except tarfile.TarError as error:
        raise TrustError(
            f"{name}: an archive's tar of icons is broken: {error}", "leave `appstream` out of the variant's `indices`"
        ) from None
