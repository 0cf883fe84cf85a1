"""Check with lintian what was built; it reads what strangers wrote, so it does so in a cage."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from composelib.errors import ComposeError
from composelib.files import scratch_folder
from composelib.source.workshop import Workshop
from composelib.text.escape import escape, escape_lines
from composelib.text.json_file import write_json
from composelib.tools import lintian

if TYPE_CHECKING:
    from composelib.stages.lint import LintJob

VERSION = 1
NAMED = 10
"""How many errors a message names."""


def check_built(job: LintJob) -> None:
    """Write the tags of what was built."""
    with scratch_folder(job.scratch) as folder:
        workshop = Workshop(folder, job.label)
        workshop.open()
        folders = (job.built, *((job.source,) if job.source else ()))
        paths = [path for parent in folders for path in sorted(parent.iterdir()) if not path.name.startswith(".")]
        for path in paths:
            shutil.copyfile(path, workshop.work / path.name)
        names = [path.name for path in paths if path.suffix in {".changes", ".dsc"}]
        printed = workshop.run(lintian.check_packages(names), capture=True).decode(errors="replace")
    print(escape_lines(printed), end="", flush=True)
    tags = lintian.read_tags(printed)
    errors = [escape(str(tag)) for tag in tags if tag.severity == "error"]
    if errors and job.fatal:
        more = f"; and {len(errors) - NAMED} more" if len(errors) > NAMED else ""
        cure = "mend it by a patch, override the tag in its debian/, or set `lint: true`"
        raise ComposeError(f"{job.label}: lintian: {'; '.join(errors[:NAMED])}{more}", cure)
    write_json(job.output, {"version": VERSION, "tags": [tag.to_json() for tag in tags]})
