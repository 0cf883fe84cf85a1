"""Turn Python's garbage collector off where a command starts: what is loaded lives as long as the process.

The processes of tasks turn it on again. Importing this is enough.
"""

import atexit
import gc

gc.disable()
atexit.register(gc.freeze)  # looking once more at the end takes as long as a tenth of a run with nothing to do
