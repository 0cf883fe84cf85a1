"""Write a variant's Translation files: the descriptions of its packages in the languages that it asks for."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from composelib.archive.format.described_files import name_translation
from composelib.dataclass import dataclass
from composelib.model.compose import Compose
from composelib.model.variant import Variant
from composelib.task import Task


@dataclass(frozen=True)
class TranslationsJob:
    """The packages of a variant, the archives' descriptions in a language, and the file of each component."""

    chosen: tuple[Path, ...]
    descriptions: tuple[Path, ...]
    translations: tuple[tuple[str, Path], ...]
    """By component; compressed beside it."""


def tasks(compose: Compose) -> tuple[Task, ...]:
    """Return a task for each variant and each language that it has descriptions in."""
    return tuple(
        plan_translations(compose, variant, language)
        for variant in compose.variants
        for language in variant.translations
    )


def plan_translations(compose: Compose, variant: Variant, language: str) -> Task:
    """Return the task of one variant and language."""
    job = TranslationsJob(
        chosen=tuple(compose.paths.gathered_stanzas(variant.name, arch) for arch in variant.arches),
        descriptions=tuple(
            compose.paths.descriptions(archive, name_translation(language))
            for archive in compose.archives
            if archive.has_descriptions
        ),
        translations=tuple(
            (component, compose.paths.translation(variant.name, language, component))
            for component in variant.components("")
        ),
    )
    return Task(
        name=f"{variant.name}:{language}",
        doc=f"describe {variant.name}'s packages in {language}",
        run=partial(write_translations, job),
        inputs=(*job.chosen, *job.descriptions),
        outputs=tuple(form for _, path in job.translations for form in (path, path.with_name(f"{path.name}.xz"))),
        uses={"components": [component for component, _ in job.translations]},
    )


def write_translations(job: TranslationsJob) -> None:
    """Write the Translation file of each component."""
    from composelib.actions import translations  # loaded when a task runs

    translations.write_translations(job)
