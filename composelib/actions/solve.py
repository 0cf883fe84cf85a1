"""Run apt's solver for an image, in a private apt that has the compose's repositories alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composelib.archive.patterns import matcher
from composelib.errors import ComposeError
from composelib.fetch.file_lists import FileLists
from composelib.fetch.onward import check_stored
from composelib.fetch.package_words import SYSUSERS, has_word_in_control, has_word_in_sysusers
from composelib.files import scratch_folder
from composelib.image.root import apt_solution, requirements
from composelib.model.origin import Seed
from composelib.model.paths import locate_stored
from composelib.text.json_file import write_json
from composelib.tools import apt_get
from composelib.tools.packages import is_installed
from composelib.tools.run import run

if TYPE_CHECKING:
    from composelib.stages.solve import IndexedRepository, SolveJob

VERSION = 1
QUOTED_LINES = 8  # lines of apt's refusal that an error quotes


def solve(job: SolveJob) -> None:
    """Write the list of an image's packages. Raise ComposeError if there is no solution."""
    job = leave_out_absent(job)
    with scratch_folder(job.output.with_suffix(".apt")) as state, open_apt(state, job):
        chosen = apt_solution.parse_installation(ask_solver(state, job))
    rows = [
        row
        for repository in job.repositories
        for index in repository.indices
        for row in apt_solution.select_rows(index.read_bytes(), chosen)
    ]
    unique = {(row["package"], row["architecture"]): row for row in rows}
    packages = [unique[key] for key in sorted(unique)]
    if len(packages) != len(chosen):
        raise ComposeError(f"{job.output}: apt chose {len(chosen)} packages, the indices have {len(packages)} of them")
    check_settings(job, packages)
    write_json(job.output, {"version": VERSION, "packages": packages})


def check_settings(job: SolveJob, rows: Sequence[Mapping[str, Any]]) -> None:
    """Raise ComposeError unless the packages have what the image's settings need."""

    def find_files(pattern: str) -> set[str]:
        return list_packaged_paths(job, [row["sha256"] for row in rows if re.fullmatch(pattern, row["package"])])

    def makes_group(name: str) -> bool:
        return names_group(job, [row["sha256"] for row in rows], name)

    faults = requirements.find_faults(job.needs, {row["package"] for row in rows}, find_files, makes_group)
    lines = [f"{job.origin}: {fault.key}: {fault.message}; {fault.cure}" for fault in faults]
    if lines:
        raise ComposeError("\n".join(lines))


def list_packaged_paths(job: SolveJob, debs: Sequence[str]) -> set[str]:
    """Return the paths of the files in packages, by the SHA256 of their .debs."""
    check_stored(job.store, debs)
    lists = FileLists(job.lists)
    return {os.fsdecode(path) for sha256 in debs for path in lists.read(sha256, locate_stored(job.store, sha256)).paths}


def names_group(job: SolveJob, debs: Sequence[str], name: str) -> bool:
    """Return whether the scripts or the sysusers files of packages, by the SHA256 of their .debs, name a group."""
    check_stored(job.store, debs)
    packages = {sha256: locate_stored(job.store, sha256) for sha256 in debs}
    if any(has_word_in_control(package, name) for package in packages.values()):
        return True
    lists = FileLists(job.lists)
    return any(
        has_word_in_sysusers(package, name)
        for sha256, package in packages.items()
        if any(map(SYSUSERS.fullmatch, lists.read(sha256, package).paths))
    )


def leave_out_absent(job: SolveJob) -> SolveJob:
    """Return the job without imported entries that name what is not there, if that is tolerated; warn of what has no effect."""
    if not (job.exclude or (job.tolerant and any(seed.imported for seed in job.seeds))):
        return job
    from composelib.image.root import absent_entries  # noqa: PLC0415 - few images have such entries

    indices = (index.read_bytes() for repository in job.repositories for index in repository.indices)
    names = absent_entries.read_offered_names(indices)
    for seed in absent_entries.find_absent((seed for seed in job.exclude if not seed.imported), job.arch, names):
        print(f"warning: {seed.origin}: exclude: {seed.text!r} is not in the repositories that the image is made of")
    imported = [seed for seed in job.seeds if seed.imported and job.tolerant]
    absent = [*absent_entries.find_absent(imported, job.arch, names)]
    for seed in absent:
        print(f"warning: {seed.origin}: {seed.text!r} is not in the repositories that the image is made of")
    return replace(job, seeds=tuple(seed for seed in job.seeds if seed not in absent))


@contextmanager
def open_apt(state: Path, job: SolveJob) -> Iterator[None]:
    """Set up a private apt in the folder `state`, which has only the repositories and the stand-ins of the seeds."""
    for folder in ("lists/partial", "cache/archives/partial", "seeds"):
        (state / folder).mkdir(parents=True)
    (state / "status").touch()
    root = state.absolute()
    stand_ins = apt_solution.render_stand_in_index(apt_solution.make_stand_ins(job.seeds, job.arch))
    (state / "seeds" / "Packages").write_text(stand_ins)
    (state / "seeds" / "Release").write_text(apt_solution.render_stand_in_release(stand_ins.encode()))
    key = job.key.read_text()
    sources = [render_source(job, repository, key) for repository in job.repositories]
    sources.append(apt_get.format_source("file", root / "seeds", "./", ()))
    (state / "sources.sources").write_text("\n".join(sources))
    (state / "preferences").write_text("")
    (state / "conf").write_text(apt_get.format_configuration(root, job.arch, job.foreign, recommends=job.recommends))
    run(apt_get.update(), env=make_environment(state))
    (state / "preferences").write_text(render_exclusions(job.exclude, job.arch, state))
    yield


def render_source(job: SolveJob, repository: IndexedRepository, key: str) -> str:
    """Return apt's source of a repository, whose InRelease file is checked with the compose's key."""
    arches = (job.arch, *job.foreign)
    return apt_get.format_source("file", repository.path.absolute(), job.suite, repository.components, arches, key=key)


def explain_by_dose(state: Path, job: SolveJob) -> Iterator[str]:
    """Yield the pairs of seeds that exclude each other; none if apt refuses for another reason, or if there is no dose here."""
    if not is_installed("dose-debcheck"):
        return
    from composelib.image.root import exclusive_seeds  # noqa: PLC0415 - only for errors

    scratch = state / "dose"
    scratch.mkdir()
    excluded = set(re.findall(r"^Package: (\S+)$", (state / "preferences").read_text(), re.MULTILINE))
    for number, index in enumerate(index for repository in job.repositories for index in repository.indices):
        (scratch / str(number)).write_bytes(apt_solution.drop_packages(index.read_bytes(), excluded))
    question = exclusive_seeds.InstallationQuestion(
        stand_ins=apt_solution.make_stand_ins([*name_selected(state, job)], job.arch),
        packages=tuple(sorted(scratch.iterdir())),
        arch=job.arch,
        foreign=job.foreign,
    )
    yield from exclusive_seeds.explain_conflicts(question, scratch)


def name_selected(state: Path, job: SolveJob) -> Iterator[Seed]:
    """Yield the seeds, each pattern replaced by a relation with the names that it selects."""
    for seed in job.seeds:
        if apt_solution.is_relation(seed):
            yield seed
            continue
        for word in apt_solution.list_terms([seed], job.arch, job.foreign):
            listing = run(apt_get.list_matching(word), env=make_environment(state), capture=True, ok=(0, 100))
            for name in apt_solution.parse_list(os.fsdecode(listing.stdout)):
                yield replace(seed, text=name)


def make_environment(state: Path) -> Mapping[str, str]:
    """Return the environment that makes apt use the private configuration."""
    return {"APT_CONFIG": str((state / "conf").absolute())}


def render_exclusions(exclude: Iterable[Seed], arch: str, state: Path) -> str:
    """Return the preferences by which excluded packages are no candidates; apt itself looks patterns up."""
    names: list[str] = []
    for seed in exclude:
        text = matcher.restrict_to_arch(seed.text, arch)
        if not text:
            continue
        if apt_solution.is_relation(seed):
            names += apt_solution.list_excluded(text)
        else:
            command = apt_get.list_matching(apt_solution.as_term(text))
            listing = run(command, env=make_environment(state), capture=True)
            names += apt_solution.parse_list(os.fsdecode(listing.stdout))
    return "".join(apt_get.format_pin(name, "release *", -1) for name in names)


def ask_solver(state: Path, job: SolveJob) -> str:
    """Return the answer of apt's solver. Raise ComposeError with the origins in the config if it refuses."""
    stand_ins = apt_solution.make_stand_ins(job.seeds, job.arch)
    essential = Seed("?essential", job.origin)
    words = [*apt_solution.list_terms((essential, *job.seeds), job.arch, job.foreign), *stand_ins]
    ended = run(apt_get.simulate(words), env=make_environment(state), capture=True, errors=True, ok=(0, 100))
    answer = ended.stdout.decode(errors="replace")
    if ended.returncode == 0:
        return answer
    print(answer)
    lines = (
        [*explain_by_dose(state, job)]
        or apt_solution.explain_refusal(answer, stand_ins, job.seeds)
        or ["apt finds no solution"]
    )
    more = [f"… and {len(lines) - QUOTED_LINES} more, in the log"] if len(lines) > QUOTED_LINES else []
    raise ComposeError(
        "\n".join(
            [f"{job.origin}: the packages of this image cannot be installed together:", *lines[:QUOTED_LINES], *more]
        ),
        "choose other packages for the image, or add what is missing to its variant",
    )
