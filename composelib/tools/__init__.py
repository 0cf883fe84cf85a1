"""Outside programs, a module for each or for a few of one kind: their argument lists, and what they print and write.

`run` alone starts programs. apt, binfmt, dose, gpg, serial_console and versions call it themselves to get an answer; own_key
keeps the signing key; qemu_img corrects what its program wrote; packages lists all programs. private_binfmt is a program of
ours; namespace_root calls functions as root of a user namespace.
"""
