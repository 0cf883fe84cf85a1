"""Choosing packages: from the entries of the config to a variant's list, each package with its reason."""
