"""ISO images and disks: layouts, boot menus and formats as values, and what makes and checks files of them.

Files are read and written, and programs started, by boot, checksums, formats, image_check, installer_source, iso_image
and raw_disk alone.
"""
