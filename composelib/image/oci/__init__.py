"""Container images in the OCI format: their layers, metadata and archives."""
