"""Apt's patterns (apt-patterns(7)): from their text to the packages that match."""
