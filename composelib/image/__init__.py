"""Root file systems, OSTree commits, containers, disks and media, as values and text, and the functions that make them."""
