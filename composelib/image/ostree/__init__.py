"""OSTree commits: their layout of a root, and how disks and media deploy them."""
