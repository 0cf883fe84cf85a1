"""The commands, one a module: doit plan, why, check and so on."""
