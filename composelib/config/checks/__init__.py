"""Checks of a config as a whole, after each of its keys has been read."""
