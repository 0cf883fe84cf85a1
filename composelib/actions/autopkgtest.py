"""Run the tests of source packages with autopkgtest, in a root with what was built and nothing of the machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from composelib.archive.format.repository import read_chosen, read_field
from composelib.building.local_archive import write_local_archive
from composelib.building.testbed import run_in_testbed
from composelib.errors import ComposeError
from composelib.fetch.onward import check_stored
from composelib.files import link_file, scratch_folder
from composelib.text.escape import escape
from composelib.text.json_file import read_json, write_json
from composelib.tools.autopkgtest import Outcome, read_summary
from composelib.tools.run import ToolError

if TYPE_CHECKING:
    from composelib.stages.autopkgtest import PackageTestJob

VERSION = 1
NAMED = 10
"""How many failures a message names."""


def run_tests(job: PackageTestJob) -> None:
    """Write how the tests ended."""
    os.umask(0o022)  # the users of the sandbox read the folders
    stanzas = [entry.stanza for entry in read_chosen(job.packages.read_bytes())]
    check_stored(job.store, [read_field(stanza, "SHA256") for stanza in stanzas])
    outcomes: list[Outcome] = []
    with scratch_folder(job.scratch) as folder:
        folder.chmod(0o755)
        write_local_archive(folder / "archive", stanzas, job.store)
        link_file(job.chroot, folder / "archive" / "root.tar")
        for number, source in enumerate(read_json(job.plan)["sources"]):
            outcomes += run_source(job, source, folder, folder / str(number))
    print(f"{len(outcomes)} tests", *map(str, outcomes), sep="\n", flush=True)
    failures = [escape(str(outcome)) for outcome in outcomes if outcome.outcome == "fail"]
    if failures and job.fatal:
        more = f"; and {len(failures) - NAMED} more" if len(failures) > NAMED else ""
        cure = "see its log; `test-failures: report` lets the compose go on"
        raise ComposeError(f"{job.label}: {'; '.join(failures[:NAMED])}{more}", cure)
    write_json(job.output, {"version": VERSION, "tests": [outcome.to_json() for outcome in outcomes]})


def run_source(job: PackageTestJob, source: dict[str, str], folder: Path, scratch: Path) -> list[Outcome]:
    """Run the tests of one source package; return how they ended. Raise ComposeError if they cannot be run."""
    results, files = scratch / "results", scratch / "source"
    results.mkdir(parents=True)
    for path in (job.root / source["folder"]).iterdir():
        if path.is_file():
            link_file(path, files / path.name)
    try:
        run_in_testbed(folder, folder / "archive", files, results, source["dsc"], job.arch)
    except ToolError as error:
        cause = error.message.rpartition(": ")[2]
        raise ComposeError(
            f"{job.label}: the tests of {source['source']} cannot be run ({cause})", "see its log"
        ) from None
    summary = results / "output/summary"
    if summary.is_symlink() or not summary.is_file():
        raise ComposeError(f"{job.label}: the tests of {source['source']} left no summary", "see its log")
    return read_summary(source["source"], summary.read_text(errors="replace"))
