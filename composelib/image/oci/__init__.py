"""Container images in the OCI format."""
