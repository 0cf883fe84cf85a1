"""`doit verify`: checks a compose or a published tree by its own signed lists, and names whatever differs."""

from __future__ import annotations

from pathlib import Path

from composelib.commands.shared.command_line import format_call, load_current_compose
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.engine.ownership import hold_compose
from composelib.errors import ComposeError, ConfigError, TrustError
from composelib.program import PROGRAM
from composelib.text.escape import escape
from composelib.verify.tree import examine_tree


class VerifyCommand(Question):
    """Verifies a tree."""

    name = "verify"
    doc_purpose = "check a compose or a published tree by its own signed lists"
    doc_usage = "[TREE] [--key=FILE]"
    doc_description = (
        "Checks signatures, indices, package files, images and what is in them, metadata and SBOMs against the bytes, "
        "offline; names each thing that differs or that no list names. Exit status 0, or 4 if there is any. "
        "Without TREE it checks the current compose. The key is the tree's own unless --key names one."
    )
    cmd_options = (
        {"name": "key", "long": "key", "type": str, "default": "", "help": "the public key that must have signed it"},
    )

    def answer(self, options: Options, words: list[str]) -> int:
        """Verify a tree; return the exit status."""
        if len(words) > 1:
            raise ConfigError(f"{PROGRAM} verify: {words[1]}: it checks one tree", f"see `{PROGRAM} help verify`")
        key = Path(options["key"]) if options["key"] else None
        if words:
            return report_problems(Path(words[0]), key)
        compose = load_current_compose()
        if not compose.paths.tree.is_dir():
            raise ComposeError(f"{compose.name}: it is not made yet", f"run `{format_call(compose)}` first")
        with hold_compose(compose):
            return report_problems(compose.paths.tree, key)


def report_problems(tree: Path, key: Path | None) -> int:
    """Print the problems of a tree, a line each; return the exit status."""
    if not (tree / "SHA256SUMS").is_file() and not (tree / "archive-key.asc").is_file():
        raise ConfigError(f"{tree}: is no compose: it has neither SHA256SUMS nor archive-key.asc", "name its folder")
    inventory = examine_tree(tree, key)
    problems = sorted(set(inventory.problems))
    for line in problems:
        print(escape(line))
    if problems:
        raise TrustError(f"{tree}: {len(problems)} problems", "make it again, or take it from where it is whole")
    for line in inventory.expired:
        print(escape(line))
    if inventory.expired:
        raise ComposeError(
            f"{tree}: has expired; all is as signed", "make it again: a run signs anew what expires soon"
        )
    print(f"{tree}: all is as signed")
    return 0
