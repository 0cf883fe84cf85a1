"""Package lists of other programs, read as entries of ours."""
