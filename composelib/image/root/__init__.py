"""Root file systems: the packages in them, and what is done to them afterwards."""
