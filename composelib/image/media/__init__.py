"""ISO images and disks: layouts, boot menus and formats as values, and the functions that make and check such files.

Only appliance, boot, checksums, formats, growth, image_check, installer_source, iso_image, raw_disk and
tree_files read or write files or start programs.
"""
