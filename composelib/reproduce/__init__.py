"""Builds a compose again elsewhere, in other conditions, and compares the result with the first one to the bit."""
