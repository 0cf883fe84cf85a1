"""Images: what they are made of, as values and text, and the making of root file systems, commits, disks and media."""
