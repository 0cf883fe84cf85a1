"""Write Translation files: of the archives' descriptions, those of the chosen packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composelib.archive.format import repository
from composelib.archive.format.translation import DescriptionKey, read_described, select_translations
from composelib.files import write_file
from composelib.text.packed_file import write_packed

if TYPE_CHECKING:
    from composelib.stages.translations import TranslationsJob


def write_translations(job: TranslationsJob) -> None:
    """Write the Translation file of each component."""
    texts = [path.read_bytes() for path in job.descriptions]
    described = read_chosen_packages(job)
    for component, target in job.translations:
        text = repository.join_stanzas(select_translations(texts, described[component]))
        write_file(target, text)
        write_packed(target.with_name(f"{target.name}.xz"), text)


def read_chosen_packages(job: TranslationsJob) -> dict[str, set[DescriptionKey]]:
    """Return what Translation files have the chosen packages by, for each component."""
    described: dict[str, set[DescriptionKey]] = {component: set() for component, _ in job.translations}
    for path in job.chosen:
        for entry in repository.read_chosen(path.read_bytes()):
            package = read_described(entry.stanza)
            if package and entry.component in described:
                described[entry.component].add(package)
    return described
