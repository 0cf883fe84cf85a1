"""Explanations of what was chosen: why a package is in, why it is not, and how two composes differ."""
