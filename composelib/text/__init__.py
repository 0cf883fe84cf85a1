"""Formats of our own output: sizes, SPDX documents, pages."""
