"""Source packages on their way to a build: fetched or packed, verified, patched.

Whatever is in a source package comes from strangers: its files are unpacked, read and changed in a cage alone.
"""
