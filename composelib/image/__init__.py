"""What images are made of: root file systems, ISO images and disks, OSTree commits, OCI images."""
