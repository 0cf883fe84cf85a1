"""The commands beside the tasks, one a module: doit plan, why, check and so on."""
