"""Root file systems: the packages in them, the files and settings of the config, and the builders that make them."""
