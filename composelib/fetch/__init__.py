"""Access to archives: finding, requesting, verifying and unpacking their files, and the records of their states."""
