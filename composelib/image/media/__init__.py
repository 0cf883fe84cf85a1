"""ISO images and disks: their layout, boot loaders and contents."""
