"""Outside programs, one a module: their argument lists, and what they print and write, parsed and corrected.

`run` alone starts them. Some modules start their own program to answer a question (apt, gpg, versions, serial_console).
"""
