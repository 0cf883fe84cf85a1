"""What images are made of, as values: package lists, layouts of trees, layers; nothing here opens a file."""
