"""OSTree commits, and the disks and media that deploy them."""
