"""Outside programs, one or a few of a kind a module: their argument lists, and what they print and write.

`run` alone starts them. apt, gpg, serial_console and versions start their own program to get an answer; qemu_img
corrects what its program wrote; packages lists them all.
"""
