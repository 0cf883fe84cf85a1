"""Package lists that other programs keep, read as entries of ours."""
