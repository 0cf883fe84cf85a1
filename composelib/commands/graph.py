"""`doit graph`: the stages of the compose and what flows between them, as a picture."""

from __future__ import annotations

import sys

from composelib.commands.shared.command_line import load_current_compose
from composelib.commands.shared.question import Question
from composelib.commands.shared.stage_graph import draw_picture
from composelib.engine.doit_commands import Options
from composelib.errors import ConfigError
from composelib.preflight import silence
from composelib.program import PROGRAM
from composelib.tools import dot
from composelib.tools.run import run


class GraphCommand(Question):
    """Draws the stages."""

    name = "graph"
    doc_purpose = "draw the stages of the compose and what flows between them"
    doc_usage = "[--svg]"
    doc_description = (
        f"Prints Graphviz's language DOT: `{PROGRAM} graph --svg >graph.svg` lets dot (Debian package graphviz) draw it. "
        "An arrow leads from the stage that writes a file to one that reads it; it is dashed if a change of the file "
        "alone runs nothing. An arrow that a longer way implies is left out, and those of epoch and key, which most read."
    )
    cmd_options = ({"name": "svg", "long": "svg", "type": bool, "default": False, "help": "print SVG"},)

    def answer(self, options: Options, words: list[str]) -> int:
        """Print the picture; return the exit status. Raise MachineError if dot is asked for and not installed."""
        if words:
            raise ConfigError(
                f"{PROGRAM} graph: {words[0]}: it takes no arguments", "compose=NAME names another compose"
            )
        text = draw_picture(load_current_compose())
        if options["svg"]:
            with silence():
                text = run(dot.draw_svg(), input=text.encode(), capture=True).stdout.decode()
        sys.stdout.write(text)
        return 0
