"""For a dodo.py, which imports all of this: the compose that the command line names, as doit's tasks.

Where doit was started without our commands, as with a user's own dodo.py, the whole call is handed over to
`deb-compose`, which has them.
"""

import sys

if "composelib.engine.doit_commands" not in sys.modules:
    from composelib.deb_compose import main

    sys.exit(main())

from composelib.compose_tasks import DOIT_CONFIG, compose, task_compose

__all__ = ["DOIT_CONFIG", "compose", "task_compose"]
