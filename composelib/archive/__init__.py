"""The Debian archive as values: bytes go in, values come out; nothing here opens a file."""
