"""`doit tabcompletion`: lets a shell complete words: commands, composes, tasks at each level, variants, arches, packages."""

from __future__ import annotations

from pathlib import Path

from composelib.commands.shared.completion import LINE, print_words
from composelib.commands.shared.question import Question
from composelib.engine.doit_commands import Options
from composelib.errors import ConfigError
from composelib.program import INSTALLED, PROGRAM

SCRIPTS = Path(__file__).parents[1] / "text"


class TabcompletionCommand(Question):
    """Completes words."""

    name = "tabcompletion"
    doc_purpose = "print a script that lets a shell complete words: bash or zsh"
    doc_usage = "bash|zsh|words"
    doc_description = (
        f'In bash, `eval "$({INSTALLED} tabcompletion bash)"`; in zsh, after compinit, the same with zsh. The Debian package '
        f"has both in place. `words` prints the words that may end the line in the variable {LINE}."
    )
    narrows = True

    def answer(self, options: Options, words: list[str]) -> int:
        """Print a script, or words; return the exit status."""
        del options
        if words == ["words"]:
            print_words()
        elif words in (["bash"], ["zsh"]):
            print((SCRIPTS / f"completion.{words[0]}").read_text(), end="")
        else:
            raise ConfigError(f"{PROGRAM} tabcompletion: it takes bash or zsh", f"`{PROGRAM} help tabcompletion`")
        return 0
