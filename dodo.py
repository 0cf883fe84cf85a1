"""doit's entry point in this checkout; what it loads is in composelib/dodo.py."""

from composelib.dodo import *  # noqa: F403 - doit looks for its tasks here
