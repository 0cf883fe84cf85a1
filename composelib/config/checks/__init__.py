"""Checks of a config as a whole, after each of its keys was read."""
