"""Text that the program writes: escapes, sizes, JSON files, SPDX documents, HTML pages."""
