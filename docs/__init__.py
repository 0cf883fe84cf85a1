"""The documentation, and the modules that draw its picture."""
