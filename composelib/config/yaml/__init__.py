"""YAML with the line and column of each value, and the errors that show them."""
