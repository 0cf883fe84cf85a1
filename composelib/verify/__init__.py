"""Checks of a compose's tree by its own signed lists, one subject a module. They read the tree and a key, and nothing else."""
