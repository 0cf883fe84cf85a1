"""The file systems of disks, made in plain files without mounts: the same bytes from the same folder, each time."""
